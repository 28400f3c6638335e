#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>

#include <variad/runtime/chart/page.hpp>

namespace variad::internals::chart {
namespace {

/// A length, to a hundredth of a pixel.
std::string length(double x) {
  std::array<char, 48> text{};
  x = std::round(100 * x) / 100 + 0.0;  // no -0
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), x).ptr};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string path_of(const std::vector<point>& points) {
  std::string path;
  for (const point& p : points)
    path += (path.empty() ? "M" : " L") + length(p.x) + ' ' + length(p.y);
  return path;
}

}  // namespace

std::string_view colour(std::size_t i) {
  constexpr std::array<std::string_view, 7> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                    "#e69f00", "#56b4e9", "#222222"};
  return colours[i % colours.size()];
}

void page::element(std::string_view name, const std::vector<attribute>& attributes) {
  body_.append("<").append(name);
  for (const attribute& a : attributes)
    body_.append(" ").append(a.name).append("=\"").append(a.value).append("\"");
  body_ += "/>\n";
}

void page::text(point at, std::string_view text, const text_style& style) {
  body_ += "<text x=\"" + length(at.x) + "\" y=\"" + length(at.y) + '"';
  if (style.at != anchor::start)
    body_ += style.at == anchor::middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"";
  if (style.size != text_size) body_ += " font-size=\"" + length(style.size) + '"';
  if (style.bold) body_ += " font-weight=\"bold\"";
  if (style.colour != black) body_.append(" fill=\"").append(style.colour).append("\"");
  if (style.halo) body_ += " stroke=\"white\" stroke-width=\"4\" paint-order=\"stroke\"";
  if (style.upwards)
    body_ += " transform=\"rotate(-90 " + length(at.x) + ' ' + length(at.y) + ")\"";
  body_ += '>' + escaped(text) + "</text>\n";
}

void page::line(point from, point to, std::string_view colour, double width) {
  element("line", {{"x1", length(from.x)},
                   {"y1", length(from.y)},
                   {"x2", length(to.x)},
                   {"y2", length(to.y)},
                   {"stroke", std::string(colour)},
                   {"stroke-width", length(width)}});
}

void page::lines(const std::vector<point>& points, std::string_view colour, double width) {
  element("path", {{"d", path_of(points)},
                   {"fill", "none"},
                   {"stroke", std::string(colour)},
                   {"stroke-width", length(width)},
                   {"stroke-linejoin", "round"}});
}

void page::rectangle(point at, double width, double height, std::string_view fill) {
  element("rect", {{"x", length(at.x)},
                   {"y", length(at.y)},
                   {"width", length(width)},
                   {"height", length(height)},
                   {"fill", std::string(fill)}});
}

void page::marker(point at, std::size_t i) {
  const std::string fill(colour(i));
  const auto polygon = [&](std::initializer_list<point> corners) {
    std::vector<point> moved;
    for (const point& c : corners) moved.push_back({at.x + c.x, at.y + c.y});
    element("path", {{"d", path_of(moved) + " Z"}, {"fill", fill}});
  };
  switch (i % 5) {
    case 0:
      element("circle", {{"cx", length(at.x)}, {"cy", length(at.y)}, {"r", "4"}, {"fill", fill}});
      break;
    case 1:
      polygon({{-3.5, -3.5}, {3.5, -3.5}, {3.5, 3.5}, {-3.5, 3.5}});
      break;
    case 2:
      polygon({{0, -5}, {4.5, 3.5}, {-4.5, 3.5}});
      break;
    case 3:
      polygon({{0, -5}, {5, 0}, {0, 5}, {-5, 0}});
      break;
    default:
      polygon({{0, 5}, {4.5, -3.5}, {-4.5, -3.5}});
  }
}

std::string page::svg(double width, double height) const {
  const std::string w = length(width), h = length(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + w + "\" height=\"" + h +
         "\" viewBox=\"0 0 " + w + ' ' + h + "\">\n<rect width=\"" + w + "\" height=\"" + h +
         "\" fill=\"white\"/>\n<g font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" "
         "font-size=\"" +
         length(text_size) + "\" fill=\"" + std::string(black) + "\">\n" + body_ + "</g>\n</svg>\n";
}

}  // namespace variad::internals::chart
