#pragma once

#include <string>
#include <vector>

#include <variad/runtime/chart/page.hpp>
#include <variad/runtime/chart/ruler.hpp>

namespace variad::internals {

/// Horizontal bars in labelled groups, with their values written beside them. A value that the axis
/// cannot hold, such as 0 on a logarithmic one, is written without a bar. A linear axis begins at
/// 0, a logarithmic one below the least value.
struct bar_chart {
  struct group {
    std::string label;
    std::vector<double> values;  ///< a bar of each series
    std::string remark = {};     ///< makes the group stand out; written behind its last value
  };

  std::string title = {};
  chart_axis axis = {};
  std::vector<std::string> series = {""};  ///< names for the legend; one without a name has none
  std::vector<group> groups = {};
};

namespace chart {

/// Draws a chart of that width, and returns its height. Throws `variad::error` unless each group
/// has a value for each series.
double draw(page& out, const bar_chart& c, point at, double width);

}  // namespace chart

}  // namespace variad::internals
