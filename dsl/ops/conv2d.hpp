#pragma once

#include <algorithm>

#include <variad/dsl/ops/kernel_parameters.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// y = b + w * x, the cross-correlation of an image [height, width, channels] with w
/// [kernel height, kernel width, channels, Out].
template <int Out, window_options Window>
struct conv2d : kernel_parameters<conv2d<Out, Window>, Out, Window> {
  static constexpr std::string_view name = "conv2d";
  static constexpr op_traits traits{.begins_sums = true, .reads_image = true};

  static constexpr shape event(std::span<const shape> in) {
    if (!in[0].valid || in[0].rank != 3) return shape::invalid();
    const int height = windows_along(Window, 0, in[0][0]);
    const int width = windows_along(Window, 1, in[0][1]);
    return height > 0 && width > 0 ? shape_of(height, width, Out) : shape::invalid();
  }
  static constexpr shape parameter_shape(std::size_t i, std::span<const shape> in) {
    return i == 0 ? shape_of(Window.kernel[0], Window.kernel[1], in[0][-1], Out) : shape_of(Out);
  }
  static constexpr std::size_t scratch_size(std::size_t rows, std::span<const shape> in) {
    return windows_of(Window, in[0]).scratch(rows);
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    T* const dx = call.inputs[0].adjoint;
    if (dx == nullptr) return;
    if (call.begins(0)) std::fill_n(dx, call.rows * call.inputs[0].size, T(0));
    convolve_back(windows(call), call.rows, Out, call.output.adjoint, call.parameters[0].value, dx,
                  call.scratch);
  }

  template <class T>
  static void apply(const kernel_call<T>& call, const T* x, const T* b, T* y) {
    convolve(windows(call), call.rows, Out, x, call.parameters[0].value, b, y, false, call.scratch);
  }
  template <class T>
  static void add_weights(const kernel_call<T>& call, share pixels, const T* x, const T* dy, T* dw,
                          bool begins) {
    convolution_weights(windows(call), pixels, call.rows, Out, x, dy, dw, begins, call.scratch);
  }

 private:
  template <class T>
  static image_windows windows(const kernel_call<T>& call) {
    return windows_of(Window, call.inputs[0].event);
  }
};

}  // namespace ops

/// A convolution of an image [height, width, channels] to Out channels, as is the custom without
/// turning the kernel around: `conv2d<32>(x, kernel_size<3>, stride<2>, padding<1>)`. Strides are 1
/// and paddings 0 unless named; `no_bias` leaves the bias out. Each side has
/// (side + 2·padding − kernel) / stride + 1 pixels, rounded down. The weights
/// [kernel height, kernel width, channels, Out] begin as glorot_uniform() by the fan of the kernel
/// unless an initialiser is among the options.
template <int Out, dsl_term E, class... Options>
constexpr auto conv2d(const E& e, const Options&... options) {
  constexpr internals::window_options window = internals::read_window<Options...>();
  static_assert(window.kernel[0] > 0, "a convolution has a kernel: conv2d<32>(x, kernel_size<3>)");
  static_assert(window.output_padding[0] == 0 && window.output_padding[1] == 0,
                "output_padding is of conv_transpose2d, whose input leaves its size open");
  return apply(ops::conv2d<Out, window>{{internals::weights_by(options...)}}, e);
}

}  // namespace variad
