#pragma once

#include <string>
#include <vector>

#include <variad/runtime/chart/page.hpp>
#include <variad/runtime/chart/ruler.hpp>

namespace variad::internals {

/// Curves through points. What an axis cannot hold, such as 0 on a logarithmic one, is left out,
/// and a note below the chart says so.
struct line_chart {
  struct point {
    double x, y;
    double error = 0;  ///< half the length of its error bar; none where it is 0
  };
  struct curve {
    std::string name;
    std::vector<point> points;  ///< in the order in which the curve runs
  };

  std::string title = {};
  chart_axis x = {}, y = {};
  std::vector<curve> curves = {};
};

namespace chart {

/// Draws a chart of that width, and returns its height.
double draw(page& out, const line_chart& c, point at, double width);

}  // namespace chart

}  // namespace variad::internals
