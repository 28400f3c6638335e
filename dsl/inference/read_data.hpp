#pragma once

#include <array>
#include <span>
#include <string_view>

#include <boost/hana/unpack.hpp>

#include <variad/dsl/code/emit.hpp>
#include <variad/dsl/inference/data.hpp>

namespace variad::internals {

/// Rows without values, for programs that read none.
template <class T>
loaded_data<T> counted_rows(std::size_t n);

/// A source and the name of the variable that it is bound to, or that of row weights.
struct named_source {
  std::string_view name;
  const source* from;
};

/// Reads the sources of the variables of a program, shapes, values and the number of rows checked.
/// A name that the program lacks is passed over. Throws `variad::error` naming the variable or
/// file, what was found and what was expected.
template <class T>
loaded_data<T> read_data(const program_tables<T>& t, std::span<const named_source> sources);

template <class T, class... B>
loaded_data<T> read_data(const program_tables<T>& t, const data_bindings<B...>& bindings) {
  return hana::unpack(bindings.bindings, [&](const B&... b) {
    const std::array<named_source, sizeof...(B)> sources{
        named_source{B::variable_name::view, &b.from}...};
    return read_data(t, std::span<const named_source>(sources));
  });
}

}  // namespace variad::internals
