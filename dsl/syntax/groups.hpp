#pragma once

#include <type_traits>
#include <vector>

#include <variad/dsl/syntax/name.hpp>
#include <variad/dsl/syntax/statement.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad {
namespace internals {

/// What the size of a plate is bound to among the data: no variable has such a name.
template <class Plate>
struct rows_of_plate;
template <char... C>
struct rows_of_plate<named<C...>> : variable_tag {
  using variable_name = named<'r', 'o', 'w', 's', ' ', 'o', 'f', ' ', C...>;
};

/// Whether a binding is of no variable: the size of a plate.
template <class Name>
inline constexpr bool is_plate_size = false;
template <char... C>
inline constexpr bool is_plate_size<named<'r', 'o', 'w', 's', ' ', 'o', 'f', ' ', C...>> = true;

}  // namespace internals

/// In `data(...)`: how many rows a plate has that takes its size from the data,
/// `groups<"county">(85)`. Without it they are as many as its columns have, or as the indices of
/// its rows need.
template <internals::fixed_string Plate>
auto groups(std::size_t rows) {
  using variable = internals::rows_of_plate<internals::to_name<Plate>>;
  return internals::data_binding<variable, std::vector<double>>{{static_cast<double>(rows)}};
}

}  // namespace variad
