#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/ops/window.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// What ops that make one pixel of a window of pixels, channel by channel, have in common. Pixels
/// outside of the image do not count.
template <window_options Window>
struct pooling {
  static constexpr shape event(std::span<const shape> in) {
    if (!in[0].valid || in[0].rank != 3) return shape::invalid();
    const int height = windows_along(Window, 0, in[0][0]);
    const int width = windows_along(Window, 1, in[0][1]);
    return height > 0 && width > 0 ? shape_of(height, width, in[0][2]) : shape::invalid();
  }

 protected:
  /// The pixels of a window that are inside of the image.
  struct pixel_block {
    std::size_t first_row, last_row, first_column, last_column, width, channels;

    std::size_t count() const { return (last_row - first_row) * (last_column - first_column); }
    /// Calls f(i) with the place of each, in values of its image.
    template <class F>
    void for_each(F&& f) const {
      for (std::size_t r = first_row; r < last_row; ++r)
        for (std::size_t c = first_column; c < last_column; ++c) f((r * width + c) * channels);
    }
  };

  /// Calls f(x, y, pixels) for each window: where its image begins, and its pixel of the output.
  template <class T, class F>
  static void for_each_window(const kernel_call<T>& call, F&& f) {
    const image_windows of = windows_of(Window, call.inputs[0].event);
    const auto inside = [](std::size_t begin, std::size_t pad, std::size_t size) {
      return std::clamp(begin, pad, pad + size) - pad;
    };
    std::size_t y = 0;
    for (std::size_t image = 0; image < call.rows; ++image)
      for (std::size_t r = 0; r < of.down; ++r)
        for (std::size_t c = 0; c < of.across; ++c, y += of.channels) {
          const std::size_t row = r * of.stride_height, column = c * of.stride_width;
          f(image * of.image(), y,
            pixel_block{inside(row, of.pad_height, of.height),
                        inside(row + of.kernel_height, of.pad_height, of.height),
                        inside(column, of.pad_width, of.width),
                        inside(column + of.kernel_width, of.pad_width, of.width), of.width,
                        of.channels});
        }
  }
};

}  // namespace ops

namespace internals {

/// The options of a pooling op, whose stride is its kernel's size where none is named.
template <class... Options>
constexpr window_options read_pooling() {
  static_assert((window_tag<Options> && ...),
                "options are written as kernel_size<2>, stride<2>, padding<1>");
  window_options o;
  o.stride = {0, 0};
  if (!(window_tag<Options> && ...)) o.kernel = {1, 1};  // one mistake, one error
  const auto put = [&]<class Option>(std::type_identity<Option>) {
    if constexpr (window_tag<Option>) Option::put(o);
  };
  (put(std::type_identity<Options>{}), ...);
  if (o.stride[0] == 0) o.stride = o.kernel;
  return o;
}
/// Windows that lie in the padding alone have no pixel.
template <window_options Window>
constexpr void check_pooling() {
  static_assert(Window.kernel[0] > 0, "a window has a size: max_pool(x, kernel_size<2>)");
  static_assert(Window.bias && Window.output_padding[0] == 0 && Window.output_padding[1] == 0,
                "a pooling op has the options kernel_size, stride and padding");
  static_assert(
      2 * Window.padding[0] <= Window.kernel[0] && 2 * Window.padding[1] <= Window.kernel[1],
      "a padding is at most half of the kernel, so that each window has a pixel");
}

}  // namespace internals
}  // namespace variad
