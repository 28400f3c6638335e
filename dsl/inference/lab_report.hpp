#pragma once

#include <cstddef>
#include <iosfwd>
#include <limits>
#include <string>
#include <vector>

namespace variad {

/// What one estimator gave, at one value of its knob. Norms are over the guide's parameters.
struct lab_row {
  std::string estimator = {};
  double knob = std::numeric_limits<double>::quiet_NaN();  ///< NaN where it has none
  std::string knob_name = {};                              ///< empty where it has none
  std::string bias_class = {};                             ///< what it claims
  int probes = 1;           ///< values of the latent that are tried per sample
  double bias = 0;          ///< of the mean gradient, over the norm of the reference
  double bias_error = 0;    ///< what an unbiased estimator would show there, by chance
  double variance = 0;      ///< the sum over parameters, of the gradient of the batch
  double cosine = 0;        ///< the mean over gradients, to the reference
  double milliseconds = 0;  ///< per gradient, the median

  /// Gradients that an optimizer averages: of Adam's momentum, 1 / (1 − 0.9).
  static constexpr double averaged = 10;
  /// (variance / averaged + bias²) · time, bias beyond chance alone counted: what a step of equal
  /// use costs. Averaging takes noise away, and no bias. Infinite if a gradient was not finite.
  [[nodiscard]] double cost(double reference_norm) const;
};

/// What `lab` found; printing it gives a table.
struct lab_report {
  struct refusal {
    std::string estimator, reason;
  };

  std::string latent, objective;
  std::string reference;      ///< the estimator that gave it
  bool exact = false;         ///< it is the gradient itself, by enumeration
  double reference_norm = 0;  ///< of the gradient of the batch
  std::size_t repeats = 0;
  std::vector<lab_row> rows;
  std::vector<refusal> refused;

  /// The row of the least cost.
  [[nodiscard]] const lab_row& best() const;
  /// A row per estimator and knob. Throws `variad::error` naming the file if it cannot be written.
  void write_csv(const std::string& path) const;
  /// An SVG picture: bias and variance over the knob of every estimator that has one, and the cost
  /// of each estimator at its best knob, the least marked. Throws `variad::error` naming the file
  /// if there are no rows or it cannot be written.
  void write_picture(const std::string& path) const;
};

std::ostream& operator<<(std::ostream& out, const lab_report& report);

}  // namespace variad
