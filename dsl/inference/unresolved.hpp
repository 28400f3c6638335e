#pragma once

#include <string_view>
#include <vector>

#include <variad/dsl/inference/bound_estimate.hpp>
#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/inference/plan.hpp>
#include <variad/dsl/inference/summary.hpp>
#include <variad/runtime/boltzmann/log_z.hpp>
#include <variad/runtime/data/array.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad::internals {

/// The name and the reason of an estimator that is not known: equal to any.
struct any_text {
  template <class A>
  friend constexpr bool operator==(const any_text&, const A&) {
    return true;
  }
  friend std::ostream& operator<<(std::ostream& out, const any_text&) { return out; }
};

/// What `infer` returns for a program with a mistake: an inference in form, so that what is done
/// with it adds no errors to the one that the mistake makes.
template <class Problem>
struct unresolved : Problem {
  template <class... A>
  constexpr explicit unresolved(const A&...) {}
  constexpr unresolved() = default;

  template <fixed_string>
  static consteval any_text estimator() {
    return {};
  }
  template <fixed_string>
  static consteval any_text reason() {
    return {};
  }
  variad::plan plan() const { return {}; }
  any_text model() const { return {}; }
  any_text guide() const { return {}; }

  // Options stand as what they are: a list in braces has no type to deduce.
  template <class D>
  fit_report fit(const D&, const fit_options& = {});
  template <class D, class V>
  fit_report fit(const D&, const V&, const fit_options& = {});
  void initialise(std::uint64_t);
  template <class D>
  loaded_data<float> load(const D&) const;
  template <class D, class R>
  step_result gradient(const D&, const R&, const step_settings& = {});
  std::span<const float> gradient();
  template <class D, class R>
  step_result step(const D&, const R&, const optimizer&, const step_settings& = {});
  void use_threads(unsigned);

  template <class... A>
  bound_estimate bound(const A&...);
  template <class... A>
  std::vector<double> log_likelihood_per_datum(const A&...);
  template <class... A>
  bound_estimate log_likelihood(const A&...);
  template <fixed_string, class... A>
  array<float> posterior(const A&...);
  template <fixed_string, class... A>
  latent_summary summary(const A&...);
  template <class... A>
  posterior_summary summary(const A&...);
  template <fixed_string, class... A>
  array<float> probabilities(const A&...);
  template <fixed_string, class... A>
  array<float> predict(const A&...);
  template <fixed_string, class... A>
  array<float> generate(const A&...);
  template <fixed_string, class... A>
  array<float> sample(const A&...);
  template <fixed_string, class... A>
  array<float> prior_sample(const A&...);

  template <fixed_string>
  log_z_estimate log_z();
  template <fixed_string, class A>
  log_z_estimate log_z(const A&);

  const std::vector<parameter_info>& parameter_table() const;
  array<float> parameter(std::string_view) const;
  template <class A>
  void set_parameter(std::string_view, const A&);
  void load_checkpoint(const std::string&);
};

}  // namespace variad::internals
