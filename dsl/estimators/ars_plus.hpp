#pragma once

#include <variad/dsl/estimators/swaps.hpp>

namespace variad {

/// ARS+ (`coupled-gradient-estimators`, §3.1): ars with one entry of π integrated out and without
/// the variables whose values do not change; §3 gives the interval of the entry. The same C
/// evaluations, less noise; with two categories it is disarm.
struct ars_plus : internals::swaps::one_reference<true> {
  static constexpr estimator_traits traits{.name = "ars_plus",
                                           .bias = bias_class::unbiased,
                                           .source = "coupled-gradient-estimators, §3.1"};
};

}  // namespace variad
