#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// Each pixel Height × Width times.
template <int Height, int Width>
struct upsample {
  static constexpr std::string_view name = "upsample";
  static constexpr op_traits traits{.linear = true, .reads_image = true};

  static constexpr shape event(std::span<const shape> in) {
    if (!in[0].valid || in[0].rank != 3) return shape::invalid();
    return shape_of(in[0][0] * Height, in[0][1] * Width, in[0][2]);
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    for_each_pixel(call, [&](std::size_t from, std::size_t to, std::size_t channels) {
      std::copy_n(call.inputs[0].value + from, channels, call.output.value + to);
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for_each_pixel(call, [&](std::size_t to, std::size_t from, std::size_t channels) {
      for (std::size_t c = 0; c < channels; ++c)
        call.inputs[0].adjoint[to + c] += call.output.adjoint[from + c];
    });
  }

 private:
  /// Calls f(x, y, channels) for the pixels of y, and where that of x lies.
  template <class T, class F>
  static void for_each_pixel(const kernel_call<T>& call, F&& f) {
    const auto extent = [&](int i) { return static_cast<std::size_t>(call.output.event[i]); };
    const std::size_t width = extent(1) / Width, channels = extent(2);
    std::size_t y = 0;
    // The rows of the images below each other are those of one high image.
    for (std::size_t r = 0; r < call.rows * extent(0); ++r)
      for (std::size_t c = 0; c < extent(1); ++c, y += channels)
        f((r / Height * width + c / Width) * channels, y, channels);
  }
};

}  // namespace ops

/// An image [height, width, channels] with each pixel repeated (nearest neighbour):
/// `upsample<2>(x)` doubles both sides, `upsample<2, 1>(x)` the height.
template <int Height, int Width = Height, dsl_term E>
constexpr auto upsample(const E& e) {
  static_assert(Height > 0 && Width > 0,
                "upsample repeats each pixel once or more: upsample<2>(x)");
  return apply(ops::upsample<Height, Width>{}, e);
}

}  // namespace variad
