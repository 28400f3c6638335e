#pragma once

#include <string>
#include <variant>
#include <vector>

#include <variad/runtime/chart/bar_chart.hpp>
#include <variad/runtime/chart/line_chart.hpp>

namespace variad::internals {

using chart_panel = std::variant<line_chart, bar_chart>;

/// Writes charts as one SVG file of that width in pixels, on white: rows from above, the charts of
/// a row side by side and of equal width. All text is in UTF-8. Throws `variad::error` naming the
/// file if there is no chart, if a bar chart has a group whose values are not as many as its
/// series, or if the file cannot be written.
void write_picture(const std::string& path, const std::vector<std::vector<chart_panel>>& rows,
                   double width = 960);

}  // namespace variad::internals
