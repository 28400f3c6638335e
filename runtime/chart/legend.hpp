#pragma once

#include <string>
#include <vector>

#include <variad/runtime/chart/page.hpp>

namespace variad::internals::chart {

/// How a legend shows what stands for the i-th name.
enum class legend_key { curve, bar };

/// Draws a title, and returns the height of its lines.
double draw_title(page& out, point at, double width, const std::string& title);

/// Draws the names of several things, each behind its key, in lines of that width; returns their
/// height. A single thing needs no legend if its name is empty.
double draw_legend(page& out, point at, double width, const std::vector<std::string>& names,
                   legend_key key);

/// Draws small text below a chart, and returns its height.
double draw_note(page& out, point at, double width, const std::string& text);

}  // namespace variad::internals::chart
