#include <algorithm>
#include <utility>

#include <variad/runtime/training/run_state.hpp>

namespace variad::internals {

template <class T>
void run_state<T>::lay_out(const std::vector<parameter_start<T>>& parameters) {
  const std::vector<parameter_info> old_table = std::exchange(table_, {});
  const aligned_buffer<T> old_parameters = std::exchange(parameters_, {});
  const optimizer_state<T> old_slots = std::exchange(slots_, {});
  begin_.clear();
  std::size_t size = 0;
  for (const parameter_start<T>& p : parameters) {
    parameter_info info{p.name, p.shape, size, 1, p.of_method};
    for (const std::size_t extent : p.shape) info.size *= extent;
    size = (size + info.size + 15) / 16 * 16;
    table_.push_back(std::move(info));
    begin_.push_back(p.begin);
  }
  parameters_ = aligned_buffer<T>(size);
  slots_ = optimizer_state<T>(old_slots.slots(), rule_.empty() ? 0 : size);
  slots_.step = old_slots.step;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const parameter_info& to = table_[i];
    const auto from = std::find_if(
        old_table.begin(), old_table.end(),
        [&](const parameter_info& p) { return p.name == to.name && p.shape == to.shape; });
    if (from == old_table.end()) {
      begin_[i](values_of(to, parameters_.span()), seed_);
      continue;
    }
    const auto copy = [&](std::span<const T> old_values, std::span<T> values) {
      std::copy_n(old_values.data() + from->offset, from->size, values.data() + to.offset);
    };
    copy(old_parameters.span(), parameters_.span());
    for (std::size_t s = 0; s < slots_.slots(); ++s) copy(old_slots.slot(s), slots_.slot(s));
  }
}

template <class T>
std::span<T> run_state<T>::carry_numbers(const std::string& name, std::size_t count) {
  using numbers = aligned_buffer<T>;
  void* const found = carry(name, [&] {
    const auto made = std::make_shared<numbers>(count);
    return carried_object<T>{made, {{"", made->span()}}};
  });
  return static_cast<numbers*>(found)->span();
}

template <class T>
const parameter_info* run_state<T>::find(std::string_view name) const {
  for (const parameter_info& p : table_)
    if (p.name == name) return &p;
  return nullptr;
}

template <class T>
std::vector<state_piece<T>> run_state<T>::pieces() {
  using kind = typename state_piece<T>::kind;
  std::vector<state_piece<T>> all;
  for (const parameter_info& p : table_)
    all.push_back({p.of_method ? kind::method_parameter : kind::parameter, p.name, p.shape,
                   values_of(p, parameters_.span())});
  for (std::size_t c = 0; c < carried_.size(); ++c)
    for (carried_part& p : carried_[c].parts)
      all.push_back({kind::carried, p.name, {p.values.size()}, p.values, p.saved, c});
  for (std::size_t s = 0; s < slots_.slots(); ++s)
    for (const parameter_info& p : table_)
      all.push_back({kind::slot, "optimizer/" + std::to_string(s) + "/" + p.name, p.shape,
                     values_of(p, slots_.slot(s))});
  return all;
}

template <class T>
void run_state<T>::begin(std::uint64_t seed) {
  seed_ = seed;
  for (std::size_t i = 0; i < table_.size(); ++i)
    begin_[i](values_of(table_[i], parameters_.span()), seed);
  for (carried& c : carried_)
    for (carried_part& p : c.parts)
      std::copy_n(p.beginning.data(), p.values.size(), p.values.data());
  rule_.clear();
  slots_ = {};
  position = {};
}

template <class T>
void run_state<T>::begin_run(const optimizer& rule) {
  rule_ = rule.name();
  slots_ = optimizer_state<T>(rule.slots(), parameters_.size());
  position = {};
}

template <class T>
void run_state<T>::use(const optimizer& rule) {
  if (rule_ != rule.name() || slots_.slots() != rule.slots() || slots_.size() != parameters_.size())
    begin_run(rule);
}

template <class T>
void run_state<T>::set_aside() {
  for (carried& c : carried_)
    for (carried_part& p : c.parts) std::copy_n(p.values.data(), p.aside.size(), p.aside.data());
}

template <class T>
void run_state<T>::bring_back() {
  for (carried& c : carried_)
    for (carried_part& p : c.parts) std::copy_n(p.aside.data(), p.aside.size(), p.values.data());
}

template <class T>
void* run_state<T>::find_carried(std::string_view name) const {
  for (const carried& c : carried_)
    if (c.name == name) return c.object.get();
  return nullptr;
}

template <class T>
void* run_state<T>::add_carried(const std::string& name, carried_object<T> made) {
  carried c{name, std::move(made.object), {}};
  for (const carried_values<T>& v : made.values) {
    carried_part p{"state/" + name + (v.part.empty() ? "" : "." + v.part), v.values, v.saved,
                   aligned_buffer<T>(v.values.size()),
                   aligned_buffer<T>(v.saved ? v.values.size() : 0)};
    std::copy_n(v.values.data(), v.values.size(), p.beginning.data());
    c.parts.push_back(std::move(p));
  }
  carried_.push_back(std::move(c));
  return carried_.back().object.get();
}

template class run_state<float>;
template class run_state<double>;

}  // namespace variad::internals
