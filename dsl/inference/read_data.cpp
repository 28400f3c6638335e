#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <variad/dsl/inference/read_data.hpp>

namespace variad::internals {
namespace {

template <class T>
column<T> read_column(const source& from, std::string_view name, std::vector<std::size_t>& event,
                      bool in_data_plate) {
  if (in_data_plate) return internals::load<T>(from, name, event);
  // Outside the data plate the whole array is one event; its first axis may be a plate.
  if (event.empty()) {
    column<T> c = internals::load<T>(from, name, event);
    if (c.values.size() != 1)
      throw shape_error("data of '" + std::string(name) + "': found " +
                        std::to_string(c.values.size()) + " values, expected one number");
    return c;
  }
  const std::vector<std::size_t> inner(event.begin() + 1, event.end());
  column<T> c = internals::load<T>(from, name, inner);
  if (c.rows != event[0])
    throw shape_error("data of '" + std::string(name) + "': found " + std::to_string(c.rows) +
                      " rows, expected " + std::to_string(event[0]));
  c.rows = 1;
  c.event_shape = event;
  return c;
}

/// The same, saying where the variable stands, which decides what its data must be.
template <class T>
column<T> read_placed(const source& from, const node& n, std::vector<std::size_t>& event,
                      bool in_data_plate) {
  if (in_data_plate) return read_column<T>(from, n.variable, event, true);
  try {
    return read_column<T>(from, n.variable, event, false);
  } catch (const shape_error& e) {
    const bool in_plate = event.size() > static_cast<std::size_t>(n.declared.rank);
    throw error(std::string(e.what()) + "; '" + std::string(n.variable) + "' stands " +
                (in_plate ? "in a plate of stated size, whose rows these are"
                          : "outside of the plate of the data, so all its data are one event of "
                            "shape " +
                                print_shape(event) +
                                ": for a row each, state it in plate<\"row\">(...), in model and "
                                "guide"));
  }
}

/// Reads what a node takes, and checks it against the node's support.
template <class T>
column<T> read_node(const program_tables<T>& t, const node& n, const source& from) {
  const bool in_data_plate = varies_over(n.axes, t.data_plate);
  std::vector<std::size_t> event;
  for (const plate_id p : t.plates.ids())
    if (varies_over(n.axes, p) && p != t.data_plate) event.push_back(t.plates[p].size);
  for (int d = 0; d < n.declared.rank; ++d)
    event.push_back(static_cast<std::size_t>(n.declared[d]));
  column<T> c = read_placed<T>(from, n, event, in_data_plate);
  if (n.family.values == support::binary && n.family.discrete) check_binary(c);
  if (n.family.values == support::category && n.family.discrete)
    check_categories(c, static_cast<std::size_t>(n.family.categories));
  if (n.family.values == support::positive) check_positive(c);
  if (!in_data_plate) check_read_once(c);
  return c;
}

}  // namespace

template <class T>
loaded_data<T> counted_rows(std::size_t n) {
  column<T> c;
  c.name = "rows";
  c.rows = n;
  c.values.assign(n, T(0));
  return {dataset<T>({std::move(c)}), {}};
}

template <class T>
loaded_data<T> read_data(const program_tables<T>& t, std::span<const named_source> sources) {
  std::vector<column<T>> rows, constants;
  for (const named_source& s : sources)
    for (const node& n : t.nodes) {
      if (n.what != role::data || n.variable != s.name) continue;
      (varies_over(n.axes, t.data_plate) ? rows : constants).push_back(read_node(t, n, *s.from));
      break;
    }
  auto shared = std::make_shared<const std::vector<column<T>>>(std::move(constants));
  if (!exists(t.data_plate)) return {counted_rows<T>(1).rows, std::move(shared)};
  dataset<T> data(std::move(rows));
  const plate_info& plate = t.plates[t.data_plate];
  if (plate.size > 0 && data.size() > 0 && data.rows() != plate.size)
    throw error("data of plate '" + std::string(plate.name) + "': found " +
                std::to_string(data.rows()) + " rows, expected " + std::to_string(plate.size));
  // Without data a plate has the rows that it states.
  if (plate.size > 0 && data.size() == 0)
    return {counted_rows<T>(plate.size).rows, std::move(shared)};
  return {std::move(data), std::move(shared)};
}

template loaded_data<float> counted_rows(std::size_t);
template loaded_data<double> counted_rows(std::size_t);
template loaded_data<float> read_data(const program_tables<float>&, std::span<const named_source>);
template loaded_data<double> read_data(const program_tables<double>&,
                                       std::span<const named_source>);

}  // namespace variad::internals
