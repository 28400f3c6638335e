#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "rules_by_hand.hpp"
#include <catch2/catch.hpp>

// Every elementwise op: the rule that the library derives against the one it has of its own, or one
// worked out on paper, and both against central differences.

namespace tests {
namespace {

using namespace variad;
using namespace variad::internals;

constexpr double inf = std::numeric_limits<double>::infinity();

using numbers = std::vector<double>;

template <class Op>
concept has_rule = requires(const Op& op, const std::array<double, Op::elementwise_arity>& x) {
  op.derivative(x, x[0]);
};

/// The rules of an op, of numbers.
struct rules {
  std::string_view name;
  double (*forward)(const numbers&);
  numbers (*own)(const numbers&);                ///< the rule that is not derived
  numbers (*derived)(const numbers&);            ///< ... in double,
  numbers (*derived_of_lanes)(const numbers&);   ///< in the first lane of registers,
  numbers (*derived_of_floats)(const numbers&);  ///< and in float
  numbers (*along)(const numbers&, std::size_t i);  ///< ∂²/∂xᵢ∂xⱼ, by the rule that the library has
};

template <class Op>
rules rules_of() {
  constexpr std::size_t n = Op::elementwise_arity;
  const auto derived = []<class V>(const numbers& x, V) {
    std::array<V, n> at;
    for (std::size_t i = 0; i < n; ++i) at[i] = V(static_cast<scalar_of<V>>(x[i]));
    const auto d = ops::derived_partials(Op{}, at);
    numbers out;
    for (const V& v : d)
      if constexpr (simd_batch<V>)
        out.push_back(v.get(0));
      else
        out.push_back(static_cast<double>(v));
    return out;
  };
  static constexpr auto point = [](const numbers& x) {
    std::array<double, n> at;
    std::copy_n(x.begin(), n, at.begin());
    return at;
  };
  static constexpr auto of = derived;
  return {Op::name,
          [](const numbers& x) { return Op{}.forward(point(x)); },
          [](const numbers& x) {
            const auto at = point(x);
            const double y = Op{}.forward(at);
            std::array<double, n> d;
            if constexpr (has_rule<Op>)
              d = Op{}.derivative(at, y);
            else
              d = rules_by_hand::by_hand<Op>::partials(at, y);
            return numbers(d.begin(), d.end());
          },
          [](const numbers& x) { return of(x, 0.0); },
          [](const numbers& x) { return of(x, batch<double>(0.0)); },
          [](const numbers& x) { return of(x, 0.0f); },
          [](const numbers& x, std::size_t i) {
            std::array<dual<double>, n> at;
            for (std::size_t j = 0; j < n; ++j) at[j] = dual<double>(x[j], i == j ? 1.0 : 0.0);
            numbers out;
            for (const auto& d : ops::partials(Op{}, at, Op{}.forward(at)))
              out.push_back(d.tangent[0]);
            return out;
          }};
}

/// What an input is: where random points are drawn, and its edges.
struct kind {
  double low, high;
  std::vector<double> edges;
};
const kind any{-2, 2, {-inf, -1, 0, 1, inf}};
const kind positive{0.3, 2, {0.5, 1, inf}};  // a scale
const kind above_zero{0.3, 2, {0, 1, inf}};
const kind share{0.05, 0.95, {0, 0.5, 1}};

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-15 * (1 + std::abs(a));
}

/// Every combination of the inputs' edges.
std::vector<numbers> edges_of(const std::vector<kind>& inputs) {
  std::vector<numbers> all{{}};
  for (const kind& k : inputs) {
    std::vector<numbers> longer;
    for (const numbers& x : all)
      for (const double edge : k.edges) {
        longer.push_back(x);
        longer.back().push_back(edge);
      }
    all = longer;
  }
  return all;
}

/// Whether the op's own rule has another value of ∂/∂xᵢ at an edge than the derived one: there it
/// must have, or else it has no reason to be.
using owner = std::function<bool(const numbers& x, std::size_t i)>;

void check(const rules& op, const std::vector<kind>& inputs, const owner& owns) {
  std::mt19937 engine(3);
  for (int round = 0; round < 200; ++round) {
    numbers x;
    for (const kind& k : inputs)
      x.push_back(std::uniform_real_distribution<double>(k.low, k.high)(engine));
    const numbers mine = op.own(x), theirs = op.derived(x), of_lanes = op.derived_of_lanes(x),
                  of_floats = op.derived_of_floats(x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(op.name, i, x);
      REQUIRE(theirs[i] == Approx(mine[i]).epsilon(5e-15).margin(5e-15));
      REQUIRE(of_lanes[i] == Approx(mine[i]).epsilon(1e-14).margin(1e-14));
      REQUIRE(of_floats[i] == Approx(mine[i]).epsilon(2e-5).margin(2e-5));
      const double step = 1e-5;
      numbers up = x, down = x;
      up[i] += step;
      down[i] -= step;
      const double slope = (op.forward(up) - op.forward(down)) / (2 * step);
      REQUIRE(theirs[i] == Approx(slope).epsilon(1e-6).margin(1e-7));
      REQUIRE(mine[i] == Approx(slope).epsilon(1e-6).margin(1e-7));
      const numbers second = op.along(x, i), above = op.own(up), below = op.own(down);
      for (std::size_t j = 0; j < x.size(); ++j)
        REQUIRE(second[j] == Approx((above[j] - below[j]) / (2 * step)).epsilon(1e-6).margin(1e-7));
    }
  }
  for (const numbers& x : edges_of(inputs)) {
    const numbers mine = op.own(x), theirs = op.derived(x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(op.name, i, x, mine[i], theirs[i]);
      REQUIRE(same(mine[i], theirs[i]) == !owns(x, i));
    }
  }
}
template <class Op>
void check(const std::vector<kind>& inputs, const owner& owns) {
  REQUIRE(inputs.size() == Op::elementwise_arity);
  check(rules_of<Op>(), inputs, owns);
}
/// Of ops that have no edge of their own.
template <class Op>
void check(const std::vector<kind>& inputs) {
  check<Op>(inputs, [](const numbers&, std::size_t) { return false; });
}

TEST_CASE("derived rules: ops", "[ops]") {
  check<ops::add>({any, any});
  check<ops::subtract>({any, any});
  check<ops::multiply>({any, any});
  check<ops::divide>({any, {0.3, 2, {-inf, -1, 0, 1, inf}}});
  check<ops::negate>({any});
  check<ops::square>({any});
  check<ops::softplus>({any});
  check<ops::exp>({any});
  check<ops::tanh>({any});
  check<ops::sigmoid>({any});
  check<ops::log>({above_zero}, [](const numbers& x, std::size_t) { return x[0] == 0; });
  check<ops::sqrt>({above_zero}, [](const numbers& x, std::size_t) { return x[0] == 0; });
  check<ops::pow>({{0.3, 2, {0.5, 1}}, {-2, 2, {-1, 0, 1, 2}}});
  // On either side of the kink, so that the differences do not straddle it.
  for (const auto& [low, high] : {std::pair(0.1, 2.0), std::pair(-2.0, -0.1)}) {
    const kind side{low, high, any.edges};
    check<ops::relu>({side});
    check<ops::leaky_relu>({side});
    check<ops::select>({side, any, any});
  }
}

TEST_CASE("derived rules: continuous families", "[families]") {
  using families::laplace, families::log_normal, families::normal;
  check<normal::transformed>({any, any, positive});
  check<normal::log_prob>({any, any, positive});
  check<normal::entropy>({any, positive});
  // Divergences of infinite parameters have no derivatives.
  const kind place{-2, 2, {-1, 0, 1}}, width{0.3, 2, {0.5, 1}};
  check<kl_divergence<normal, normal>>({place, width, place, width});
  check<laplace::transformed>({any, any, positive});
  const kind left{-2, 0, any.edges}, right{0.2, 2, any.edges};
  check<laplace::log_prob>({left, right, positive});
  check<laplace::log_prob>({right, left, positive});
  check<laplace::entropy>({any, positive});
  check<kl_divergence<laplace, laplace>>(
      {{-2, 0, place.edges}, width, {0.2, 2, place.edges}, width});
  check<log_normal::transformed>({any, any, positive});
  check<log_normal::log_prob>({width, any, positive});
  check<log_normal::entropy>({any, positive});
  check<families::flat::log_prob>({any});
  using families::gamma;
  const kind shape_or_rate{0.4, 3, {0.5, 1, 2}};
  check<gamma::log_prob>({{0.3, 2, {0.5, 1, inf}}, shape_or_rate, shape_or_rate});
  check<gamma::entropy>({shape_or_rate, shape_or_rate});
  check<kl_divergence<gamma, gamma>>({shape_or_rate, shape_or_rate, shape_or_rate, shape_or_rate});
}

TEST_CASE("derived rules: binary families", "[families]") {
  using families::bernoulli, families::bernoulli_by_probs;
  // Parts of these have kinks at a logit of 0 that cancel, which only their own rules know; at ±∞
  // they have ∞ − ∞.
  const kind logit{0.2, 3, {-inf, -1, 0, 1, inf}}, bit{0, 1, {0, 1}};
  check<bernoulli::log_prob>({bit, logit},
                             [](const numbers& x, std::size_t i) { return i == 1 && x[1] == 0; });
  check<bernoulli::entropy>({logit});
  check<kl_divergence<bernoulli, bernoulli>>({logit, logit}, [](const numbers& x, std::size_t i) {
    if (i == 0 && std::isinf(x[0]) && x[0] == x[1]) return true;
    return x[0] != x[1] && x[i] == 0;
  });
  // Of what is impossible p log p has the slope of the smallest normal number, and no 1 beside it.
  const auto is_sure = [](double p) { return p == 0 || p == 1; };
  check<bernoulli_by_probs::log_prob>({bit, share});
  check<bernoulli_by_probs::entropy>({share},
                                     [&](const numbers& x, std::size_t) { return is_sure(x[0]); });
  check<kl_divergence<bernoulli_by_probs, bernoulli_by_probs>>(
      {share, share}, [&](const numbers& x, std::size_t i) { return i == 0 && is_sure(x[0]); });
  check<kl_divergence<bernoulli_by_probs, bernoulli>>(
      {share, logit}, [&](const numbers& x, std::size_t i) {
        return i == 0 ? is_sure(x[0]) && !std::isinf(x[1]) : x[1] == 0 && x[0] != 0.5;
      });
  check<kl_divergence<bernoulli, bernoulli_by_probs>>(
      {logit, share},
      [&](const numbers& x, std::size_t i) { return i == 0 && x[0] == 0 && x[1] != 0.5; });
}

}  // namespace
}  // namespace tests
