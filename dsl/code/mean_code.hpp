#pragma once

#include <variad/dsl/contracts/draw_site.hpp>

namespace variad::internals {

/// The means of a family's draws at their parameters, as code.
template <class T>
struct mean_code {
  std::size_t parameter_count = 0;
  /// The event of a value and of a parameter, of variables declared so.
  shape (*value_shape)(const shape& declared) = nullptr;
  shape (*parameter_shape)(std::size_t i, const shape& declared) = nullptr;
  /// Of all rows, one after the other, `size` values each.
  void (*write)(draw_rows<T>& rows, T* out, std::size_t size) = nullptr;
};

template <class Family, class T>
constexpr mean_code<T> code_of_mean() {
  return {Family::parameter_count,
          [](const shape& declared) { return Family::value_shape(declared); },
          [](std::size_t i, const shape& declared) { return Family::parameter_shape(i, declared); },
          [](draw_rows<T>& rows, T* out, std::size_t size) {
            const draw_site<Family, T> site(rows);
            for (std::size_t row = 0; row < rows.rows; ++row)
              Family::mean(site.parameters(row), out + row * size, rows.variables);
          }};
}

}  // namespace variad::internals
