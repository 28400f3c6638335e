#pragma once

#include <string_view>
#include <vector>

#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/inference/plan.hpp>
#include <variad/runtime/boltzmann/log_z.hpp>
#include <variad/runtime/data/array.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad::internals {

/// What `infer` returns for a program with a mistake: an inference in form, so that what is done
/// with it adds no errors to the one that the mistake makes.
template <class Problem>
struct unresolved : Problem {
  template <class... A>
  constexpr explicit unresolved(const A&...) {}

  template <fixed_string>
  static consteval std::string_view estimator() {
    return {};
  }
  template <fixed_string>
  static consteval std::string_view reason() {
    return {};
  }
  variad::plan plan() const { return {}; }

  template <class... A>
  fit_report fit(const A&...);
  void initialise(std::uint64_t);
  template <class... A>
  loaded_data<float> load(const A&...) const;
  template <class... A>
  step_result gradient(const A&...);
  std::span<const float> gradient();
  template <class... A>
  step_result step(const A&...);

  template <class... A>
  double bound(const A&...);
  template <class... A>
  std::vector<double> log_likelihood_per_datum(const A&...);
  template <class... A>
  double log_likelihood(const A&...);
  template <fixed_string, class... A>
  array<float> posterior(const A&...);
  template <fixed_string, class... A>
  array<float> predict(const A&...);
  template <fixed_string>
  array<float> generate(std::size_t, std::uint64_t = 0);
  template <fixed_string>
  array<float> sample(std::size_t, std::uint64_t = 0);

  template <fixed_string, class... A>
  log_z_estimate log_z(const A&...);

  const std::vector<parameter_info>& parameter_table() const;
  array<float> parameter(std::string_view) const;
  template <class A>
  void set_parameter(std::string_view, const A&);
  void load_checkpoint(const std::string&);
};

}  // namespace variad::internals
