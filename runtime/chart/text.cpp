#include <array>
#include <charconv>
#include <cmath>

#include <variad/runtime/chart/text.hpp>

namespace variad::internals::chart {

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "nan";
  std::array<char, 64> text{};
  char* const end = text.data() + text.size();
  char* last =
      std::to_chars(text.data(), end, value, std::chars_format::scientific, digits - 1).ptr;
  double rounded = value;
  std::from_chars(text.data(), last, rounded);
  if (rounded == 0) return "0";
  const double size = std::abs(rounded);
  last = size >= 1e-4 && size < 1e6
             ? std::to_chars(text.data(), end, rounded, std::chars_format::fixed).ptr
             : std::to_chars(text.data(), end, rounded).ptr;
  return std::string(text.data(), last);
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0u) == 0x80u) continue;  // within a character of UTF-8
    const bool narrow = std::string_view(" fijlrt.,:;|!'()[]-/").find(c) != std::string_view::npos;
    const bool capital = c >= 'A' && c <= 'Z';
    width += c == 'm' || c == 'w' || c == 'W' || c == 'M' ? 0.98
             : narrow                                     ? 0.4
             : capital                                    ? 0.76
                                                          : 0.64;
  }
  return size * width;
}

std::vector<std::string> lines_of(std::string_view text, double size, double width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word.empty()) continue;
    const bool fits =
        !lines.empty() && text_width(lines.back(), size) + text_width(word, size) + size <= width;
    if (fits)
      lines.back().append(" ").append(word);
    else
      lines.emplace_back(word);
  }
  return lines;
}

}  // namespace variad::internals::chart
