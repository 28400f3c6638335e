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
/// the pixels; that of the bias is of the first part. `Layer` has what differs:
///
/// - `apply(call, x, b, y)`: y of x and the bias b, which is null where there is none;
/// - `add_weights(call, pixels, x, dy, dw, begins)`: what some pixels of the kernel learn.
template <class Layer, int Out, window_options Window>
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

  template <class T>
  void forward(const kernel_call<T>& call) const {
    Layer::template apply<T>(call, call.inputs[0].value,
                             Window.bias ? call.parameters[1].value : nullptr, call.output.value);
  }
  template <class T>
  static bool add_gradient(const kernel_call<T>& call, std::size_t part,
                           const gradient_places<T>& to, bool begins) {
    if (!begins) return false;
    add<T>(call, part, call.inputs[0].value, call.output.adjoint, to[0], true);
    add_bias<T>(call, part, call.output.adjoint, to[1]);
    return true;
  }

  // Along a direction of x, in which the weights stand still: of what they learn both factors move.
  template <class T>
  void forward_along(const kernel_call<T>& call) const {
    Layer::template apply<T>(call, call.along->inputs[0].value, nullptr, call.along->output.value);
  }
  template <class T>
  void pull_back_along(const kernel_call<T>& call) const {
    static_cast<const Layer*>(this)->pull_back(*call.along);
  }
  template <class T>
  static bool add_gradient_along(const kernel_call<T>& call, std::size_t part,
                                 const gradient_places<T>& to, bool begins) {
    if (!begins) return false;
    const kernel_call<T>& along = *call.along;
    add<T>(call, part, call.inputs[0].value, along.output.adjoint, to[0], true);
    add<T>(call, part, along.inputs[0].value, call.output.adjoint, to[0], false);
    add_bias<T>(call, part, along.output.adjoint, to[1]);
    return true;
  }

 private:
  static constexpr std::size_t pixels =
      static_cast<std::size_t>(Window.kernel[0]) * static_cast<std::size_t>(Window.kernel[1]);

  static constexpr share pixels_of(std::size_t part, std::span<const shape> in) {
    const std::size_t parts = gradient_parts(in);
    return {pixels * part / parts, pixels * (part + 1) / parts};
  }
  template <class T>
  static void add(const kernel_call<T>& call, std::size_t part, const T* x, const T* dy, T* dw,
                  bool begins) {
    const share of = pixels_of(part, std::span(&call.inputs[0].event, 1));
    Layer::template add_weights<T>(call, of, x, dy, dw, begins);
  }
  template <class T>
  static void add_bias(const kernel_call<T>& call, std::size_t part, const T* dy, T* db) {
    if (Window.bias && part == 0)
      add_bias_gradient(call.rows * call.output.size / Out, Out, dy, db, true);
  }
  static constexpr std::size_t of_pixel(std::span<const shape> in) {
    return static_cast<std::size_t>(in[0][-1]) * Out;
  }
};

}  // namespace ops
}  // namespace variad
