#pragma once

#include <span>
#include <string_view>
#include <type_traits>

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/ops/masked.hpp>
#include <variad/dsl/ops/one_hot.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/dsl/syntax/gaps.hpp>

namespace variad {
namespace ops {

/// The log-density of a family in an expression, of (value, parameters...) and a mask where the
/// value has gaps. `Indices`: the value is data that only the reader can check.
template <class Family, class Op, bool Indices = false>
struct log_density : Op {
  static constexpr shape event(std::span<const shape> in) {
    // The value has the event that the family gives to its declared variables.
    shape declared = in[0];
    if (Family::value_shape(declared) != in[0]) declared = in[0].without_last();
    if (Family::value_shape(declared) != in[0]) return shape::invalid();
    for (std::size_t j = 0; j < Family::parameter_count; ++j) {
      const shape full = Family::parameter_shape(j, declared);
      const bool fits =
          elementwise_op<Op> ? broadcast(in[j + 1], full) == full : repeats_to(in[j + 1], full);
      if (!fits) return shape::invalid();
    }
    return Op::event(in);
  }
  static constexpr int index_limit(std::span<const shape>) requires Indices { return 2; }
};

}  // namespace ops

namespace internals {

/// The data of a variable as a family takes values: categories as one-hot rows.
template <class Family, class V>
constexpr auto data_as_value(const V& v) {
  if constexpr (is_given<V> && Family::traits.values == support::category)
    return one_hot<Family::categories(shape{})>(v);
  else
    return read_of<reading::column>(v);
}

}  // namespace internals

/// The log-density of a distribution at a value, in nats, summed over the event:
/// `log_prob(normal(m, 1), y)`. Of data that may have gaps, `partly_observed` or `given`, it is
/// that of what is there, whatever is drawn. Categories in `given` data are whole numbers from 0.
template <class Family, class E, class... P, operand_like V>
constexpr auto log_prob(const internals::distribution<Family, E, P...>& d, const V& v) {
  using namespace internals;
  static_assert(!Family::traits.prior_only,
                "log_prob is of a density in closed form, and a Boltzmann machine has none");
  const auto at = [&]<class Op>(Op, const auto& value, const auto&... mask) {
    return hana::unpack(d.parameters,
                        [&](const auto&... p) { return apply(Op{}, value, p..., mask...); });
  };
  if constexpr (may_have_gaps<V>) {
    static_assert(leaves_gaps_out<Family>(V::declared.size()),
                  "log_prob of data with gaps is of a family whose variables are independent, or "
                  "that has marginals, as normal(mean = m, scale_tril = l)");
    constexpr bool indices = is_given<V> && Family::traits.values == support::binary;
    return at(ops::log_density<Family, density_of_known<Family>, indices>{},
              data_as_value<Family>(v), known(v));
  } else {
    return at(ops::log_density<Family, typename Family::log_prob>{}, v);
  }
}
/// Of a draw, or of what is no distribution, it is an error.
template <class D, class V>
constexpr auto log_prob(const D&, const V&) {
  static_assert(!std::is_same_v<D, D>,
                "log_prob takes a distribution, without `~`, and a value: "
                "log_prob(normal(m, 1), y)");
  return as_expression(0);
}

}  // namespace variad
