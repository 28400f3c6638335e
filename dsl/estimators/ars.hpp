#pragma once

#include <variad/dsl/estimators/swaps.hpp>

namespace variad {

/// ARS, augment-REINFORCE-swap (Yin, Yue and Zhou 2019; `coupled-gradient-estimators`, §2.1): C
/// evaluations of C categories, unbiased and noisy.
struct ars : internals::swaps::one_reference<false> {
  static constexpr estimator_traits traits{
      .name = "ars",
      .bias = bias_class::unbiased,
      .source = "Yin, Yue and Zhou 2019; coupled-gradient-estimators, §2.1"};
};

}  // namespace variad
