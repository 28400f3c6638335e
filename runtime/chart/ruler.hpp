#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace variad::internals {

/// An axis of a chart.
struct chart_axis {
  std::string label = {};  ///< with its unit
  bool logarithmic = false;
};

namespace chart {

/// Whether an axis has a place for the value: finite, at most 1e100 in size, and on a logarithmic
/// axis at least 1e-100.
bool can_hold(const chart_axis& axis, double value);

/// A mark on an axis, and what is written at it.
struct tick {
  double value;
  std::string label;
};

/// An axis laid over values: its ends and its marks are round numbers, 1, 2 or 5 times a power of
/// ten apart on a linear axis, and such numbers themselves, or powers of ten, on a logarithmic one.
struct ruler {
  bool logarithmic = false;
  double low = 0, high = 1;
  std::vector<tick> ticks = {};
  std::vector<double> minor = {};  ///< marks without a label

  /// 0 at the low end to 1 at the high one.
  [[nodiscard]] double place(double value) const;
};

/// The ruler of values from `low` to `high`, with at most `most` labels, 3 or more. Both must
/// be values that the axis can hold.
ruler make_ruler(const chart_axis& axis, double low, double high, std::size_t most);

/// The same for a list of values, without those that the axis cannot hold; where it can hold none,
/// of a unit.
ruler make_ruler(const chart_axis& axis, const std::vector<double>& values, std::size_t most);

/// The same for an axis from left to right of that length in pixels: at most 12 labels, and as many
/// as there is room for.
ruler make_horizontal_ruler(const chart_axis& axis, const std::vector<double>& values,
                            double length);

}  // namespace chart

}  // namespace variad::internals
