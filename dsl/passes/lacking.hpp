#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/passes/flatten.hpp>

/// What an op, a family or an estimator of the user's own lacks of its contract, as compile errors
/// (see problem.hpp); an objective's are in check_objective.hpp.
namespace variad::internals::problem {

/// What an op lacks of the members that every one has, or that belong to those it has.
template <class Op>
struct op_lacks_a_member {
  using has = op_members<Op>;
  static_assert(has::traits,
                "an op lacks `static constexpr op_traits traits{}`; see \"Add an op\" in "
                "docs/extending.md");
  static_assert(has::event,
                "an op lacks `static constexpr shape event(std::span<const shape> inputs)`; see "
                "\"Add an op\" in docs/extending.md");
  static_assert(!has::elementwise || has::forward,
                "an elementwise op lacks `template <class V> V forward(const std::array<V, N>& x) "
                "const`; see \"Add an op\" in docs/extending.md");
  static_assert(has::elementwise || has::forward,
                "an op lacks `template <class T> void forward(const kernel_call<T>&) const`; see "
                "\"Add an op\" in docs/extending.md");
  static_assert(has::elementwise || has::pull_back || !has::has_derivative,
                "an op lacks `template <class T> void pull_back(const kernel_call<T>&) const`, or "
                "`.differentiable = false` in its traits; see \"Add an op\" in docs/extending.md");
  static_assert(!has::parameters || (has::parameter_count && has::parameter_name &&
                                     has::parameter_shape && has::initial),
                "an op with parameters has all of `parameter_count`, `parameter_name(block)`, "
                "`parameter_shape(block, inputs)` and `initial(block)`; see \"Add an op\" in "
                "docs/extending.md");
  static_assert(has::few_parameters, "an op has at most 8 blocks of parameters");
  static_assert(
      !has::state || has::values,
      "the `state<T>` of an op has `std::vector<carried_values<T>> values()`; see \"Add an op\" in "
      "docs/extending.md");
  static_assert(!has::coupled_rows ||
                    (has::partial_size && has::gather && has::join && has::merge &&
                     has::gather_back && has::merge_back && has::state),
                "an op that couples the rows of a batch has all of `partial_size`, `gather`, "
                "`join`, `merge`, `gather_back`, `merge_back` and `state<T>`; see \"Add an op\" in "
                "docs/extending.md");
  static_assert(has::gradient_parts == has::add_gradient && has::gradient_part == has::add_gradient,
                "an op that shares the gradient of its parameters has all of `gradient_parts`, "
                "`gradient_part` and `bool add_gradient`; see \"Add an op\" in "
                "docs/extending.md");
  static_assert(
      !has::along || (has::forward_along && has::pull_back_along &&
                      has::add_gradient_along == has::add_gradient),
      "an op with derivatives along a direction has both `forward_along` and "
      "`pull_back_along`, and `add_gradient_along` if it has `add_gradient`; see \"Add an "
      "op\" in docs/extending.md");
  static_assert(!has::one_site_rows || has::one_site_update,
                "an op with `one_site_rows` has `one_site_update`, too; see \"Add an op\" in "
                "docs/extending.md");
};

/// What a family lacks of the members that every one has, or that belong to those it has.
template <class Family>
struct family_lacks_a_member {
  using has = family_members<Family>;
  static_assert(has::traits,
                "a family lacks `static constexpr family_traits traits{.values = ...}`; see \"Add "
                "a family\" in docs/extending.md");
  static_assert(has::name,
                "a family lacks `static constexpr std::string_view name`; see \"Add a family\" in "
                "docs/extending.md");
  static_assert(has::shapes,
                "a family lacks `static constexpr shape value_shape(const shape& declared)` or "
                "`parameter_shape(std::size_t, const shape& declared)`; see \"Add a family\" in "
                "docs/extending.md");
  static_assert(has::parameters,
                "a family lacks `parameter_count`, or a rule for each in `parameter_rules`; see "
                "\"Add a family\" in docs/extending.md");
  static_assert(has::few_parameters, "a family has at most 3 parameters");
  static_assert(has::log_prob,
                "a family lacks the op `log_prob`; see \"Add a family\" in docs/extending.md");
  static_assert(has::score || has::prior_only,
                "a family lacks `score(value, parameters, seed, adjoints, n)`; see \"Add a "
                "family\" in docs/extending.md");
  static_assert(!has::marginal || has::condition,
                "a family whose `log_prob` has a `marginal` lacks `condition(parameters, data, "
                "known, value, n)`; see \"Add a family\" in docs/extending.md");
  static_assert(has::path == has::some_path,
                "a family with a path has all of `noise_size`, `fill_noise`, `transform` and "
                "`transform_pull_back`; see \"Add a family\" in docs/extending.md");
  static_assert(has::categories == has::discrete,
                "a discrete family, and no other, has all of `categories`, `category` and "
                "`set_category`; see \"Add a family\" in docs/extending.md");
  static_assert(has::logits == (has::discrete && !has::prior_only),
                "a discrete family has all of `logits`, `add_logit_adjoint` and "
                "`add_probability_adjoint`; see \"Add a family\" in docs/extending.md");
  static_assert(has::unit_logits == has::unit_adjoint,
                "a family of binary units has both `unit_logits` and `add_unit_logit_adjoint`; "
                "see \"Add a family\" in docs/extending.md");
};

/// What an estimator lacks of the members that every one has, whatever it is used for.
template <class Estimator, class... Where>
struct not_an_estimator {
  static_assert(
      requires {
        { Estimator::traits } -> std::same_as<const estimator_traits&>;
      },
      "an estimator lacks `static constexpr estimator_traits traits{.name = ...}`; see \"Add an "
      "estimator\" in docs/extending.md");
  static_assert(
      requires(const latent_traits& t) {
        { Estimator::accepts(t) } -> std::same_as<verdict>;
      },
      "an estimator lacks `static constexpr verdict accepts(const latent_traits&)`; see \"Add an "
      "estimator\" in docs/extending.md");
  static_assert(
      requires(const latent_traits& t) {
        { Estimator::probes(t) } -> std::same_as<probe_set>;
      },
      "an estimator lacks `static constexpr probe_set probes(const latent_traits&)`; see \"Add an "
      "estimator\" in docs/extending.md");
};

/// Which members an estimator has that draw a family's values and learn from them.
template <class Estimator, class Family>
struct estimator_members {
  using site = const draw_site<Family, float>&;
  static constexpr bool propose = requires(const Estimator& e, site s) { e.propose(s); };
  static constexpr bool pull_back = requires(const Estimator& e, site s) { e.pull_back(s); };
  static constexpr bool probe = requires(const Estimator& e, site s, float* out) {
    e.probe(s, std::size_t{}, std::size_t{}, out);
  };
  static constexpr bool state = requires(const latent_traits& t) {
    { Estimator::state(t) } -> std::convertible_to<std::size_t>;
  };
  static constexpr bool commit =
      requires(const Estimator& e, std::span<float> s, std::span<const float> u) {
    e.commit(s, u);
  };
  static constexpr bool seed_network =
      !internals::has_surrogate<Estimator> || requires(const Estimator& e, site s) {
    e.seed_network(s);
  };
  static constexpr bool complete(bool joint) {
    return seed_network && propose && pull_back && (probe || !joint) && state == commit;
  }
};
template <class Estimator, class Family, bool Joint, class... Where>
struct estimator_lacks_a_member {
  using has = estimator_members<Estimator, Family>;
  static_assert(has::propose,
                "an estimator lacks `void propose(const draw_site<Family, T>&) const`; see \"Add "
                "an estimator\" in docs/extending.md");
  static_assert(has::pull_back,
                "an estimator lacks `void pull_back(const draw_site<Family, T>&) const`; see \"Add "
                "an estimator\" in docs/extending.md");
  static_assert(has::seed_network,
                "an estimator whose network reads drawn_value lacks `void seed_network(const "
                "draw_site<Family, T>&) const`; see \"Add an estimator\" in docs/extending.md");
  static_assert(
      !Joint || has::probe,
      "an estimator with joint probes lacks `void probe(const draw_site<Family, T>&, std::size_t "
      "row, std::size_t p, T* out) const`; see \"Add an estimator\" in docs/extending.md");
  static_assert(!has::state || has::commit,
                "an estimator with `state` lacks `void commit(std::span<T> state, std::span<const "
                "T> update) const`; see \"Add an estimator\" in docs/extending.md");
  static_assert(!has::commit || has::state,
                "an estimator with `commit` lacks `static constexpr std::size_t state(const "
                "latent_traits&)`; see \"Add an estimator\" in docs/extending.md");
};

}  // namespace variad::internals::problem
