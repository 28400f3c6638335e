#include <cstddef>

#include <variad/runtime/chart/legend.hpp>
#include <variad/runtime/chart/text.hpp>

namespace variad::internals::chart {
namespace {

double draw_lines(page& out, point at, double width, const std::string& text,
                  const text_style& style, double spacing) {
  double y = at.y;
  for (const std::string& line : lines_of(text, style.size, width))
    out.text({at.x, (y += spacing) - 5}, line, style);
  return y - at.y;
}

}  // namespace

double draw_title(page& out, point at, double width, const std::string& title) {
  return draw_lines(out, at, width, title, {.size = 14, .bold = true}, 20);
}

double draw_legend(page& out, point at, double width, const std::vector<std::string>& names,
                   legend_key key) {
  if (names.empty() || (names.size() == 1 && names[0].empty())) return 0;
  constexpr double line = 19, key_width = 24, gap = 18;
  point p{at.x, at.y + line / 2};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double own = key_width + 6 + text_width(names[i], text_size);
    if (p.x > at.x && p.x + own > at.x + width) p = {at.x, p.y + line};
    if (key == legend_key::curve) {
      out.line(p, {p.x + key_width, p.y}, colour(i), 2);
      out.marker({p.x + key_width / 2, p.y}, i);
    } else {
      out.rectangle({p.x, p.y - 5}, key_width, 10, colour(i));
    }
    out.text({p.x + key_width + 6, p.y + 4}, names[i]);
    p.x += own + gap;
  }
  return p.y + line / 2 - at.y;
}

double draw_note(page& out, point at, double width, const std::string& text) {
  return draw_lines(out, at, width, text, {.size = 11, .colour = grey}, 16);
}

}  // namespace variad::internals::chart
