#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <boost/hana/for_each.hpp>

#include <variad/dsl/estimators/list.hpp>
#include <variad/dsl/inference/infer.hpp>
#include <variad/dsl/inference/lab_report.hpp>
#include <variad/dsl/syntax/with_estimator.hpp>

namespace variad {

/// How `lab` measures.
struct lab_options {
  std::size_t repeats = 200;             ///< gradients of each estimator
  std::size_t reference_repeats = 5000;  ///< of the reference, where it is not exact
  std::uint64_t seed = 0;
};

namespace detail {

/// An optional part of an estimator: the values of its knob that are worth a look, and itself at
/// one of them.
template <class E>
concept has_knob = requires(const E& e) {
  { E::knob_values[0] } -> std::convertible_to<double>;
  { e.at_knob(0.5) } -> std::same_as<E>;
};

/// Sums over gradients of the guide's parameters.
struct gradient_sample {
  std::vector<double> sum, square;
  double cosine = 0;
  std::vector<double> milliseconds;

  [[nodiscard]] double count() const { return static_cast<double>(milliseconds.size()); }
  [[nodiscard]] double variance() const {
    double total = 0;
    for (std::size_t i = 0; i < sum.size(); ++i)
      total += std::max(0.0, square[i] - sum[i] * sum[i] / count());
    return count() > 1 ? total / (count() - 1) : 0;
  }
};

/// Takes gradients of one batch, all rows of the data; `reference` may be empty.
template <class Inference, class Data>
gradient_sample take_gradients(Inference& vi, const Data& data, std::size_t repeats,
                               std::uint64_t seed, const std::vector<double>& reference) {
  std::vector<std::uint32_t> rows(data.rows.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  gradient_sample s;
  for (std::size_t r = 0; r < repeats; ++r) {
    const auto begin = std::chrono::steady_clock::now();
    vi.gradient(data, rows, {.seed = seed, .step = r});
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    s.milliseconds.push_back(time.count());
    double along = 0, own = 0, other = 0;
    std::size_t at = 0;
    for (const parameter_info& p : vi.parameter_table()) {
      if (!p.name.starts_with("q.")) continue;
      s.sum.resize(std::max(s.sum.size(), at + p.size));
      s.square.resize(s.sum.size());
      for (std::size_t i = 0; i < p.size; ++i, ++at) {
        const double g = static_cast<double>(vi.gradient()[p.offset + i]);
        s.sum[at] += g;
        s.square[at] += g * g;
        if (reference.empty()) continue;
        along += g * reference[at];
        own += g * g;
        other += reference[at] * reference[at];
      }
    }
    if (own > 0 && other > 0) s.cosine += along / std::sqrt(own * other);
  }
  s.cosine /= s.count();
  std::nth_element(s.milliseconds.begin(),
                   s.milliseconds.begin() + static_cast<std::ptrdiff_t>(repeats / 2),
                   s.milliseconds.end());
  return s;
}

template <class X>
inline constexpr bool is_unresolved = false;
template <class Problem>
inline constexpr bool is_unresolved<unresolved<Problem>> = true;

/// An inference with another estimator for one latent.
template <fixed_string Name, class E, class Objective, class T, class Model, class Guide>
using with_other_estimator = decltype(infer<Objective, T>(
    std::declval<const Model&>(),
    with_estimator<Name>(std::declval<const Guide&>(), std::declval<const E&>())));

/// Why an estimator cannot stand here.
template <class E, class Plan>
constexpr std::string_view refusal(std::string_view name) {
  std::string_view reason = "it does not fit the rest of the graph";
  const auto ask = [&]<std::size_t... L>(std::index_sequence<L...>) {
    const auto of = [&]<std::size_t M>() {
      if (!problem::detail::lists_name(Plan::shaped[Plan::shaped.latent(M).draw].label, name))
        return;
      const verdict v = verdict_on<E>(Plan::template traits<M>);
      if (!v.yes) reason = v.reason;
    };
    (of.template operator()<L>(), ...);
  };
  ask(std::make_index_sequence<Plan::latent_count>{});
  return reason;
}

}  // namespace detail

/// Runs every estimator that the latent of this name accepts on a user's model, at its parameters
/// and on one batch, all rows of the data, all else equal, and compares their gradients of the
/// guide's parameters with the exact one where the draw can be enumerated and is the only one, and
/// with a long mean of an unbiased estimator otherwise. A knob is tried at several values. What the
/// ops of the model keep (running averages, chains) begins anew. Compiles a program for each
/// estimator, and changes nothing in the inference.
///
///     std::cout << lab<"z">(vi, data(x = images.first(100)));
template <fixed_string Name, class Model, class Guide, class Objective, class T, class... B>
lab_report lab(const inference<Model, Guide, Objective, T>& vi, const data_bindings<B...>& batch,
               const lab_options& options = {}) {
  const auto with = [&](const auto& estimator) {
    return infer<Objective, T>(vi.model(), with_estimator<Name>(vi.guide(), estimator));
  };
  constexpr auto accepts = []<class E>() {
    return !detail::is_unresolved<
        detail::with_other_estimator<Name, E, Objective, T, Model, Guide>>;
  };
  const auto data = vi.load(batch);
  const auto sample = [&](auto other, std::size_t repeats, std::uint64_t seed,
                          const std::vector<double>& reference) {
    for (const parameter_info& p : vi.parameter_table())
      other.set_parameter(p.name, vi.parameter(p.name));
    return detail::take_gradients(other, data, repeats, seed, reference);
  };

  lab_report report;
  report.latent = to_name<Name>::view;
  report.objective = vi.plan().objective;
  report.repeats = options.repeats;
  std::vector<double> reference;
  double reference_variance = 0;
  const auto refer = [&](const auto& estimator, std::size_t repeats) {
    const detail::gradient_sample s = sample(with(estimator), repeats, options.seed + 1, {});
    reference.clear();
    for (const double g : s.sum) reference.push_back(g / s.count());
    reference_variance = s.variance() / s.count();
    report.exact = s.variance() == 0;
    report.reference = std::remove_cvref_t<decltype(estimator)>::name();
  };
  hana::for_each(
      hana::tuple_t<enumerate, local_expectation, pathwise, score_function<baselines::moving>>,
      [&](auto type) {
        using E = typename decltype(type)::type;
        if constexpr (accepts.template operator()<E>()) {
          if (report.exact || (!reference.empty() && report.reference != enumerate::name())) return;
          refer(E{}, std::is_same_v<E, enumerate> ? 2 : options.reference_repeats);
          if (std::is_same_v<E, enumerate> && !report.exact) reference.clear();
        }
      });
  for (const double g : reference) report.reference_norm += g * g;
  report.reference_norm = std::sqrt(report.reference_norm);

  const auto measure = [&](const auto& estimator, double knob) {
    using E = std::remove_cvref_t<decltype(estimator)>;
    auto other = with(estimator);
    lab_row row;
    row.estimator = E::name();
    row.knob = knob;
    row.bias_class = to_string(E::bias);
    for (const auto& l : other.plan().latents)
      if (l.estimator == row.estimator) row.probes = l.probes;
    const detail::gradient_sample s =
        sample(std::move(other), options.repeats, options.seed, reference);
    double distance = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
      const double d = s.sum[i] / s.count() - reference[i];
      distance += d * d;
    }
    row.variance = s.variance();
    row.bias = std::sqrt(distance) / report.reference_norm;
    row.bias_error =
        std::sqrt(row.variance / s.count() + reference_variance) / report.reference_norm;
    row.cosine = s.cosine;
    row.milliseconds = s.milliseconds[options.repeats / 2];
    report.rows.push_back(std::move(row));
  };
  hana::for_each(estimator_list, [&](auto type) {
    using E = typename decltype(type)::type;
    if constexpr (!accepts.template operator()<E>()) {
      using trained = typename inference<Model, Guide, Objective, T>::training_plan;
      constexpr std::string_view reason = detail::refusal<E, trained>(to_name<Name>::view);
      report.refused.push_back({std::string(E::name()), std::string(reason)});
    } else if constexpr (detail::has_knob<E>) {
      for (const double value : E::knob_values) measure(E{}.at_knob(value), value);
    } else {
      measure(E{}, std::numeric_limits<double>::quiet_NaN());
    }
  });
  return report;
}

}  // namespace variad
