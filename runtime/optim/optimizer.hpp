#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/optim/adam.hpp>
#include <variad/runtime/optim/adamw.hpp>
#include <variad/runtime/optim/sgd.hpp>
#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/threads/thread_pool.hpp>

namespace variad {

/// An update rule: an aggregate of knobs with a name, the number of values it keeps per parameter,
/// a schedule of its learning rate, a check of its knobs, and one ascending step over contiguous
/// buffers that allocates nothing.
template <class U>
concept update_rule = requires(const U& u, std::span<float> p, std::span<const float> g,
                               std::array<float*, U::slots> s) {
  { U::name } -> std::convertible_to<std::string_view>;
  { u.rate(std::uint64_t{}) } -> std::same_as<double>;
  u.check();
  u.update(std::uint64_t{}, double{}, p, g, s);
};

/// The list of update rules.
using optimizer = std::variant<adam, adamw, sgd>;

/// The name of the rule in use, as checkpoints have it.
inline std::string_view name_of(const optimizer& o) {
  return std::visit([]<update_rule U>(const U&) { return U::name; }, o);
}

/// Values that the rule in use keeps per parameter.
inline std::size_t slots_of(const optimizer& o) {
  return std::visit([]<update_rule U>(const U&) { return U::slots; }, o);
}

/// What an optimiser keeps between steps: its slots, one behind the other in one aligned buffer,
/// and the steps taken.
template <class T>
class optimizer_state {
 public:
  optimizer_state() = default;
  /// Slots of zeros for `parameters` values.
  optimizer_state(const optimizer& o, std::size_t parameters)
      : size_(parameters),
        stride_(padded<T>(parameters)),
        slots_(slots_of(o)),
        values_(slots_ * stride_) {}

  std::size_t size() const { return size_; }
  std::size_t slots() const { return slots_; }
  std::span<T> slot(std::size_t i) { return {values_.data() + i * stride_, size_}; }
  std::span<const T> slot(std::size_t i) const { return {values_.data() + i * stride_, size_}; }

  std::uint64_t step = 0;

 private:
  std::size_t size_ = 0, stride_ = 0, slots_ = 0;
  aligned_buffer<T> values_;
};

/// Throws `variad::error` naming the rule and the knob if one of them makes no sense, or the
/// learning rate at `step`, counted from 0.
void check(const optimizer& o, std::uint64_t step);

/// Takes one ascending step, with the learning rate that the schedule has after the steps taken so
/// far. Throws `error` if the lengths differ or the state is of another rule, and what `check`
/// throws. The threads of a pool share the values; the bits do not depend on it.
template <class T>
void apply(const optimizer& o, optimizer_state<T>& state, std::span<T> parameters,
           std::type_identity_t<std::span<const T>> gradient, thread_pool* pool = nullptr);

}  // namespace variad
