#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace variad {

/// The static extents of one event (no sample, plate or probe axis), outermost first.
struct shape {
  static constexpr int max_rank = 4;

  std::array<int, max_rank> extent{};
  int rank = 0;
  bool valid = true;

  constexpr bool operator==(const shape&) const = default;

  constexpr int size() const {
    int n = 1;
    for (int i = 0; i < rank; ++i) n *= extent[static_cast<std::size_t>(i)];
    return n;
  }
  /// The i-th extent, counted from the end where i < 0.
  constexpr int operator[](int i) const {
    return extent[static_cast<std::size_t>(i < 0 ? rank + i : i)];
  }
  constexpr shape with(int d) const {
    shape s = *this;
    if (rank == max_rank) return invalid();
    s.extent[static_cast<std::size_t>(s.rank++)] = d;
    return s;
  }
  constexpr shape without_last() const {
    shape s = *this;
    if (rank == 0) return invalid();
    s.extent[static_cast<std::size_t>(--s.rank)] = 0;
    return s;
  }

  /// What a shape rule returns where its inputs do not fit.
  static constexpr shape invalid() {
    shape s;
    s.valid = false;
    return s;
  }
};

/// A shape from its extents; a scalar from none.
template <class... D>
constexpr shape shape_of(D... d) {
  static_assert(sizeof...(D) <= shape::max_rank, "an event has at most 4 axes");
  return shape{{static_cast<int>(d)...}, static_cast<int>(sizeof...(D)), true};
}

namespace internals {

/// Right-aligned broadcasting of two events; invalid where two extents differ and neither is 1.
constexpr shape broadcast(const shape& a, const shape& b) {
  if (!a.valid || !b.valid) return shape::invalid();
  shape out = a.rank >= b.rank ? a : b;
  for (int i = 1; i <= out.rank; ++i) {
    const int x = i <= a.rank ? a[-i] : 1, y = i <= b.rank ? b[-i] : 1;
    if (x != y && x != 1 && y != 1) return shape::invalid();
    out.extent[static_cast<std::size_t>(out.rank - i)] = x == 1 ? y : x;
  }
  return out;
}

/// Whether an event fills the full one: with as many values, repeated along leading axes, or as a
/// single number.
constexpr bool repeats_to(const shape& event, const shape& full) {
  if (event.size() == 1 || event.size() == full.size()) return true;
  if (event.rank > full.rank) return false;
  for (int i = 1; i <= event.rank; ++i)
    if (event[-i] != full[-i]) return false;
  return true;
}

}  // namespace internals

/// `[20, 10]`, as plans and error messages print it.
inline std::string to_string(const shape& s) {
  std::string text = "[";
  for (int i = 0; i < s.rank; ++i) {
    if (i > 0) text.append(", ");
    text.append(std::to_string(s[i]));
  }
  return text + "]";
}

}  // namespace variad
