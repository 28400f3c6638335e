#include <algorithm>
#include <cstddef>

#include <variad/runtime/chart/legend.hpp>
#include <variad/runtime/chart/line_chart.hpp>
#include <variad/runtime/chart/text.hpp>

namespace variad::internals::chart {
namespace {

constexpr double frame_height = 250;
constexpr double inset = 10;  // between the frame and its outermost points

/// What was left out, for the note.
std::string left_out(const line_chart& c) {
  std::string note;
  for (const auto& curve : c.curves) {
    const auto n = std::count_if(curve.points.begin(), curve.points.end(), [&](const auto& p) {
      return !can_hold(c.x, p.x) || !can_hold(c.y, p.y);
    });
    if (n == 0 && !curve.points.empty()) continue;
    note += (note.empty() ? "Left out: " : "; ") + curve.name + ", ";
    note += curve.points.empty()
                ? "no points"
                : std::to_string(n) + " of " + std::to_string(curve.points.size()) + " points";
  }
  if (note.empty()) return note;
  return note + ((c.x.logarithmic || c.y.logarithmic)
                     ? ". (A logarithmic axis holds finite values above 0.)"
                     : ". (An axis holds finite values.)");
}

}  // namespace

double draw(page& out, const line_chart& c, point at, double width) {
  std::vector<std::string> names;
  std::vector<double> xs, ys;
  for (const auto& curve : c.curves) {
    names.push_back(curve.name);
    for (const auto& p : curve.points) {
      if (!can_hold(c.x, p.x) || !can_hold(c.y, p.y)) continue;
      xs.push_back(p.x);
      ys.push_back(p.y);
      // On a logarithmic axis an error bar may end far below everything: the frame cuts it off.
      if (!c.y.logarithmic || p.error < 0.8 * p.y) ys.push_back(p.y - p.error);
      ys.push_back(p.y + p.error);
    }
  }
  double top = at.y + draw_title(out, at, width, c.title);
  top += draw_legend(out, {at.x, top}, width, names, legend_key::curve) + 10;
  const double bottom = top + frame_height;

  const ruler y = make_ruler(c.y, ys, 10);
  double label = 0;
  for (const tick& t : y.ticks) label = std::max(label, text_width(t.label, text_size));
  const double left = at.x + 22 + label + 6, right = std::max(at.x + width - 12, left + 60);

  const ruler x = make_horizontal_ruler(c.x, xs, right - left - 2 * inset);
  const auto across = [&](double v) {
    return left + inset + x.place(v) * (right - left - 2 * inset);
  };
  const auto up = [&](double v) {
    return bottom - inset - y.place(v) * (frame_height - 2 * inset);
  };

  for (const tick& t : y.ticks) {
    out.line({left, up(t.value)}, {right, up(t.value)}, pale);
    out.text({left - 6, up(t.value) + 4}, t.label, {.at = anchor::end});
  }
  for (const tick& t : x.ticks) {
    out.line({across(t.value), top}, {across(t.value), bottom}, pale);
    out.text({across(t.value), bottom + 17}, t.label, {.at = anchor::middle});
  }
  for (const double v : y.minor) out.line({left, up(v)}, {left + 4, up(v)}, grey);
  for (const double v : x.minor) out.line({across(v), bottom}, {across(v), bottom - 4}, grey);
  out.lines({{left, top}, {right, top}, {right, bottom}, {left, bottom}, {left, top}}, grey, 1);
  out.text({at.x + 12, (top + bottom) / 2}, c.y.label, {.at = anchor::middle, .upwards = true});
  out.text({(left + right) / 2, bottom + 36}, c.x.label, {.at = anchor::middle});

  for (std::size_t i = 0; i < c.curves.size(); ++i) {
    std::vector<point> path;
    for (const auto& p : c.curves[i].points) {
      if (!can_hold(c.x, p.x) || !can_hold(c.y, p.y)) continue;
      path.push_back({across(p.x), up(p.y)});
      if (!(p.error > 0)) continue;
      // An end that the frame cuts off has no cap.
      const double middle = across(p.x), lowest = p.y - p.error, highest = p.y + p.error;
      const double low = can_hold(c.y, lowest) && lowest >= y.low ? up(lowest) : bottom;
      const double high = can_hold(c.y, highest) ? up(highest) : top;
      out.line({middle, high}, {middle, low}, colour(i));
      for (const double end : {low, high})
        if (end > top && end < bottom) out.line({middle - 3, end}, {middle + 3, end}, colour(i));
    }
    if (path.size() > 1) out.lines(path, colour(i), 2);
    for (const point& p : path) out.marker(p, i);
  }
  return bottom + 44 + draw_note(out, {at.x, bottom + 44}, width, left_out(c)) - at.y;
}

}  // namespace variad::internals::chart
