#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What charts are made of: text, ticks, elements of SVG. Lengths are in pixels.
namespace variad::internals::chart {

/// A number with that many significant digits, in decimals where they are few; "nan" for a NaN.
std::string number_text(double value, int digits = 4);

/// About the width of a text in UTF-8, in letters as wide as those of DejaVu Sans.
double text_width(std::string_view text, double size);

/// A text in lines of at most that width where its words allow it.
std::vector<std::string> lines_of(std::string_view text, double size, double width);

}  // namespace variad::internals::chart
