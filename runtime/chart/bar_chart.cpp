#include <algorithm>
#include <cmath>
#include <cstddef>

#include <variad/runtime/chart/bar_chart.hpp>
#include <variad/runtime/chart/legend.hpp>
#include <variad/runtime/chart/text.hpp>
#include <variad/runtime/error.hpp>

namespace variad::internals::chart {
namespace {

constexpr double bar_height = 13, bar_gap = 2, group_gap = 9;
constexpr double least_width = 60;  // of the part with the bars, however long the labels are

}  // namespace

double draw(page& out, const bar_chart& c, point at, double width) {
  std::vector<double> ends;
  double label = 0, text = 0;
  for (const auto& g : c.groups) {
    if (g.values.size() != c.series.size())
      throw error("found " + std::to_string(g.values.size()) + " values in the group '" + g.label +
                  "' of the bar chart '" + c.title + "', expected " +
                  std::to_string(c.series.size()) + ", one for each series");
    label = std::max(label, text_width(g.label, text_size));
    for (const double v : g.values) {
      // The smallest bar is to be seen too.
      ends.push_back(c.axis.logarithmic ? v / 1.5 : v);
      ends.push_back(v);
      text = std::max(text, text_width(number_text(v) + ' ' + g.remark, text_size));
    }
  }
  if (!c.axis.logarithmic) ends.push_back(0);

  double top = at.y + draw_title(out, at, width, c.title);
  top += draw_legend(out, {at.x, top}, width, c.series, legend_key::bar) + 6;
  const double group_height = static_cast<double>(c.series.size()) * (bar_height + bar_gap);
  const double bottom =
      top + static_cast<double>(c.groups.size()) * (group_height + group_gap) + group_gap;
  const double left = at.x + label + 8,
               right = std::max(at.x + width - text - 10, left + least_width);

  const ruler r = make_horizontal_ruler(c.axis, ends, right - left);
  const auto across = [&](double v) { return left + r.place(v) * (right - left); };
  const double origin = c.axis.logarithmic ? left : across(0);

  for (const tick& t : r.ticks) {
    out.line({across(t.value), top}, {across(t.value), bottom}, pale);
    out.text({across(t.value), bottom + 17}, t.label, {.at = anchor::middle});
  }
  for (const double v : r.minor) out.line({across(v), bottom}, {across(v), bottom - 4}, grey);
  out.line({left, bottom}, {right, bottom}, grey);
  double y = top + group_gap;
  for (const auto& g : c.groups) {
    const bool stands_out = !g.remark.empty();
    out.text({left - 8, y + group_height / 2 + 3}, g.label,
             {.at = anchor::end, .bold = stands_out});
    for (std::size_t i = 0; i < g.values.size(); ++i) {
      const double v = g.values[i];
      double end = origin;
      if (can_hold(c.axis, v)) {
        end = across(v);
        out.rectangle({std::min(origin, end), y}, std::abs(end - origin), bar_height,
                      colour(stands_out && c.series.size() == 1 ? 1 : i));
      }
      std::string written = number_text(v);
      if (stands_out && i + 1 == g.values.size()) written += ' ' + g.remark;
      out.text({std::max(origin, end) + 5, y + bar_height - 2.5}, written,
               {.size = 11, .bold = stands_out, .halo = true});
      y += bar_height + bar_gap;
    }
    y += group_gap;
  }
  out.line({origin, top}, {origin, bottom}, grey);
  out.text({(left + right) / 2, bottom + 36}, c.axis.label, {.at = anchor::middle});
  return bottom + 44 - at.y;
}

}  // namespace variad::internals::chart
