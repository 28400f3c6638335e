#pragma once

#include <concepts>
#include <limits>
#include <string>
#include <string_view>

#include <boost/hana/contains.hpp>
#include <boost/hana/for_each.hpp>

#include <variad/dsl/estimators/list.hpp>
#include <variad/dsl/inference/infer.hpp>
#include <variad/dsl/inference/lab_bench.hpp>
#include <variad/dsl/syntax/with_estimator.hpp>

namespace variad {

namespace internals {

/// An optional part of an estimator: the values of its knob that are worth a look. The knob is its
/// first member.
template <class E>
concept has_knob = requires {
  { E::knob_values[0] } -> std::convertible_to<double>;
  E{E::knob_values[0]};
};

template <class X>
inline constexpr bool is_unresolved = false;
template <class Problem>
inline constexpr bool is_unresolved<unresolved<Problem>> = true;

/// An inference with another estimator for one latent.
template <internals::fixed_string Name, class E, class Objective, class T, class Model, class Guide>
using with_other_estimator = decltype(infer<Objective, T>(
    std::declval<const Model&>(),
    with_estimator<Name>(std::declval<const Guide&>(), std::declval<const E&>())));

/// Which latent draws the variable of this name.
template <class Plan>
constexpr latent_id latent_of(std::string_view name) {
  const auto& g = Plan::shaped;
  return problem::first_of(g.latent_ids(), [&](latent_id l) {
    return problem::lists_name(g[g.latent(l).draw].label, name);
  });
}

/// Why an estimator cannot stand here.
template <class E, class Plan>
constexpr std::string_view refusal(std::string_view name) {
  std::string_view reason = "it does not fit the rest of the graph";
  const auto ask = [&]<std::size_t... L>(std::index_sequence<L...>) {
    const auto of = [&]<latent_id M>() {
      if (M != latent_of<Plan>(name)) return;
      const verdict v = verdict_on<E>(Plan::template traits<M>);
      if (!v.yes) reason = v.reason;
    };
    (of.template operator()<id_at<latent_id>(L)>(), ...);
  };
  ask(std::make_index_sequence<Plan::latent_count>{});
  return reason;
}

}  // namespace internals

/// Runs every estimator that the latent of this name accepts on a user's model, at its parameters
/// and on one batch, all rows of the data, all else equal, and compares their gradients of the
/// guide's parameters with a reference: the exact gradient where the draw can be enumerated, is the
/// only one and the objective is elbo, and otherwise a long mean of an unbiased estimator. A knob
/// is tried at several values. What the ops of the model keep (running averages, chains) begins
/// anew. Compiles a program for each estimator, and changes nothing in the inference. Throws
/// `variad::error` for fewer than two repeats.
///
///     std::cout << lab<"z">(vi, data(x = images.first(100)));
template <internals::fixed_string Name, class Model, class Guide, class Objective, class T,
          class... B>
lab_report lab(const internals::inference<Model, Guide, Objective, T>& vi,
               const internals::data_bindings<B...>& batch, const lab_options& options = {}) {
  using plan_of_training = typename internals::inference<Model, Guide, Objective, T>::training_plan;
  constexpr auto accepts = []<class E>() {
    return !internals::is_unresolved<
        internals::with_other_estimator<Name, E, Objective, T, Model, Guide>>;
  };
  lab_report report;
  report.latent = internals::to_name<Name>::view;
  report.exact = accepts.template operator()<enumerate>() && plan_of_training::latent_count == 1 &&
                 !plan_of_training::objective.weighs_samples &&
                 !exists(internals::problem::drawing_node<plan_of_training>());
  internals::lab_bench<T> bench(vi.programs(), vi.load(batch), options, report);
  const auto with = [&](const auto& estimator) {
    auto other = infer<Objective, T>(vi.model(), with_estimator<Name>(vi.guide(), estimator));
    bench.copy_parameters(other.programs());
    return other;
  };
  hana::for_each(
      hana::tuple_t<enumerate, local_expectation, pathwise, score_function<baselines::moving>>,
      [&](auto type) {
        using E = typename decltype(type)::type;
        constexpr bool enumerates = std::is_same_v<E, enumerate>;
        if constexpr (accepts.template operator()<E>())
          if (!bench.has_reference() && (!enumerates || report.exact))
            bench.take_reference(with(E{}).programs(), E::traits.name, enumerates);
      });
  const auto measure = [&]<class E>(hana::basic_type<E>, auto&& other, double knob,
                                    std::string_view whose = "") {
    constexpr bool learns = has_network<E> || requires(const latent_traits& t) { E::state(t); };
    bench.measure(other.programs(), {E::traits.name, whose, knob, E::traits.knob_name(), learns});
  };
  constexpr double no_knob = std::numeric_limits<double>::quiet_NaN();
  hana::for_each(internals::estimator_list, [&](auto type) {
    using E = typename decltype(type)::type;
    if constexpr (!accepts.template operator()<E>()) {
      constexpr std::string_view reason =
          internals::refusal<E, plan_of_training>(internals::to_name<Name>::view);
      report.refused.push_back({std::string(E::traits.name), std::string(reason)});
    } else if constexpr (internals::has_knob<E>) {
      for (const double value : E::knob_values) measure(type, with(E{value}), value);
    } else {
      measure(type, with(E{}), no_knob);
    }
  });
  // And the one that the guide names, where it is another: the user's own, or with a network, which
  // it keeps as it is.
  constexpr internals::latent_id own =
      internals::latent_of<plan_of_training>(internals::to_name<Name>::view);
  using named = typename plan_of_training::template named_estimator<own>;
  if constexpr (!std::is_same_v<named, internals::by_default> &&
                !decltype(hana::contains(internals::estimator_list, hana::type_c<named>))::value) {
    auto same = infer<Objective, T>(vi.model(), vi.guide());
    for (const parameter_info& p : vi.parameter_table())
      same.set_parameter(p.name, vi.parameter(p.name));
    measure(hana::type_c<named>, same, no_knob, ", the guide's");
  }
  return report;
}

}  // namespace variad
