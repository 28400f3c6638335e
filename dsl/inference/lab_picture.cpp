#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <variad/dsl/inference/lab_report.hpp>
#include <variad/runtime/chart/picture.hpp>
#include <variad/runtime/chart/text.hpp>
#include <variad/runtime/error.hpp>

namespace variad {
namespace {

/// A chart with a curve of each estimator that has a knob; `at` makes a point of a row.
template <class F>
internals::line_chart over_knob(const std::vector<lab_row>& rows, std::string title,
                                std::string label, F at) {
  internals::line_chart c;
  c.title = std::move(title);
  c.x = {"knob", true};
  c.y = {std::move(label), true};
  for (const lab_row& r : rows) {
    if (std::isnan(r.knob)) continue;
    std::string name = r.estimator;
    if (!r.knob_name.empty()) name += " (" + r.knob_name + ')';
    if (c.curves.empty() || c.curves.back().name != name) c.curves.push_back({name, {}});
    c.curves.back().points.push_back(at(r));
  }
  return c;
}

/// The least cost of each estimator, the cheapest first.
internals::bar_chart costs_of(const lab_report& report) {
  internals::bar_chart c;
  c.title = "Cost of a gradient of equal use, each estimator at its best knob";
  c.axis = {"(variance / 10 + bias²) · ms", true};
  std::vector<const lab_row*> order;
  for (const lab_row& r : report.rows) order.push_back(&r);
  const auto cost = [&](const lab_row* r) { return r->cost(report.reference_norm); };
  std::sort(order.begin(), order.end(), [&](const lab_row* a, const lab_row* b) {
    return std::pair(cost(a), a) < std::pair(cost(b), b);
  });
  // What rounding leaves of the variance of an exact gradient is 0.
  const double least = 1e-12 * report.reference_norm * report.reference_norm;
  std::vector<std::string> seen;
  for (const lab_row* r : order) {
    if (std::find(seen.begin(), seen.end(), r->estimator) != seen.end()) continue;
    seen.push_back(r->estimator);
    internals::bar_chart::group g;
    g.label = r->estimator;
    if (!std::isnan(r->knob))
      g.label += ", " + r->knob_name + (r->knob_name.empty() ? "" : " ") +
                 internals::chart::number_text(r->knob);
    g.values = {cost(r) > least * r->milliseconds ? cost(r) : 0};
    if (r == &report.best()) g.remark = "least";
    c.groups.push_back(std::move(g));
  }
  return c;
}

}  // namespace

void lab_report::write_picture(const std::string& path) const {
  if (rows.empty())
    throw error("'" + path + "': a picture of no estimators, expected at least one");
  const std::string of = " of the gradient of " + latent + " under " + objective;
  using point = internals::line_chart::point;
  const internals::line_chart bias = over_knob(
      rows, "Bias" + of, "bias over the reference's norm, ± chance", [](const lab_row& r) {
        return point{r.knob, r.bias, r.bias_error};
      });
  const internals::line_chart variance =
      over_knob(rows, "Variance" + of, "variance, summed over parameters", [](const lab_row& r) {
        return point{r.knob, r.variance};
      });
  std::vector<std::vector<internals::chart_panel>> panels;
  if (!bias.curves.empty()) panels.push_back({bias, variance});
  panels.push_back({costs_of(*this)});
  internals::write_picture(path, panels);
}

}  // namespace variad
