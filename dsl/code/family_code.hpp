#pragma once

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/engine/tables.hpp>

namespace variad::internals {

template <class Family, class T>
constexpr family_code<T> family_code_with(void (*write)(draw_rows<T>&, T*, std::size_t)) {
  return {Family::parameter_count,
          [](const shape& declared) { return Family::value_shape(declared); },
          [](std::size_t i, const shape& declared) { return Family::parameter_shape(i, declared); },
          write, [](draw_rows<T>& rows) { draw_site<Family, T>(rows).condition(); }};
}

/// The means of its draws.
template <class Family, class T>
constexpr family_code<T> code_of_mean() {
  return family_code_with<Family, T>([](draw_rows<T>& rows, T* out, std::size_t size) {
    const draw_site<Family, T> site(rows);
    for (std::size_t row = 0; row < rows.rows; ++row)
      Family::mean(site.parameters(row), out + row * size, rows.variables);
  });
}

/// A draw, by the random stream of each row.
template <class Family, class T>
constexpr family_code<T> code_of_draw() {
  return family_code_with<Family, T>([](draw_rows<T>& rows, T* out, std::size_t size) {
    const draw_site<Family, T> site(rows);
    for (std::size_t row = 0; row < rows.rows; ++row)
      Family::sample(site.random(row), site.parameters(row), out + row * size, rows.variables);
  });
}

}  // namespace variad::internals
