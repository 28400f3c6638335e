#pragma once

#include <variad/dsl/ops/normalize.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

/// The last axis cut in Groups, each with all that lies before it.
template <int Groups>
struct channel_groups {
  static constexpr bool fits(const shape& s) { return s.rank > 0 && s[-1] % Groups == 0; }
  static constexpr shape parameters(const shape& s) { return shape_of(s[-1]); }
  static constexpr group_layout of(const shape& s) {
    const auto channels = static_cast<std::size_t>(s[-1]), groups = std::size_t{Groups};
    return {.pixels = static_cast<std::size_t>(s.size()) / channels,
            .groups = groups,
            .channels = channels / groups};
  }
};

template <int Groups>
struct group_norm : normalize<channel_groups<Groups>> {
  static constexpr std::string_view name = "group_norm";
};

}  // namespace ops

/// Cuts the channels of an image [height, width, channels] in Groups, which must divide them,
/// normalises each over its channels and all pixels to mean 0 and variance 1, and scales and shifts
/// each channel ("Group Normalization", Wu and He 2018), with ε = 1e-5. Rows do not see each other.
template <int Groups, dsl_term E>
constexpr auto group_norm(const E& e) {
  static_assert(Groups > 0, "group_norm cuts the channels in one group or more: group_norm<8>(x)");
  return apply(ops::group_norm<Groups>{}, e);
}

}  // namespace variad
