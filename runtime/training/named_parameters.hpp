#pragma once

#include <span>
#include <string_view>

#include <variad/runtime/data/array.hpp>
#include <variad/runtime/training/run_state.hpp>

namespace variad::internals {

/// The value of a parameter by its name, `q.z.dense0.weight`. Throws `variad::error` naming those
/// there are.
template <class T>
array<T> value_of_parameter(const run_state<T>& state, std::string_view name);

/// Throws `variad::error` if there is none of that name, or its shape differs.
template <class T>
void set_value_of_parameter(run_state<T>& state, std::string_view name, const array<T>& value);

/// The first parameter with a value that is not finite in a buffer that is laid out as the
/// parameters are; null if there is none.
template <class T>
const parameter_info* first_not_finite(const run_state<T>& state, std::span<const T> values);

}  // namespace variad::internals
