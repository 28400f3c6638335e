#include <algorithm>

#include <variad/dsl/engine/data_reader.hpp>

namespace variad::internals {

template <class T>
data_reader<T>::data_reader(const program_tables<T>& tables, const binder<T>& bind)
    : t_(tables), bind_(bind) {
  for (const node_id i : t_.nodes.ids())
    if (t_.nodes[i].active && t_.nodes[i].what == role::data) nodes_.push_back(i);
}

template <class T>
void data_reader<T>::read_rows(context<T>& c, context<T>& global, const dataset<T>& data,
                               const step_settings& settings) const {
  for (const node_id i : nodes_) {
    if (bind_.is_global(i)) continue;
    const node& n = t_.nodes[i];
    const std::size_t column = data.find(n.variable);
    if (column == data.size()) continue;
    const tensor<T> v = bind_.view(i, c, global);
    const std::size_t size = v.size * (layout_of(n.axes, c.extent).rows / c.rows);
    if (!is_category(n)) {
      data.copy_rows(column, {c.row_ids.data(), c.rows}, settings.epoch, settings.seed, v.value);
      continue;
    }
    for (std::size_t r = 0; r < c.rows; ++r) {
      T* out = v.value + r * size;
      // Labels are read to the end of the rows that they become, and made rows in place.
      const std::size_t count = data.column(column).event_size();
      T* const labels = out + (size - count);
      data.copy_row(column, c.row_ids[r], settings.epoch, settings.seed, labels);
      one_hot(labels, count, n, out);
    }
  }
}

template <class T>
void data_reader<T>::read_constants(context<T>& global) const {
  if (!constants_) return;
  for (const node_id i : nodes_) {
    if (!bind_.is_global(i)) continue;
    const node& n = t_.nodes[i];
    const auto found = std::find_if(constants_->begin(), constants_->end(),
                                    [&](const column<T>& c) { return c.name == n.variable; });
    if (found == constants_->end()) continue;
    T* out = bind_.view(i, global, global).value;
    if (is_category(n)) {
      one_hot(found->values.data(), found->values.size(), n, out);
    } else {
      std::copy(found->values.begin(), found->values.end(), out);
    }
  }
}

template <class T>
bool data_reader<T>::is_category(const node& n) {
  return n.family.values == support::category && n.family.categories > 0;
}

template <class T>
void data_reader<T>::one_hot(const T* labels, std::size_t count, const node& n, T* out) {
  const auto k = static_cast<std::size_t>(n.family.categories);
  for (std::size_t j = 0; j < count; ++j) {
    const auto label = static_cast<std::size_t>(labels[j]);  // before its place is written
    std::fill_n(out + j * k, k, T(0));
    out[j * k + label] = T(1);
  }
}

template class data_reader<float>;
template class data_reader<double>;

}  // namespace variad::internals
