#pragma once

#include <variad/dsl/estimators/swaps.hpp>

namespace variad {

/// ARS+ (`coupled-gradient-estimators`, §3.1): ars with one entry of π integrated out and without
/// the variables whose values do not change; §3 gives the interval of the entry. The same C
/// evaluations, less noise; with two categories it is disarm.
struct ars_plus : swaps::one_reference<true> {
  static constexpr std::string_view name() { return "ars_plus"; }
  static constexpr std::string_view source = "coupled-gradient-estimators, §3.1";
};

}  // namespace variad
