#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace variad {
namespace internals {

// The members of an update rule, one by one: a missing one has a message of its own.
template <class U>
concept has_rule_name = requires {
  { U::name } -> std::convertible_to<std::string_view>;
};
template <class U>
concept has_slots = requires {
  { U::slots } -> std::convertible_to<std::size_t>;
  typename std::array<float*, U::slots>;
};
template <class U>
concept has_rate = requires(const U& u) {
  { u.rate(std::uint64_t{}) } -> std::convertible_to<double>;
};
template <class U>
concept has_check = requires(const U& u) {
  u.check();
};
template <class U, class T>
concept updates = requires(const U& u, std::span<T> p, std::span<const T> g,
                           std::array<T*, U::slots> state) {
  u.update(std::uint64_t{}, double{}, p, g, state);
};

}  // namespace internals

/// An update rule: an aggregate of knobs with a name, the number of values it keeps per parameter,
/// a schedule of its learning rate, a check of its knobs, and one ascending step over contiguous
/// buffers of `float` or `double` that allocates nothing. Its laws: what becomes of a parameter
/// depends on that parameter, its gradient, its slots and the step alone, since threads share the
/// parameters, and equal arguments give equal bits.
template <class U>
concept update_rule =
    internals::has_rule_name<U> && internals::has_slots<U> && internals::has_rate<U> &&
    internals::has_check<U> && internals::updates<U, float> && internals::updates<U, double>;

namespace internals {

/// Whether U is an update rule; a compile error that names the member it lacks if it is not.
template <class U>
constexpr bool is_update_rule() {
  static_assert(has_rule_name<U>,
                "an update rule lacks `static constexpr std::string_view name`; see "
                "\"Add an optimizer\" in docs/extending.md");
  static_assert(has_slots<U>,
                "an update rule lacks `static constexpr std::size_t slots`, the values it keeps "
                "per parameter; see \"Add an optimizer\" in docs/extending.md");
  static_assert(has_rate<U>,
                "an update rule lacks `schedule rate`, its learning rate by step; see "
                "\"Add an optimizer\" in docs/extending.md");
  static_assert(has_check<U>,
                "an update rule lacks `void check() const`, which throws for a knob that makes no "
                "sense; see \"Add an optimizer\" in docs/extending.md");
  static_assert(
      !has_slots<U> || (updates<U, float> && updates<U, double>),
      "an update rule lacks `void update(std::uint64_t step, double learning_rate, "
      "std::span<T> parameters, std::span<const T> gradient, std::array<T*, slots> "
      "state) const` for T float and double; see \"Add an optimizer\" in docs/extending.md");
  return update_rule<U>;
}

}  // namespace internals
}  // namespace variad
