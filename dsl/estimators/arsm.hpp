#pragma once

#include <variad/dsl/estimators/swaps.hpp>

namespace variad {

/// ARSM, augment-REINFORCE-swap-merge (Yin, Yue and Zhou 2019; `coupled-gradient-estimators`,
/// §2.2): ars averaged over its references, by C(C − 1)/2 + 1 evaluations; with two categories it
/// is arm.
struct arsm : internals::swaps::all_references<false> {
  static constexpr estimator_traits traits{
      .name = "arsm",
      .bias = bias_class::unbiased,
      .source = "Yin, Yue and Zhou 2019; coupled-gradient-estimators, §2.2"};
};

}  // namespace variad
