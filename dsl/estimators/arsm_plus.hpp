#pragma once

#include <variad/dsl/estimators/swaps.hpp>

namespace variad {

/// ARSM+ (`coupled-gradient-estimators`, §3.1 and §4): arsm without the variables whose values do
/// not change under the swaps with a reference.
struct arsm_plus : internals::swaps::all_references<true> {
  static constexpr estimator_traits traits{.name = "arsm_plus",
                                           .bias = bias_class::unbiased,
                                           .source = "coupled-gradient-estimators, §3.1 and §4"};
};

}  // namespace variad
