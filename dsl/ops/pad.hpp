#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// Zeros around an image: so many pixels on each side.
template <int Top, int Bottom, int Left, int Right>
struct pad {
  static constexpr std::string_view name = "pad";
  static constexpr op_traits traits{.linear = true, .reads_image = true};

  static constexpr shape event(std::span<const shape> in) {
    if (!in[0].valid || in[0].rank != 3) return shape::invalid();
    return shape_of(in[0][0] + Top + Bottom, in[0][1] + Left + Right, in[0][2]);
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    std::fill_n(call.output.value, call.rows * call.output.size, T(0));
    for_each_row_of_pixels(call, [&](std::size_t from, std::size_t to, std::size_t size) {
      std::copy_n(call.inputs[0].value + from, size, call.output.value + to);
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for_each_row_of_pixels(call, [&](std::size_t to, std::size_t from, std::size_t size) {
      for (std::size_t i = 0; i < size; ++i)
        call.inputs[0].adjoint[to + i] += call.output.adjoint[from + i];
    });
  }

 private:
  /// Calls f(x, y, values) for each row of pixels of each image.
  template <class T, class F>
  static void for_each_row_of_pixels(const kernel_call<T>& call, F&& f) {
    const auto extent = [](const shape& s, int i) { return static_cast<std::size_t>(s[i]); };
    const shape &x = call.inputs[0].event, &y = call.output.event;
    const std::size_t height = extent(x, 0), size = extent(x, 1) * extent(x, 2);
    const std::size_t wide = extent(y, 1) * extent(y, 2);
    for (std::size_t image = 0; image < call.rows; ++image)
      for (std::size_t r = 0; r < height; ++r)
        f(image * call.inputs[0].size + r * size,
          image * call.output.size + (r + Top) * wide + Left * extent(y, 2), size);
  }
};

}  // namespace ops

/// An image [height, width, channels] with zeros around it: `pad<1>(x)` on all sides,
/// `pad<1, 2>(x)` above and below, left and right, `pad<0, 1, 0, 1>(x)` above, below, left, right.
template <int Top, int Bottom, int Left, int Right, dsl_term E>
constexpr auto pad(const E& e) {
  static_assert(Top >= 0 && Bottom >= 0 && Left >= 0 && Right >= 0,
                "a padding is zero or more pixels: pad<1>(x)");
  return apply(ops::pad<Top, Bottom, Left, Right>{}, e);
}
template <int Height, int Width, dsl_term E>
constexpr auto pad(const E& e) {
  return pad<Height, Height, Width, Width>(e);
}
template <int Side, dsl_term E>
constexpr auto pad(const E& e) {
  return pad<Side, Side>(e);
}

}  // namespace variad
