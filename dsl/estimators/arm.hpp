#pragma once

#include <variad/dsl/estimators/antithetic_pair.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

namespace internals::antithetic_pair {

struct arm_factor {
  template <class T>
  T operator()(T, T x) const {
    return math::sigmoid(x) - T(0.5);
  }
};

}  // namespace internals::antithetic_pair

/// ARM, augment-REINFORCE-merge (Yin and Zhou 2019): the gradient in the logit φ of a binary
/// variable is (f(b) − f(b̃)) (u − 1/2), with f at two draws from one uniform u, of all variables
/// together. arsm with two categories.
struct arm : internals::antithetic_pair::gradient<internals::antithetic_pair::arm_factor> {
  static constexpr estimator_traits traits{
      .name = "arm", .bias = bias_class::unbiased, .source = "Yin and Zhou 2019"};
};

}  // namespace variad
