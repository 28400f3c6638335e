#pragma once

#include <variad/dsl/ops/pooling.hpp>
#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace ops {

/// The largest pixel of each window; its derivative is the first such pixel's.
template <window_options Window>
struct max_pool : pooling<Window> {
  static constexpr std::string_view name = "max_pool";
  static constexpr op_traits traits{.reads_image = true};

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* const x = call.inputs[0].value;
    T* const y = call.output.value;
    this->for_each_window(call, [&](std::size_t image, std::size_t to, const auto& pixels) {
      bool first = true;
      pixels.for_each([&](std::size_t i) {
        if (first)
          std::copy_n(x + image + i, pixels.channels, y + to);
        else
          for_each_vector<T>(pixels.channels, [&]<class V>(std::size_t c) {
            const V next = load_as<V>(x + image + i + c), most = load_as<V>(y + to + c);
            // A NaN stays one.
            store(y + to + c, V(math::select(next > most || !(next == next), next, most)));
          });
        first = false;
      });
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const T *const x = call.inputs[0].value, *const y = call.output.value;
    const T* const dy = call.output.adjoint;
    T* const dx = call.inputs[0].adjoint;
    this->for_each_window(call, [&](std::size_t image, std::size_t of, const auto& pixels) {
      for (std::size_t c = 0; c < pixels.channels; ++c) {
        bool found = false;
        pixels.for_each([&](std::size_t i) {
          if (found || !(x[image + i + c] == y[of + c])) return;
          dx[image + i + c] += dy[of + c];
          found = true;
        });
      }
    });
  }
};

}  // namespace ops

/// The largest pixel of each window of an image [height, width, channels], channel by channel:
/// `max_pool(x, kernel_size<2>)`, windows that follow each other unless a stride is named. What
/// lies in the padding does not count.
template <dsl_term E, class... Options>
constexpr auto max_pool(const E& e, const Options&...) {
  constexpr internals::window_options window = internals::read_pooling<Options...>();
  internals::check_pooling<window>();
  return apply(ops::max_pool<window>{}, e);
}

}  // namespace variad
