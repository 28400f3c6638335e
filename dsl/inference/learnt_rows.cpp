#include <algorithm>
#include <memory>

#include <variad/dsl/inference/learnt_rows.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/training/checkpoint.hpp>

namespace variad::internals {

template <class T>
learnt_rows<T>::learnt_rows(const program_tables<T>& training)
    : t_(training), of_data_(has_row_parameters(training)), axes_(sized_axes(training)) {}

template <class T>
void learnt_rows<T>::settle_by(std::string_view parameter) {
  if (of_data_ ||
      std::any_of(axes_.begin(), axes_.end(), [&](const auto& a) { return a.name == parameter; }))
    settle();
}

template <class T>
void learnt_rows<T>::forget() {
  settled_ = false;
  enlarged_ = {};
}

template <class T>
bool learnt_rows<T>::take_data(std::size_t rows) {
  if (!of_data_ || data_ == rows) return false;
  const std::string expected =
      "expected the " + std::to_string(data_) + " rows that the parameters of each row belong to";
  if (data_ != 0 && rows == 0)
    throw error("found no data, " + expected + ": bind them, data(x = ...)");
  if (data_ != 0 && settled_)
    throw error("found data of " + std::to_string(rows) + " rows, " + expected +
                "; make a new inference for other data, or initialise(seed) to forget these");
  data_ = rows;
  enlarged_ = {};
  return true;
}

template <class T>
bool learnt_rows<T>::take_groups(const loaded_data<T>& data, unlearnt more) {
  if (axes_.empty() || data.constants == nullptr) return false;
  const plate_rows& there = data.constants->groups;
  for (const sized_axis& a : axes_) {
    if (!is_settled(a.plate) && !data.constants->counted[a.plate])
      check_largest_index(a.plate, there[a.plate], data.rows.rows());
    if (more == unlearnt::drawn && is_settled(a.plate) && there[a.plate] > groups_[a.plate])
      return false;
  }
  return take_groups(there);
}

template <class T>
bool learnt_rows<T>::take_groups(const plate_rows& groups) {
  for (const sized_axis& a : axes_)
    if (is_settled(a.plate) && groups[a.plate] > groups_[a.plate])
      throw error("found " + std::to_string(groups[a.plate]) + " rows of plate '" +
                  std::string(t_.plates[a.plate].name) + "', expected at most the " +
                  std::to_string(groups_[a.plate]) +
                  " that the parameters of each row belong to: those of others are not known, "
                  "and initialise(seed) forgets these");
  bool changes = false;
  for (const sized_axis& a : axes_) {
    const std::size_t there = groups[a.plate];
    if (there == 0 || there == groups_[a.plate] || is_settled(a.plate)) continue;
    groups_[a.plate] = there;
    changes = true;
  }
  if (!changes) return false;
  enlarged_ = {};
  return true;
}

template <class T>
bool learnt_rows<T>::take_checkpoint(const std::string& path) {
  const bool other_data =
      of_data_ && !(settled_ && data_ > 0) && take_data(rows_of_checkpoint(path));
  plate_rows groups = groups_;
  for (const sized_axis& a : axes_)
    if (!is_settled(a.plate)) groups[a.plate] = extent_in_checkpoint(path, a.name, a.axis);
  return take_groups(groups) || other_data;
}

template <class T>
constant_columns<T> learnt_rows<T>::enlarge(const constant_columns<T>& data) {
  if (axes_.empty()) return data;
  if (data != nullptr && data == enlarged_.first) return enlarged_.second;
  constant_data<T> out = data ? *data : constant_data<T>{};
  for (const sized_axis& a : axes_) {
    for (const column<T>& c : out.columns)
      if (out.groups[a.plate] < groups_[a.plate] &&
          std::any_of(t_.nodes.begin(), t_.nodes.end(), [&](const node& n) {
            return n.variable == c.name && varies_over(n.axes, a.plate);
          }))
        throw error("data of '" + c.name + "': found " + std::to_string(out.groups[a.plate]) +
                    " rows of plate '" + std::string(t_.plates[a.plate].name) + "', expected the " +
                    std::to_string(groups_[a.plate]) +
                    " that the parameters of each row belong to");
    out.learnt[a.plate] = groups_[a.plate];
    out.groups[a.plate] = std::max(out.groups[a.plate], groups_[a.plate]);
  }
  enlarged_ = {data, std::make_shared<const constant_data<T>>(std::move(out))};
  return enlarged_.second;
}

/// Numbers of another kind, such as postal codes, would make rows that nothing tells of.
template <class T>
void learnt_rows<T>::check_largest_index(plate_id p, std::size_t groups, std::size_t rows) const {
  const std::string plate(t_.plates[p].name);
  if (groups > 1000 + 10 * rows)
    throw error("found the index " + std::to_string(groups - 1) + " of plate '" + plate +
                "' in data of " + std::to_string(rows) + " rows, which would make " +
                std::to_string(groups) +
                " rows of it: number those there are from 0, or say data(..., groups<\"" + plate +
                "\">(" + std::to_string(groups) + "))");
}

template class learnt_rows<float>;
template class learnt_rows<double>;

}  // namespace variad::internals
