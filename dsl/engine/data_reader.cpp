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
    const std::size_t at = data.find(n.variable);
    const tensor<T> v = bind_.view(i, c, global);
    const std::size_t size = v.size * (layout_of(n.axes, c.extent).rows / c.rows);
    if (at == data.size()) {
      if (n.reads != reading::value && may_lack(n)) mask_of_all(n, c.rows * size, v.value);
      continue;
    }
    const column<T>& from = data.column(at);
    const std::size_t count = from.event_size();
    const bool values = n.reads == reading::value || n.reads == reading::column;
    if (values && !is_category(n)) {
      data.copy_rows(at, {c.row_ids.data(), c.rows}, settings.epoch, settings.seed, v.value);
      continue;
    }
    for (std::size_t r = 0; r < c.rows; ++r) {
      T* out = v.value + r * size;
      const std::uint8_t* const known =
          from.known.empty() ? nullptr : from.known.data() + c.row_ids[r] * count;
      if (!values) {
        mask(known, count, n, out);
        continue;
      }
      // Labels are read to the end of the rows that they become, and made rows in place.
      T* const labels = out + (size - count);
      data.copy_row(at, c.row_ids[r], settings.epoch, settings.seed, labels);
      one_hot(labels, known, count, n, out);
    }
  }
}

template <class T>
void data_reader<T>::read_constants(context<T>& global) const {
  const std::span<const column<T>> all =
      constants_ ? std::span<const column<T>>(constants_->columns) : std::span<const column<T>>{};
  for (const node_id i : nodes_) {
    if (!bind_.is_global(i)) continue;
    const node& n = t_.nodes[i];
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const column<T>& c) { return c.name == n.variable; });
    const tensor<T> v = bind_.view(i, global, global);
    if (found == all.end()) {
      if (n.reads != reading::value && may_lack(n))
        mask_of_all(n, v.size * layout_of(n.axes, global.extent).rows, v.value);
      continue;
    }
    const std::uint8_t* const known = found->known.empty() ? nullptr : found->known.data();
    if (n.reads != reading::value && n.reads != reading::column) {
      mask(known, found->values.size(), n, v.value);
    } else if (is_category(n)) {
      one_hot(found->values.data(), known, found->values.size(), n, v.value);
    } else {
      std::copy(found->values.begin(), found->values.end(), v.value);
    }
  }
}

template <class T>
bool data_reader<T>::is_category(const node& n) {
  return n.family.values == support::category && n.family.categories > 0;
}

template <class T>
void data_reader<T>::one_hot(const T* labels, const std::uint8_t* known, std::size_t count,
                             const node& n, T* out) {
  const auto k = static_cast<std::size_t>(n.family.categories);
  for (std::size_t j = 0; j < count; ++j) {
    const auto label = static_cast<std::size_t>(labels[j]);  // before its place is written
    std::fill_n(out + j * k, k, T(0));
    if (known == nullptr || known[j] != 0) out[j * k + label] = T(1);
  }
}

template <class T>
void data_reader<T>::mask(const std::uint8_t* known, std::size_t count, const node& n, T* out) {
  const auto is_known = [&](std::size_t j) { return known == nullptr || known[j] != 0; };
  const auto variables = static_cast<std::size_t>(n.declared.size());
  const std::size_t width = static_cast<std::size_t>(n.event.size()) / variables;
  if (n.reads == reading::known_row) {
    for (std::size_t first = 0; first < count; first += variables) {
      bool all = true;
      for (std::size_t j = first; j < first + variables; ++j) all = all && is_known(j);
      *out++ = T(all);
    }
    return;
  }
  for (std::size_t j = 0; j < count; ++j)
    if (n.reads == reading::known_element)
      out = std::fill_n(out, width, T(is_known(j)));
    else
      *out++ = T(is_known(j) == (n.reads == reading::known));
}

template <class T>
void data_reader<T>::mask_of_all(const node& n, std::size_t count, T* out) const {
  const bool known = t_.ancestral && n.reads != reading::column;
  std::fill_n(out, count, T(n.reads == reading::missing ? !known : known));
}

template class data_reader<float>;
template class data_reader<double>;

}  // namespace variad::internals
