#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#include <variad/runtime/optim/optimizer_state.hpp>
#include <variad/runtime/optim/update_rule.hpp>
#include <variad/runtime/threads/thread_pool.hpp>

namespace variad {
namespace internals {

/// An update rule whose type is forgotten.
class any_rule {
 public:
  any_rule(std::string_view its_name, std::size_t its_slots) : name(its_name), slots(its_slots) {}
  any_rule(const any_rule&) = delete;
  any_rule& operator=(const any_rule&) = delete;
  virtual ~any_rule() = default;

  virtual double rate(std::uint64_t step) const = 0;
  virtual void check() const = 0;
  /// Of parameters whose slots begin at `first`.
  virtual void update(double learning_rate, std::span<float> parameters,
                      std::span<const float> gradient, optimizer_state<float>& state,
                      std::size_t first) const = 0;
  virtual void update(double learning_rate, std::span<double> parameters,
                      std::span<const double> gradient, optimizer_state<double>& state,
                      std::size_t first) const = 0;

  const std::string_view name;
  const std::size_t slots;
};

template <class U>
class held_rule final : public any_rule {
 public:
  explicit held_rule(const U& rule) : any_rule(U::name, U::slots), rule_(rule) {}

  double rate(std::uint64_t step) const override { return rule_.rate(step); }
  void check() const override { rule_.check(); }
  void update(double learning_rate, std::span<float> parameters, std::span<const float> gradient,
              optimizer_state<float>& state, std::size_t first) const override {
    update_at(learning_rate, parameters, gradient, state, first);
  }
  void update(double learning_rate, std::span<double> parameters, std::span<const double> gradient,
              optimizer_state<double>& state, std::size_t first) const override {
    update_at(learning_rate, parameters, gradient, state, first);
  }

 private:
  template <class T>
  void update_at(double learning_rate, std::span<T> parameters, std::span<const T> gradient,
                 optimizer_state<T>& state, std::size_t first) const {
    std::array<T*, U::slots> slots_from_first{};
    for (std::size_t i = 0; i < U::slots; ++i) slots_from_first[i] = state.slot(i).data() + first;
    rule_.update(state.step, learning_rate, parameters, gradient, slots_from_first);
  }

  U rule_;
};

}  // namespace internals

/// Any update rule as a value, built in (rules.hpp) or the user's own: `.optimizer = adam{1e-3}`.
/// Making one allocates, copies and steps do not.
class optimizer {
 public:
  template <class U>
  requires(std::is_class_v<U> && !std::derived_from<U, optimizer>) optimizer(const U& rule) {
    if constexpr (internals::is_update_rule<U>())
      rule_ = std::make_shared<const internals::held_rule<U>>(rule);
  }

  /// As checkpoints have it.
  std::string_view name() const { return rule_->name; }
  /// Values that the rule keeps per parameter.
  std::size_t slots() const { return rule_->slots; }

  /// Throws `variad::error` naming the rule and the knob if one of them makes no sense, or the
  /// learning rate at `step`, counted from 0.
  void check(std::uint64_t step) const;

  /// Takes one ascending step, with the learning rate that the schedule has after the steps taken
  /// so far. Throws `error` if the lengths differ or the state is of another rule, and what `check`
  /// throws. The threads of a pool share the values; the bits do not depend on it.
  template <class T>
  void ascend(internals::optimizer_state<T>& state, std::span<T> parameters,
              std::type_identity_t<std::span<const T>> gradient,
              internals::thread_pool* pool = nullptr) const;

 private:
  std::shared_ptr<const internals::any_rule> rule_;
};

}  // namespace variad
