#pragma once

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/syntax/distribution.hpp>

namespace variad {
namespace families {

/// The improper prior that is constant on the real line. It has a density to be conditioned on,
/// and cannot be sampled.
struct flat {
  static constexpr std::string_view name = "flat";
  static constexpr family_traits traits{.values = support::real};
  static constexpr std::size_t parameter_count = 0;
  static constexpr std::array<parameter_rule, 0> parameter_rules{};
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }

  struct log_prob : ops::summed<1> {
    static constexpr std::string_view name = "flat.log_prob";
    template <class V>
    V forward(const std::array<V, 1>&) const {
      return V(0);
    }
  };

  template <class T>
  static void score(const T*, const parameter_rows<T>&, T, const adjoint_rows<T>&, std::size_t) {}
};

}  // namespace families

/// An improper prior, constant on the real line.
constexpr auto flat() { return make_distribution<families::flat>(); }

}  // namespace variad
