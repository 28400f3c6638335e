#include <algorithm>
#include <cmath>
#include <numeric>

#include <variad/dsl/inference/lab_bench.hpp>
#include <variad/dsl/inference/plan.hpp>
#include <variad/dsl/passes/diagnose_calls.hpp>
#include <variad/runtime/training/named_parameters.hpp>

namespace variad::internals {

template <class T>
lab_bench<T>::lab_bench(program_set<T>& original, loaded_data<T> batch, const lab_options& options,
                        lab_report& report)
    : original_(original), batch_(std::move(batch)), options_(options), report_(report) {
  const std::size_t least = std::min(options.repeats, options.reference_repeats);
  if (least < 2)
    throw error("lab: found " + std::to_string(least) + " repeats, expected at least 2");
  report_.objective = make_plan(original.training().tables(), original.state.pieces()).objective;
  report_.repeats = options.repeats;
}

template <class T>
void lab_bench<T>::copy_parameters(program_set<T>& to) const {
  for (const parameter_info& p : original_.state.parameter_table())
    if (!p.of_method) to.set_parameter(p.name, value_of_parameter(original_.state, p.name));
}

template <class T>
void lab_bench<T>::take_reference(program_set<T>& programs, std::string_view estimator,
                                  bool exact) {
  const gradient_sample s =
      take_gradients(programs, batch_, exact ? 1 : options_.reference_repeats, options_.seed + 1);
  reference_ = s.mean();
  reference_variance_ = s.variance() / s.count();
  report_.reference = estimator;
  report_.reference_norm =
      std::sqrt(std::inner_product(reference_.begin(), reference_.end(), reference_.begin(), 0.0));
}

template <class T>
void lab_bench<T>::measure(program_set<T>& programs, const subject& of) {
  if (of.learns) warm_up(programs, !of.whose.empty());
  const gradient_sample s =
      take_gradients(programs, batch_, options_.repeats, options_.seed, reference_);
  lab_row row;
  row.estimator = std::string(of.estimator).append(of.whose);
  row.knob = of.knob;
  row.knob_name = of.knob_name;
  for (const auto& l : make_plan(programs.training().tables(), programs.state.pieces()).latents)
    if (problem::lists_name(l.name, report_.latent)) {
      row.bias_class = l.bias;
      row.probes = l.probes;
    }
  const std::vector<double> average = s.mean();
  double distance = 0;
  for (std::size_t i = 0; i < reference_.size(); ++i)
    distance += (average[i] - reference_[i]) * (average[i] - reference_[i]);
  row.variance = s.variance();
  row.bias = std::sqrt(distance) / report_.reference_norm;
  row.bias_error =
      std::sqrt(row.variance / s.count() + reference_variance_) / report_.reference_norm;
  row.cosine = s.cosine;
  row.milliseconds = s.median_milliseconds();
  report_.rows.push_back(std::move(row));
}

/// Networks of the guide's own estimator are kept as they are, where it is that.
template <class T>
void lab_bench<T>::warm_up(program_set<T>& programs, bool keeps_networks) {
  std::vector<std::uint32_t> all(batch_.rows.rows());
  std::iota(all.begin(), all.end(), 0u);
  const optimizer how = adam{1e-2};
  for (std::size_t i = 0; i < options_.warm_up; ++i) {
    const step_settings settings{.seed = options_.seed + 2, .step = i + 1};
    if (keeps_networks) {
      programs.gradient(batch_, all, settings);
    } else {
      programs.step(batch_, all, how, settings);
      copy_parameters(programs);
    }
  }
}

template class lab_bench<float>;
template class lab_bench<double>;

}  // namespace variad::internals
