#include <algorithm>
#include <cstddef>

#include <variad/runtime/chart/picture.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>

namespace variad::internals {
namespace {

std::string drawn(const std::vector<std::vector<chart_panel>>& rows, double width) {
  constexpr double margin = 14, gap = 26;
  chart::page page;
  double bottom = 0;
  for (const auto& row : rows) {
    if (row.empty()) continue;
    const double top = bottom == 0 ? margin : bottom + gap;
    const auto n = static_cast<double>(row.size());
    const double each = (width - 2 * margin - (n - 1) * gap) / n;
    double x = margin;
    for (const chart_panel& panel : row) {
      const auto draw = [&](const auto& c) { return chart::draw(page, c, {x, top}, each); };
      bottom = std::max(bottom, top + std::visit(draw, panel));
      x += each + gap;
    }
  }
  if (bottom == 0) throw error("a picture of no charts, expected at least one");
  return page.svg(width, bottom + margin);
}

}  // namespace

void write_picture(const std::string& path, const std::vector<std::vector<chart_panel>>& rows,
                   double width) {
  std::string svg;
  try {
    svg = drawn(rows, width);
  } catch (const error& e) {
    throw error("'" + path + "': " + e.what());
  }
  atomic_file file(path);
  file.write(svg);
  file.commit();
}

}  // namespace variad::internals
