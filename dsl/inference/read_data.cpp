#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <variad/dsl/inference/read_data.hpp>

namespace variad::internals {
namespace {

constexpr std::string_view weights_name = row_weights::variable_name::view;
/// Integers up to here are themselves in T.
template <class T>
constexpr std::size_t most_rows = std::size_t{1} << std::numeric_limits<T>::digits;

/// An extent that the data say: of a plate that takes its size from them.
constexpr std::size_t any_rows = 0;

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
  if (event[0] == any_rows) event[0] = c.rows;
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
                (in_plate ? "in a plate whose rows these are"
                          : "outside of the plate of the data, so all its data are one event of "
                            "shape " +
                                print_shape(event) +
                                ": for a row each, state it in plate<\"row\">(...), in model and "
                                "guide"));
  }
}

/// Whether values of a variable are whole numbers, in which −1 stands for a gap.
bool is_integer(const node& n) {
  return n.index_limit > 0 || (n.family.discrete && (n.family.values == support::binary ||
                                                     n.family.values == support::category));
}

/// What to write where data have gaps that their variable must not have.
template <class T>
std::string repair_of_gaps(const program_tables<T>& t, std::string_view name) {
  const std::string declared(name);
  for (const node& n : t.nodes)
    if (n.what == role::data && n.variable == name &&
        n.index_limit + (exists(n.indexes) ? 1 : 0) > 0)
      return "an index has no gaps: leave these rows out, or number one more for what is not known";
  for (const node& n : t.nodes)
    if (n.what == role::data && n.variable == name && n.kind == variable_kind::given)
      return "read '" + declared + "' as filled(" + declared + ", 0)";
  return "declare it with partly_observed<\"" + declared + "\">";
}

/// Whether data may have gaps: where nothing reads them as values.
template <class T>
bool may_lack(const program_tables<T>& t, std::string_view name) {
  return std::none_of(t.nodes.begin(), t.nodes.end(), [&](const node& n) {
    return n.what == role::data && n.variable == name && n.reads == reading::value;
  });
}

/// Reads what a node takes, and checks it against the node's support.
template <class T>
column<T> read_node(const program_tables<T>& t, const node& n, const source& from) {
  const bool in_data_plate = varies_over(n.axes, t.data_plate);
  std::vector<std::size_t> event;
  for (const plate_id p : t.plates.ids())
    if (varies_over(n.axes, p) && p != t.data_plate)
      event.push_back(t.is_group(p) ? any_rows : t.plates[p].size);
  for (int d = 0; d < n.declared.rank; ++d)
    event.push_back(static_cast<std::size_t>(n.declared[d]));
  column<T> c = read_placed<T>(from, n, event, in_data_plate);
  c.in_rows = !in_data_plate && event.size() > static_cast<std::size_t>(n.declared.rank);
  const bool gaps = may_lack(t, n.variable);
  if (gaps && is_integer(n)) mark_gaps(c, T(-1));
  if (!gaps) check_no_gaps(c, repair_of_gaps(t, n.variable));
  if (n.family.values == support::binary && n.family.discrete) check_binary(c);
  if (n.family.values == support::category && n.family.discrete)
    check_integers(c, static_cast<std::size_t>(n.family.categories), "a category");
  if (n.index_limit > 0) check_integers(c, static_cast<std::size_t>(n.index_limit), "an index");
  if (n.family.values == support::positive) check_positive(c);
  if (!in_data_plate) check_read_once(c);
  return c;
}

/// The node that says what the data of a variable must be: a family's, where there is one, and the
/// smallest limit of its indices.
template <class T>
const node* node_of_data(const program_tables<T>& t, std::string_view name) {
  const node* found = nullptr;
  for (const node& n : t.nodes)
    if (n.what == role::data && n.variable == name &&
        (found == nullptr ||
         (n.index_limit > 0 && (found->index_limit == 0 || n.index_limit < found->index_limit))))
      found = &n;
  return found;
}

/// Throws `variad::error` naming the row where data of variables that are drawn together, and
/// depend on each other, are there in part.
template <class T>
void check_whole_rows(const program_tables<T>& t, const std::vector<column<T>>& columns) {
  for (const latent_info& l : t.latents) {
    const node& draw = t.nodes[l.draw];
    if (!draw.has_gaps || draw.family.product) continue;
    std::vector<std::pair<const column<T>*, std::size_t>> drawn;  // and its numbers in a row
    for (std::string_view rest = draw.label; !rest.empty();) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      const std::string_view name = rest.substr(0, end);
      rest = rest.substr(std::min(end + 1, rest.size()));
      const auto found = std::find_if(columns.begin(), columns.end(),
                                      [&](const column<T>& c) { return c.name == name; });
      const node& n = *node_of_data(t, name);
      drawn.emplace_back(found == columns.end() ? nullptr : &*found,
                         static_cast<std::size_t>(n.declared.size()));
    }
    std::size_t rows = 0;
    for (const auto& [c, size] : drawn)
      if (c != nullptr) rows = c->values.size() / size;
    for (std::size_t row = 0; row < rows; ++row) {
      std::size_t known = 0, all = 0;
      for (const auto& [c, size] : drawn) {
        all += size;
        for (std::size_t i = 0; c != nullptr && i < size; ++i)
          known += c->is_known(row * size + i) ? 1 : 0;
      }
      if (known == 0 || known == all) continue;
      throw error("data of '" + std::string(draw.label) + "', row " + std::to_string(row) +
                  ": found " + std::to_string(known) + " of " + std::to_string(all) +
                  " values, expected all or none: the guide draws them together, and they depend "
                  "on each other; draw each on its own");
    }
  }
}

/// How many rows a plate has that takes its size from the data: as many as its columns, or as is
/// said; otherwise, and not `sure`, enough for all indices of its rows. Throws `variad::error`
/// naming what does not fit.
template <class T>
std::size_t count_rows(const program_tables<T>& t, plate_id p,
                       std::span<const named_source> sources, const std::vector<column<T>>& rows,
                       const std::vector<column<T>>& constants, bool& sure) {
  const std::string plate = "plate '" + std::string(t.plates[p].name) + "'";
  std::size_t said = 0, indexed = 0;
  std::string by;
  const auto say = [&](std::size_t count, const std::string& what) {
    if (count == 0) throw error(plate + ": found 0 rows by " + what + ", expected at least one");
    if (said > 0 && said != count)
      throw error(plate + ": found " + std::to_string(count) + " rows by " + what + " and " +
                  std::to_string(said) + " by " + by + ", expected one number");
    said = count;
    by = what;
  };
  const std::string name_of_count = "rows of " + std::string(t.plates[p].name);
  for (const named_source& s : sources)
    if (s.name == name_of_count)
      say(static_cast<std::size_t>(internals::load<double>(*s.from, s.name, {}).values.at(0)),
          "groups");
  for (const column<T>& c : constants)
    if (const node* const n = node_of_data(t, c.name); varies_over(n->axes, p))
      say(c.event_shape.front(), "the data of '" + c.name + "'");
  for (const std::vector<column<T>>* columns : {&rows, &constants})
    for (const column<T>& c : *columns) {
      const bool indexes = std::any_of(t.nodes.begin(), t.nodes.end(), [&](const node& n) {
        return n.what == role::data && n.variable == c.name && n.indexes == p;
      });
      if (!indexes) continue;
      check_integers(c, said > 0 ? said : most_rows<T>, "an index of " + plate);
      const std::size_t most =
          1 + static_cast<std::size_t>(*std::max_element(c.values.begin(), c.values.end()));
      indexed = std::max(indexed, most);
    }
  sure = said > 0;
  return said > 0 ? said : indexed;
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
  const source* weights = nullptr;
  for (const named_source& s : sources) {
    if (s.name == weights_name) {
      if (weights != nullptr) throw error("weighted_by: found weights twice, expected them once");
      weights = s.from;
    }
    if (const node* const n = node_of_data(t, s.name); n != nullptr)
      (varies_over(n->axes, t.data_plate) ? rows : constants).push_back(read_node(t, *n, *s.from));
  }
  check_whole_rows(t, rows);
  check_whole_rows(t, constants);
  constant_data<T> outside;
  for (const plate_id p : t.plates.ids())
    if (t.is_group(p))
      outside.groups[p] = count_rows(t, p, sources, rows, constants, outside.counted[p]);
  outside.columns = std::move(constants);
  auto shared = std::make_shared<const constant_data<T>>(std::move(outside));
  if (!exists(t.data_plate)) {
    if (weights != nullptr)
      throw error("weighted_by: found weights, and no plate of data whose rows they are of");
    return {counted_rows<T>(1).rows, std::move(shared)};
  }
  dataset<T> data(std::move(rows));
  if (weights != nullptr) {
    if (data.size() == 0)
      throw error("weighted_by: found weights, and no data whose rows they are of");
    column<T> w = internals::load<T>(*weights, weights_name, {});
    check_no_gaps(w, "a row without a weight has the weight 0");
    data.weigh(std::move(w.values));
  }
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
