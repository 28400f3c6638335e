#pragma once

#include <algorithm>

#include <variad/dsl/ops/kernel_parameters.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// The adjoint of a conv2d by its image, and a bias: each pixel of x [height, width, channels] adds
/// what w [kernel height, kernel width, Out, channels] makes of it to a window of y.
template <int Out, window_options Window>
struct conv_transpose2d : kernel_parameters<conv_transpose2d<Out, Window>, Out, Window> {
  static constexpr std::string_view name = "conv_transpose2d";
  static constexpr op_traits traits{.begins_sums = true, .reads_image = true};

  static constexpr int extent(std::size_t side, int size) {
    return (size - 1) * Window.stride[side] + Window.kernel[side] - 2 * Window.padding[side] +
           Window.output_padding[side];
  }
  static constexpr shape event(std::span<const shape> in) {
    if (!in[0].valid || in[0].rank != 3) return shape::invalid();
    const int height = extent(0, in[0][0]), width = extent(1, in[0][1]);
    return height > 0 && width > 0 ? shape_of(height, width, Out) : shape::invalid();
  }
  static constexpr shape parameter_shape(std::size_t i, std::span<const shape> in) {
    return i == 0 ? shape_of(Window.kernel[0], Window.kernel[1], Out, in[0][-1]) : shape_of(Out);
  }
  static constexpr std::size_t scratch_size(std::size_t rows, std::span<const shape> in) {
    return windows(in[0]).scratch(rows);
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    if (T* const dx = call.inputs[0].adjoint; dx != nullptr)
      convolve<T>(windows(call.inputs[0].event), call.rows, channels(call), call.output.adjoint,
                  call.parameters[0].value, nullptr, dx, !call.begins(0), call.scratch);
  }

  template <class T>
  static void apply(const kernel_call<T>& call, const T* x, const T* b, T* y) {
    const std::size_t values = call.rows * call.output.size;
    if (b == nullptr) std::fill_n(y, values, T(0));
    for (std::size_t i = 0; b != nullptr && i < values; i += Out) std::copy_n(b, Out, y + i);
    convolve_back(windows(call.inputs[0].event), call.rows, channels(call), x,
                  call.parameters[0].value, y, call.scratch);
  }
  template <class T>
  static void add_weights(const kernel_call<T>& call, share pixels, const T* x, const T* dy, T* dw,
                          bool begins) {
    convolution_weights(windows(call.inputs[0].event), pixels, call.rows, channels(call), dy, x, dw,
                        begins, call.scratch);
  }

 private:
  /// Those of y, of which each belongs to a pixel of x.
  static constexpr image_windows windows(const shape& x) {
    image_windows of = windows_of(Window, event(std::span(&x, 1)));
    of.down = static_cast<std::size_t>(x[0]);
    of.across = static_cast<std::size_t>(x[1]);
    return of;
  }
  template <class T>
  static std::size_t channels(const kernel_call<T>& call) {
    return static_cast<std::size_t>(call.inputs[0].event[-1]);
  }
};

}  // namespace ops

/// A transposed convolution of an image [height, width, channels] to Out channels, whose sides are
/// (side − 1)·stride + kernel − 2·padding + output_padding:
/// `conv_transpose2d<64>(x, kernel_size<3>, stride<2>, padding<1>, output_padding<1>)` doubles
/// them. Options as of `conv2d`; the weights are [kernel height, kernel width, Out, channels].
template <int Out, dsl_term E, class... Options>
constexpr auto conv_transpose2d(const E& e, const Options&... options) {
  constexpr internals::window_options window = internals::read_window<Options...>();
  static_assert(window.kernel[0] > 0,
                "a convolution has a kernel: conv_transpose2d<32>(x, kernel_size<3>)");
  static_assert(
      window.output_padding[0] < window.stride[0] && window.output_padding[1] < window.stride[1],
      "output_padding is less than the stride, whose rounding it takes back");
  return apply(ops::conv_transpose2d<Out, window>{{internals::weights_by(options...)}}, e);
}

}  // namespace variad
