#pragma once

#include <string_view>
#include <vector>

#include <variad/dsl/inference/gradient_sample.hpp>
#include <variad/dsl/inference/lab_report.hpp>
#include <variad/dsl/inference/program_set.hpp>

namespace variad {

/// How `lab` measures.
struct lab_options {
  std::size_t repeats = 200;             ///< gradients of each estimator
  std::size_t reference_repeats = 5000;  ///< of the reference, where it is not exact
  /// Steps that an estimator has before to learn what is its own, a baseline or a control variate,
  /// with the parameters of model and guide held; networks of the guide's own estimator too.
  std::size_t warm_up = 100;
  std::uint64_t seed = 0;
};

namespace internals {

/// Where a lab measures: the programs of an inference under other estimators, at its parameters and
/// on one batch.
template <class T>
class lab_bench {
 public:
  /// Throws `variad::error` for fewer than two repeats.
  lab_bench(program_set<T>& original, loaded_data<T> batch, const lab_options& options,
            lab_report& report);

  /// Gives the parameters of the original to programs of another estimator.
  void copy_parameters(program_set<T>& to) const;

  bool has_reference() const { return !reference_.empty(); }
  /// The gradient that others are compared with.
  void take_reference(program_set<T>& programs, std::string_view estimator, bool exact);

  /// An estimator as it stands in a row.
  struct subject {
    std::string_view estimator, whose;
    double knob;
    std::string_view knob_name;
    bool learns;  ///< it has a state or a network of its own
  };
  void measure(program_set<T>& programs, const subject& s);

 private:
  void warm_up(program_set<T>& programs, bool keeps_networks);

  program_set<T>& original_;
  loaded_data<T> batch_;
  lab_options options_;
  lab_report& report_;
  std::vector<double> reference_;
  double reference_variance_ = 0;
};

extern template class lab_bench<float>;
extern template class lab_bench<double>;

}  // namespace internals
}  // namespace variad
