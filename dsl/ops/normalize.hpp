#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/op_traits.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// An event cut in groups that each have a mean and a variance: [outer, pixels, groups, channels],
/// of which a group has all pixels and channels. Parameters are by group and channel.
struct group_layout {
  std::size_t outer = 1, pixels = 1, groups = 1, channels = 1;
};

/// y = scale · (x − mean) / √(variance + ε) + shift with the mean and variance of a group of values
/// of one row. `Layout::of(event)` is a group_layout; owns `scale` and `shift`.
template <class Layout>
struct normalize {
  static constexpr op_traits traits{};
  double epsilon = 1e-5;

  static constexpr shape event(std::span<const shape> in) {
    return in[0].valid && Layout::fits(in[0]) ? in[0] : shape::invalid();
  }
  static constexpr std::size_t parameter_count = 2;
  static constexpr std::string_view parameter_name(std::size_t i) {
    return i == 0 ? "scale" : "shift";
  }
  static constexpr shape parameter_shape(std::size_t, std::span<const shape> in) {
    return Layout::parameters(in[0]);
  }
  initializer initial(std::size_t i) const { return constant(i == 0 ? 1 : 0); }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T *const x = call.inputs[0].value, *const scale = call.parameters[0].value;
    const T* const shift = call.parameters[1].value;
    T* const y = call.output.value;
    for_each_group(call, [&](const group_of<T>& g) {
      const auto [mean, inverse] = moments(g, x);
      g.for_each_vector_at([&]<class V>(std::size_t i, std::size_t p) {
        const V normal = V(load_as<V>(x + i) - broadcast<V>(mean)) * broadcast<V>(inverse);
        store(y + i, V(load_as<V>(scale + p) * normal + load_as<V>(shift + p)));
      });
    });
  }

  /// dx = 1 / deviation · (d − mean d − x̂ · mean(d·x̂)), where d = scale·dy.
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const T *const x = call.inputs[0].value, *const scale = call.parameters[0].value;
    const T* const dy = call.output.adjoint;
    T* const dx = call.inputs[0].adjoint;
    T *const d_scale = call.parameters[0].gradient, *const d_shift = call.parameters[1].gradient;
    for_each_group(call, [&](const group_of<T>& g) {
      const auto [mean, inverse] = moments(g, x);
      const auto normal = [&]<class V>(std::size_t i, std::type_identity<V>) {
        return V(V(load_as<V>(x + i) - broadcast<V>(mean)) * broadcast<V>(inverse));
      };
      T sum = 0, product = 0;
      g.for_each_vector_at([&]<class V>(std::size_t i, std::size_t p) {
        const V at = normal(i, std::type_identity<V>{}), of_y = load_as<V>(dy + i);
        const V d = V(load_as<V>(scale + p) * of_y);
        sum += reduce_add(d);
        product += reduce_add(V(d * at));
        store(d_scale + p, V(load_as<V>(d_scale + p) + of_y * at));
        store(d_shift + p, V(load_as<V>(d_shift + p) + of_y));
      });
      if (dx == nullptr) return;
      const T by_size = T(1) / static_cast<T>(g.size());
      g.for_each_vector_at([&]<class V>(std::size_t i, std::size_t p) {
        const V d = V(load_as<V>(scale + p) * load_as<V>(dy + i) - broadcast<V>(sum * by_size) -
                      normal(i, std::type_identity<V>{}) * broadcast<V>(product * by_size));
        store(dx + i, V(load_as<V>(dx + i) + broadcast<V>(inverse) * d));
      });
    });
  }

 private:
  /// A group of values of one row.
  template <class T>
  struct group_of {
    std::size_t first, step, parameter, pixels, channels;

    std::size_t size() const { return pixels * channels; }
    /// Calls f.operator()<V>(i, p) for its values, with the place of each and of its parameter.
    template <class F>
    void for_each_vector_at(F&& f) const {
      for (std::size_t q = 0; q < pixels; ++q)
        for_each_vector<T>(channels, [&]<class V>(std::size_t c) {
          f.template operator()<V>(first + q * step + c, parameter + c);
        });
    }
  };
  template <class T, class F>
  static void for_each_group(const kernel_call<T>& call, F&& f) {
    const group_layout of = Layout::of(call.output.event);
    const std::size_t step = of.groups * of.channels;
    for (std::size_t o = 0; o < call.rows * of.outer; ++o)
      for (std::size_t g = 0; g < of.groups; ++g)
        f(group_of<T>{o * of.pixels * step + g * of.channels, step, g * of.channels, of.pixels,
                      of.channels});
  }
  /// The mean, and 1 / √(variance + ε). What the first mean misses by rounding shows where all
  /// values are alike, and is added.
  template <class T>
  std::pair<T, T> moments(const group_of<T>& g, const T* x) const {
    const T size = static_cast<T>(g.size());
    T sum = 0, rest = 0, squares = 0;
    g.for_each_vector_at(
        [&]<class V>(std::size_t i, std::size_t) { sum += reduce_add(load_as<V>(x + i)); });
    const T mean = sum / size;
    g.for_each_vector_at([&]<class V>(std::size_t i, std::size_t) {
      const V d = V(load_as<V>(x + i) - broadcast<V>(mean));
      rest += reduce_add(d);
      squares += reduce_add(V(d * d));
    });
    const T missed = rest / size, variance = std::max(T(0), squares / size - missed * missed);
    return {mean + missed, T(1) / std::sqrt(variance + static_cast<T>(epsilon))};
  }
};

}  // namespace ops
}  // namespace variad
