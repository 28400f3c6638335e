#pragma once

#include <algorithm>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/ops/window.hpp>
#include <variad/runtime/linalg/linear_layer.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// What convolutions have in common: the parameters `weight`, which has channels × Out values for
/// each pixel of the kernel, and, with a bias, `bias` [Out]. The gradient of the weights is cut by
/// the pixels; that of the bias is of the first part.
template <int Out, window_options Window>
struct kernel_parameters {
  initializer weight = glorot_uniform();

  static constexpr std::size_t parameter_count = Window.bias ? 2 : 1;
  static constexpr std::string_view parameter_name(std::size_t i) {
    return i == 0 ? "weight" : "bias";
  }
  initializer initial(std::size_t i) const { return i == 0 ? weight : constant(0); }
  static constexpr fan_in_out fan(std::size_t, std::span<const shape> in) {
    return {static_cast<double>(pixels) * in[0][-1], static_cast<double>(pixels) * Out};
  }

  static constexpr std::size_t gradient_parts(std::span<const shape> in) {
    return std::clamp<std::size_t>((pixels * of_pixel(in) + 40959) / 40960, 1, pixels);
  }
  static constexpr gradient_range gradient_part(std::size_t part, std::size_t block,
                                                std::span<const shape> in) {
    if (block == 1) return {0, part == 0 ? std::size_t{Out} : 0};
    const share of = pixels_of(part, in);
    return {of.first * of_pixel(in), of.last * of_pixel(in)};
  }

 protected:
  static constexpr std::size_t pixels =
      static_cast<std::size_t>(Window.kernel[0]) * static_cast<std::size_t>(Window.kernel[1]);

  static constexpr share pixels_of(std::size_t part, std::span<const shape> in) {
    const std::size_t parts = gradient_parts(in);
    return {pixels * part / parts, pixels * (part + 1) / parts};
  }
  template <class T>
  static share pixels_of(std::size_t part, const kernel_call<T>& call) {
    return pixels_of(part, std::span(&call.inputs[0].event, 1));
  }
  /// The bias; null where there is none.
  template <class T>
  static const T* bias(const kernel_call<T>& call) {
    return Window.bias ? call.parameters[1].value : nullptr;
  }
  template <class T>
  static void bias_gradient(const kernel_call<T>& call, std::size_t part, const T* dy,
                            const gradient_places<T>& to) {
    if (Window.bias && part == 0)
      add_bias_gradient(call.rows * call.output.size / Out, Out, dy, to[1], true);
  }

 private:
  static constexpr std::size_t of_pixel(std::span<const shape> in) {
    return static_cast<std::size_t>(in[0][-1]) * Out;
  }
};

}  // namespace ops
}  // namespace variad
