#pragma once

#include <variad/dsl/ops/pooling.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace ops {

/// The mean of the pixels of each window.
template <window_options Window>
struct average_pool : pooling<Window> {
  static constexpr std::string_view name = "average_pool";
  static constexpr op_traits traits{.linear = true, .reads_image = true};

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* const x = call.inputs[0].value;
    T* const y = call.output.value;
    std::fill_n(y, call.rows * call.output.size, T(0));
    this->for_each_window(call, [&](std::size_t image, std::size_t to, const auto& pixels) {
      const T share = T(1) / static_cast<T>(pixels.count());
      pixels.for_each([&](std::size_t i) { add(pixels.channels, share, x + image + i, y + to); });
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const T* const dy = call.output.adjoint;
    T* const dx = call.inputs[0].adjoint;
    this->for_each_window(call, [&](std::size_t image, std::size_t of, const auto& pixels) {
      const T share = T(1) / static_cast<T>(pixels.count());
      pixels.for_each([&](std::size_t i) { add(pixels.channels, share, dy + of, dx + image + i); });
    });
  }

 private:
  template <class T>
  static void add(std::size_t n, T share, const T* from, T* to) {
    for_each_vector<T>(n, [&]<class V>(std::size_t c) {
      store(to + c, V(load_as<V>(to + c) + broadcast<V>(share) * load_as<V>(from + c)));
    });
  }
};

}  // namespace ops

/// The mean of each window of an image [height, width, channels], channel by channel:
/// `average_pool(x, kernel_size<2>)`, windows that follow each other unless a stride is named. What
/// lies in the padding does not count.
template <dsl_term E, class... Options>
constexpr auto average_pool(const E& e, const Options&...) {
  constexpr internals::window_options window = internals::read_pooling<Options...>();
  internals::check_pooling<window>();
  return apply(ops::average_pool<window>{}, e);
}

}  // namespace variad
