#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include <variad/dsl/inference/lab_report.hpp>
#include <variad/dsl/inference/table.hpp>
#include <variad/runtime/io/csv.hpp>

namespace variad {
namespace {

std::string print(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

double lab_row::cost(double reference_norm) const {
  const double excess = std::max(0.0, bias * bias - bias_error * bias_error);
  const double c = (variance / averaged + excess * reference_norm * reference_norm) * milliseconds;
  return std::isnan(c) ? std::numeric_limits<double>::infinity() : c;
}

const lab_row& lab_report::best() const {
  return *std::min_element(rows.begin(), rows.end(), [&](const lab_row& a, const lab_row& b) {
    return a.cost(reference_norm) < b.cost(reference_norm);
  });
}

void lab_report::write_csv(const std::string& path) const {
  csv_writer file(path, {"estimator", "knob", "bias_class", "probes", "bias", "bias_error",
                         "variance", "cosine", "milliseconds", "cost"});
  for (const lab_row& r : rows)
    file.write({r.estimator, r.knob, r.bias_class, static_cast<std::uint64_t>(r.probes), r.bias,
                r.bias_error, r.variance, r.cosine, r.milliseconds, r.cost(reference_norm)});
}

std::ostream& operator<<(std::ostream& out, const lab_report& report) {
  out << "estimators of " << report.latent << " under " << report.objective << ", "
      << report.repeats << " gradients each; reference: "
      << (report.exact ? "the exact gradient, by " : "a long mean, by ") << report.reference
      << ", norm " << print("%.4g", report.reference_norm) << '\n';
  std::vector<std::vector<std::string>> table{{"", "estimator", "knob", "claims", "probes", "bias",
                                               "by chance", "variance", "cosine", "ms",
                                               "(var/10 + bias²)·ms"}};
  const lab_row* const best = report.rows.empty() ? nullptr : &report.best();
  for (const lab_row& r : report.rows)
    table.push_back({&r == best ? "*" : " ", r.estimator,
                     std::isnan(r.knob) ? "" : print("%g", r.knob), r.bias_class,
                     std::to_string(r.probes), print("%.4f", r.bias), print("%.4f", r.bias_error),
                     print("%.4g", r.variance), print("%.3f", r.cosine),
                     print("%.2f", r.milliseconds), print("%.4g", r.cost(report.reference_norm))});
  internals::write_table(out, table);
  if (!report.refused.empty()) out << "  not here:\n";
  for (const lab_report::refusal& r : report.refused)
    out << "    " << r.estimator << ": " << r.reason << '\n';
  return out;
}

}  // namespace variad
