#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <variad/runtime/chart/picture.hpp>
#include <variad/runtime/error.hpp>

namespace experiment {

/// A measurement of coupled_variance: a line of its CSV.
struct variance_row {
  int categories;
  std::string parameters, estimator;  ///< "initial" or "trained"; the name of the estimator
  int evaluations;
  double variance;
};

inline constexpr const char* variance_columns =
    "categories,parameters,estimator,evaluations,variance";

/// Throws `variad::error` naming the file if it has other columns, or values that are none.
inline std::vector<variance_row> read_variances(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || line != variance_columns)
    throw variad::error("'" + path + "': found the header '" + line + "', expected '" +
                        variance_columns + "'");
  std::vector<variance_row> rows;
  while (std::getline(in, line)) {
    std::string text = line;
    std::replace(text.begin(), text.end(), ',', ' ');
    std::istringstream fields(text);
    variance_row r;
    if (!(fields >> r.categories >> r.parameters >> r.estimator >> r.evaluations >> r.variance))
      throw variad::error("'" + path + "': found the line '" + line + "', expected values of '" +
                          variance_columns + "'");
    rows.push_back(std::move(r));
  }
  return rows;
}

/// Writes an SVG picture of the measurements in a CSV: bars of each estimator for each number of
/// categories, at the initial parameters and after training.
inline void draw_variances(const std::string& csv, const std::string& picture) {
  const std::vector<variance_row> rows = read_variances(csv);
  std::vector<int> categories;
  for (const variance_row& r : rows)
    if (std::find(categories.begin(), categories.end(), r.categories) == categories.end())
      categories.push_back(r.categories);

  const auto chart = [&](const std::string& title, const std::string& parameters) {
    variad::internals::bar_chart out{
        .title = title,
        .axis = {"variance, summed over the encoder's parameters", true},
        .series = {}};
    for (const int c : categories) out.groups.push_back({"C = " + std::to_string(c), {}});
    const auto add = [&](const std::string& name, const std::string& estimator, bool merged) {
      out.series.push_back(name);
      for (std::size_t i = 0; i < categories.size(); ++i) {
        const int c = categories[i], evaluations = merged ? c * (c - 1) / 2 + 1 : c;
        double value = std::numeric_limits<double>::quiet_NaN();
        for (const variance_row& r : rows)
          if (r.categories == c && r.parameters == parameters && r.estimator == estimator &&
              r.evaluations == evaluations)
            value = r.variance;
        out.groups[i].values.push_back(value);
      }
    };
    add("ARS", "ars", false);
    add("ARS+", "ars_plus", false);
    add("leave-one-out, C", "leave_one_out", false);
    add("ARSM", "arsm", true);
    add("ARSM+", "arsm_plus", true);
    add("leave-one-out, C(C-1)/2+1", "leave_one_out", true);
    return out;
  };
  variad::internals::write_picture(picture,
                                   {{chart("Variance at the initial parameters", "initial"),
                                     chart("Variance after training", "trained")}});
}

}  // namespace experiment
