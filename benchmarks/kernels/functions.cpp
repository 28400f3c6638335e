// Functions of one number.

#include <algorithm>
#include <cmath>

#include "buffers.hpp"

#include <variad/runtime/math/exp_nonpositive.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace kernels {
namespace {

namespace math = variad::math;

/// `ours` maps a register or a number, `standard` a number.
template <class T, class Ours, class Standard>
void add_function(const std::string& name, range r, Ours ours, Standard standard) {
  add<T>(name, "variad", [=] {
    return [x = numbers<T>(r), y = zeros<T>(), ours]() mutable {
      variad::internals::for_each_vector<T>(y.size(), [&]<class V>(std::size_t i) {
        variad::internals::store(y.data() + i,
                                 V(ours(variad::internals::load_as<V>(x.data() + i))));
      });
      return y.data();
    };
  });
  add<T>(name, "std", [=] {
    return [x = numbers<T>(r), y = zeros<T>(), standard]() mutable {
      for (std::size_t i = 0; i < elements; ++i) y[i] = standard(x[i]);
      return y.data();
    };
  });
}

}  // namespace

template <class T>
void add_functions() {
  const auto exp = [](T x) { return std::exp(x); };
  add_function<T>(
      "exp", real, [](const auto& x) { return math::exp(x); }, exp);
  add_function<T>(
      "exp_nonpositive", nonpositive, [](const auto& x) { return math::exp_nonpositive(x); }, exp);
  add_function<T>(
      "expm1", real, [](const auto& x) { return math::expm1(x); },
      [](T x) { return std::expm1(x); });
  add_function<T>(
      "log", positive, [](const auto& x) { return math::log(x); }, [](T x) { return std::log(x); });
  add_function<T>(
      "log1p", positive, [](const auto& x) { return math::log1p(x); },
      [](T x) { return std::log1p(x); });
  add_function<T>(
      "sqrt", positive, [](const auto& x) { return math::sqrt(x); },
      [](T x) { return std::sqrt(x); });
  add_function<T>(
      "tanh", real, [](const auto& x) { return math::tanh(x); }, [](T x) { return std::tanh(x); });
  add_function<T>(
      "sigmoid", real, [](const auto& x) { return math::sigmoid(x); },
      [](T x) { return 1 / (1 + std::exp(-x)); });
  add_function<T>(
      "softplus", real, [](const auto& x) { return math::softplus(x); },
      [](T x) { return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x))); });
}
template void add_functions<float>();
template void add_functions<double>();

}  // namespace kernels
