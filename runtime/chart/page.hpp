#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace variad::internals::chart {

/// A place on the page, from its upper left corner.
struct point {
  double x, y;
};

enum class anchor { start, middle, end };

inline constexpr double text_size = 12;  ///< of what is not a title
inline constexpr std::string_view black = "#222222", grey = "#666666", pale = "#dddddd";

struct text_style {
  anchor at = anchor::start;
  double size = text_size;
  bool bold = false;
  bool upwards = false;  ///< turned to read from below
  bool halo = false;     ///< keeps free of the lines behind it
  std::string_view colour = black;
};

/// The colour of the i-th of several things: those of Okabe and Ito, which the colour-blind can
/// tell apart, without the yellow.
std::string_view colour(std::size_t i);

/// An SVG drawing. Text is UTF-8, and may hold any character: what XML would take for its own is
/// escaped, and what XML does not allow becomes a space.
class page {
 public:
  void text(point at, std::string_view text, const text_style& style = {});
  void line(point from, point to, std::string_view colour, double width = 1);
  void lines(const std::vector<point>& points, std::string_view colour, double width);
  /// From the upper left corner.
  void rectangle(point at, double width, double height, std::string_view fill);
  /// A mark of about 8 pixels, whose shape is that of the i-th of several things.
  void marker(point at, std::size_t i);

  /// The file of a drawing of that size, on white.
  [[nodiscard]] std::string svg(double width, double height) const;

 private:
  /// Adds <name attribute="value" .../>.
  struct attribute {
    std::string_view name;
    std::string value;
  };
  void element(std::string_view name, const std::vector<attribute>& attributes);

  std::string body_;
};

}  // namespace variad::internals::chart
