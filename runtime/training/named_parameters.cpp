#include <algorithm>
#include <cmath>

#include <variad/runtime/data/column.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/training/named_parameters.hpp>

namespace variad::internals {
namespace {

template <class T>
const parameter_info& parameter_named(const run_state<T>& state, std::string_view name) {
  if (const parameter_info* p = state.find(name)) return *p;
  std::string names;
  for (const parameter_info& p : state.parameter_table()) names += "\n  " + p.name;
  throw error("no parameter '" + std::string(name) + "'; there are" + names);
}

}  // namespace

template <class T>
array<T> value_of_parameter(const run_state<T>& state, std::string_view name) {
  const parameter_info& p = parameter_named(state, name);
  array<T> out(typename array<T>::shape_type(p.shape.begin(), p.shape.end()));
  std::copy_n(state.parameters().data() + p.offset, p.size, out.data());
  return out;
}

template <class T>
void set_value_of_parameter(run_state<T>& state, std::string_view name, const array<T>& value) {
  const parameter_info& p = parameter_named(state, name);
  if (const std::vector<std::size_t> found(value.shape().begin(), value.shape().end());
      found != p.shape)
    throw error("parameter '" + p.name + "': found shape " + print_shape(found) +
                ", expected shape " + print_shape(p.shape));
  std::copy_n(value.data(), p.size, state.parameters().data() + p.offset);
}

template <class T>
const parameter_info* first_not_finite(const run_state<T>& state, std::span<const T> values) {
  const auto is_finite = [](T x) { return std::isfinite(x); };
  for (const parameter_info& p : state.parameter_table()) {
    const auto own = values.subspan(p.offset, p.size);
    if (!std::all_of(own.begin(), own.end(), is_finite)) return &p;
  }
  return nullptr;
}

template array<float> value_of_parameter(const run_state<float>&, std::string_view);
template array<double> value_of_parameter(const run_state<double>&, std::string_view);
template void set_value_of_parameter(run_state<float>&, std::string_view, const array<float>&);
template void set_value_of_parameter(run_state<double>&, std::string_view, const array<double>&);
template const parameter_info* first_not_finite(const run_state<float>&, std::span<const float>);
template const parameter_info* first_not_finite(const run_state<double>&, std::span<const double>);

}  // namespace variad::internals
