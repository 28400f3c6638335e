#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <variad/runtime/chart/page.hpp>
#include <variad/runtime/chart/ruler.hpp>
#include <variad/runtime/chart/text.hpp>

namespace variad::internals::chart {
namespace {

/// The round numbers ..., 0.5, 1, 2, 5, 10, ...: number 0 is 1.
double round_number(int n) {
  constexpr std::array factor{1.0, 2.0, 5.0};
  const int decade = n >= 0 ? n / 3 : -((2 - n) / 3);
  const double mantissa = factor[static_cast<std::size_t>(n - 3 * decade)];
  // Division, so that 0.1 is the number nearest to it.
  return decade >= 0 ? mantissa * std::pow(10.0, decade) : mantissa / std::pow(10.0, -decade);
}

/// The index of the largest round number that is not above a value, up to rounding.
int round_below(double value) {
  int n = 3 * static_cast<int>(std::floor(std::log10(value)));
  while (round_number(n + 1) <= value * (1 + 1e-9)) ++n;
  return n;
}

std::string superscript(int n) {
  constexpr std::array<std::string_view, 10> digits{"⁰", "¹", "²", "³", "⁴",
                                                    "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text;
  for (const char c : std::to_string(n))
    text += c == '-' ? "⁻" : digits[static_cast<std::size_t>(c - '0')];
  return text;
}

std::string label_of_round_number(int n, bool decimal) {
  if (decimal) return number_text(round_number(n));
  const int decade = n >= 0 ? n / 3 : -((2 - n) / 3);
  return (n == 3 * decade ? "10" : number_text(round_number(n - 3 * decade)) + "·10") +
         superscript(decade);
}

ruler logarithmic_ruler(double low, double high, std::size_t most) {
  int first = round_below(low), last = round_below(high);
  if (round_number(last) < high * (1 - 1e-9)) ++last;
  if (first == last) --first, ++last;
  ruler r{.logarithmic = true, .low = round_number(first), .high = round_number(last)};
  const bool decimal = r.low >= 1e-4 && r.high <= 1e5;
  // Every round number if there is room, and otherwise every power of ten, or every second, ...
  int step = 1;
  for (;; step = step == 1 ? 3 : step + 3) {
    r.ticks.clear();
    for (int n = first; n <= last; ++n)
      if (n % step == 0) r.ticks.push_back({round_number(n), label_of_round_number(n, decimal)});
    if (r.ticks.size() <= most) break;
  }
  if (step <= 3)
    for (int decade = round_below(low) / 3 - 1; round_number(3 * decade) < r.high; ++decade)
      for (int m = 2; m < 10; ++m) {
        const double v = m * round_number(3 * decade);
        if (v > r.low && v < r.high) r.minor.push_back(v);
      }
  return r;
}

ruler linear_ruler(double low, double high, std::size_t most) {
  if (high - low <= 1e-9 * std::max(std::abs(low), std::abs(high))) {
    const double margin = low == 0 ? 1 : std::abs(low) / 2;
    low -= margin, high += margin;
  }
  for (int n = round_below((high - low) / static_cast<double>(most));; ++n) {
    const double step = round_number(n);
    const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
    if (last - first + 1 > static_cast<double>(most)) continue;
    ruler r{.low = first * step, .high = last * step};
    for (double i = first; i <= last; ++i) r.ticks.push_back({i * step, number_text(i * step, 6)});
    return r;
  }
}

}  // namespace

bool can_hold(const chart_axis& axis, double value) {
  return std::abs(value) <= 1e100 && (!axis.logarithmic || value >= 1e-100);
}

double ruler::place(double value) const {
  return logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

ruler make_ruler(const chart_axis& axis, double low, double high, std::size_t most) {
  most = std::max<std::size_t>(most, 3);
  return axis.logarithmic ? logarithmic_ruler(low, high, most) : linear_ruler(low, high, most);
}

ruler make_ruler(const chart_axis& axis, const std::vector<double>& values, std::size_t most) {
  bool any = false;
  double low = axis.logarithmic ? 1 : 0, high = axis.logarithmic ? 10 : 1;
  for (const double v : values)
    if (can_hold(axis, v)) {
      low = any ? std::min(low, v) : v;
      high = any ? std::max(high, v) : v;
      any = true;
    }
  return make_ruler(axis, low, high, most);
}

ruler make_horizontal_ruler(const chart_axis& axis, const std::vector<double>& values,
                            double length) {
  for (std::size_t most = 12;; --most) {
    ruler r = make_ruler(axis, values, most);
    double widest = 0;
    for (const tick& t : r.ticks) widest = std::max(widest, text_width(t.label, text_size));
    if (most == 3 || static_cast<double>(r.ticks.size()) * (widest + 12) <= length) return r;
  }
}

}  // namespace variad::internals::chart
