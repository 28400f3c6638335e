#pragma once

#include <cmath>

#include <variad/dsl/estimators/antithetic_pair.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

namespace internals::antithetic_pair {

struct disarm_factor {
  template <class T>
  T operator()(T phi, T x) const {
    const bool b = x + phi > T(0), twin = phi - x > T(0);
    if (b == twin) return T(0);
    return (twin ? T(-0.5) : T(0.5)) * math::sigmoid(std::abs(phi));
  }
};

}  // namespace internals::antithetic_pair

/// DisARM (Dong, Mnih and Tucker 2020): arm with its uniform integrated out given the two draws,
/// ½ (f(b) − f(b̃)) (−1)^b̃ 1[b ≠ b̃] σ(|φ|). ars_plus with two categories.
struct disarm : internals::antithetic_pair::gradient<internals::antithetic_pair::disarm_factor> {
  static constexpr estimator_traits traits{
      .name = "disarm", .bias = bias_class::unbiased, .source = "Dong, Mnih and Tucker 2020"};
};

}  // namespace variad
