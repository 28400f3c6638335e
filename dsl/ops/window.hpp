#pragma once

#include <array>
#include <concepts>
#include <type_traits>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/syntax/shape.hpp>
#include <variad/runtime/linalg/convolution.hpp>

namespace variad {
namespace internals {

/// How an op moves over an image: extents along its height and its width.
struct window_options {
  std::array<int, 2> kernel{}, stride{1, 1}, padding{}, output_padding{};
  bool bias = true;
};

template <int Height, int Width>
struct kernel_size_tag {
  static_assert(Height > 0 && Width > 0, "a kernel has at least one pixel: kernel_size<3>");
  static constexpr void put(window_options& o) { o.kernel = {Height, Width}; }
};
template <int Height, int Width>
struct stride_tag {
  static_assert(Height > 0 && Width > 0, "a stride is at least one pixel: stride<2>");
  static constexpr void put(window_options& o) { o.stride = {Height, Width}; }
};
template <int Height, int Width>
struct padding_tag {
  static_assert(Height >= 0 && Width >= 0, "a padding is zero or more pixels: padding<1>");
  static constexpr void put(window_options& o) { o.padding = {Height, Width}; }
};
template <int Height, int Width>
struct output_padding_tag {
  static_assert(Height >= 0 && Width >= 0, "a padding is zero or more pixels: output_padding<1>");
  static constexpr void put(window_options& o) { o.output_padding = {Height, Width}; }
};
struct no_bias_tag {
  static constexpr void put(window_options& o) { o.bias = false; }
};

template <class T>
inline constexpr bool window_tag = requires(window_options& o) {
  T::put(o);
};
/// What may follow the image in a call of such an op.
template <class T>
inline constexpr bool window_option = window_tag<T> || std::same_as<T, initializer>;

/// What the options say, but for the initialiser.
template <class... Options>
constexpr window_options read_window() {
  static_assert((window_option<Options> && ...),
                "options are written as kernel_size<3>, stride<2>, padding<1>, "
                "output_padding<1>, no_bias, or an initialiser of the weights");
  window_options o;
  if (!(window_option<Options> && ...)) o.kernel = {1, 1};  // one mistake, one error
  const auto put = [&]<class Option>(std::type_identity<Option>) {
    if constexpr (window_tag<Option>) Option::put(o);
  };
  (put(std::type_identity<Options>{}), ...);
  return o;
}

/// How the weights begin.
constexpr initializer weights_by() { return glorot_uniform(); }
template <class First, class... Rest>
constexpr initializer weights_by(const First& first, const Rest&... rest) {
  if constexpr (std::same_as<First, initializer>)
    return first;
  else
    return weights_by(rest...);
}

/// The windows along a side of `size` pixels; 0 if none fits.
constexpr int windows_along(const window_options& o, std::size_t side, int size) {
  const int room = size + 2 * o.padding[side] - o.kernel[side];
  return room < 0 ? 0 : room / o.stride[side] + 1;
}

/// The windows of an image of this event.
constexpr image_windows windows_of(const window_options& o, const shape& image) {
  const auto n = [](int x) { return static_cast<std::size_t>(x); };
  return {n(image[0]),
          n(image[1]),
          n(image[2]),
          n(o.kernel[0]),
          n(o.kernel[1]),
          n(o.stride[0]),
          n(o.stride[1]),
          n(o.padding[0]),
          n(o.padding[1]),
          n(windows_along(o, 0, image[0])),
          n(windows_along(o, 1, image[1]))};
}

}  // namespace internals

/// Options of ops that move a window over an image, in any order: one number for both sides, or
/// height and width. `conv2d<32>(x, kernel_size<3>, stride<2>, padding<1>)`.
template <int Height, int Width = Height>
inline constexpr internals::kernel_size_tag<Height, Width> kernel_size{};
template <int Height, int Width = Height>
inline constexpr internals::stride_tag<Height, Width> stride{};
/// Pixels outside of the image on each side.
template <int Height, int Width = Height>
inline constexpr internals::padding_tag<Height, Width> padding{};
/// Rows below and columns to the right that a transposed convolution has besides.
template <int Height, int Width = Height>
inline constexpr internals::output_padding_tag<Height, Width> output_padding{};
inline constexpr internals::no_bias_tag no_bias{};

}  // namespace variad
