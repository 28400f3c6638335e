#pragma once

#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/passes/diagnose_calls.hpp>

namespace variad::internals {

/// Rows without values, for programs that read none.
template <class T>
loaded_data<T> counted_rows(std::size_t n) {
  column<T> c;
  c.name = "rows";
  c.rows = n;
  c.values.assign(n, T(0));
  return {dataset<T>({std::move(c)}), {}};
}

template <class T, bool InDataPlate>
column<T> read_column(const source& from, std::string_view name, std::vector<std::size_t>& event) {
  if constexpr (InDataPlate) return internals::load<T>(from, name, event);
  // Outside the data plate the whole array is one event; its first axis may be a plate.
  if (event.empty()) {
    column<T> c = internals::load<T>(from, name, event);
    if (c.values.size() != 1)
      throw error("data of '" + std::string(name) + "': found " + std::to_string(c.values.size()) +
                  " values, expected one number");
    return c;
  }
  const std::vector<std::size_t> inner(event.begin() + 1, event.end());
  column<T> c = internals::load<T>(from, name, inner);
  if (c.rows != event[0])
    throw error("data of '" + std::string(name) + "': found " + std::to_string(c.rows) +
                " rows, expected " + std::to_string(event[0]));
  c.rows = 1;
  c.event_shape = event;
  return c;
}

/// Reads what node `At` of a resolved program R takes, and checks it against the node's support.
template <class R, node_id At, class T>
void read_node(const source& from, std::vector<column<T>>& rows,
               std::vector<column<T>>& constants) {
  constexpr node n = R::program[At];
  constexpr plate_id data_plate = R::program.data_plate;
  constexpr bool in_data_plate = varies_over(n.axes, data_plate);
  std::vector<std::size_t> event;
  for (const plate_id p : R::program.plate_ids())
    if (varies_over(n.axes, p) && p != data_plate) event.push_back(R::program.plates[p].size);
  for (int d = 0; d < n.declared.rank; ++d)
    event.push_back(static_cast<std::size_t>(n.declared[d]));
  column<T> c = read_column<T, in_data_plate>(from, n.variable, event);
  if constexpr (n.family.values == support::binary && n.family.discrete) check_binary(c);
  if constexpr (n.family.values == support::category && n.family.discrete)
    check_categories(c, static_cast<std::size_t>(n.family.categories));
  if constexpr (n.family.values == support::positive) check_positive(c);
  if constexpr (!in_data_plate) check_read_once(c);
  (in_data_plate ? rows : constants).push_back(std::move(c));
}

/// Reads the sources bound to the variables of a resolved program R, shapes, values and the number
/// of rows checked. Throws `variad::error` naming the variable or file, what was found and what was
/// expected.
template <class R, class T, class... B>
loaded_data<T> read_data(const data_bindings<B...>& bindings) {
  std::vector<column<T>> rows, constants;
  hana::for_each(bindings.bindings, [&](const auto& b) {
    using name = typename std::remove_cvref_t<decltype(b)>::variable_name;
    constexpr node_id at = problem::data_node<R>(name::view);
    if constexpr (exists(at)) read_node<R, at>(b.from, rows, constants);
  });
  auto shared = std::make_shared<const std::vector<column<T>>>(std::move(constants));
  if constexpr (!exists(R::program.data_plate)) {
    return {counted_rows<T>(1).rows, std::move(shared)};
  } else {
    dataset<T> data(std::move(rows));
    constexpr plate_info plate = R::program.plates[R::program.data_plate];
    if (plate.size > 0 && data.size() > 0 && data.rows() != plate.size)
      throw error("data of plate '" + std::string(plate.name) + "': found " +
                  std::to_string(data.rows()) + " rows, expected " + std::to_string(plate.size));
    // Without data a plate has the rows that it states.
    if (plate.size > 0 && data.size() == 0)
      return {counted_rows<T>(plate.size).rows, std::move(shared)};
    return {std::move(data), std::move(shared)};
  }
}

}  // namespace variad::internals
