#pragma once

#include <tuple>

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

/// A function of the user's, element by element. It always sees dual numbers, of which none moves
/// where values alone are computed: so it is compiled once for both, and the functions that it
/// calls by name are those of `variad::math`, whatever else the names are.
template <std::size_t N, class F>
struct lambda : elementwise<N> {
  static constexpr std::string_view name = "elementwise";
  [[no_unique_address]] F f;

  template <class V>
  V forward(const std::array<V, N>& x) const {
    if constexpr (math::is_dual<V>) {
      using result = decltype(std::apply(f, x));
      static_assert(std::is_convertible_v<result, V>,
                    "variad: the function of elementwise(...) must return a number computed of its "
                    "arguments");
      if constexpr (std::is_convertible_v<result, V>) return std::apply(f, x);
      return x[0];
    } else {
      std::array<dual<V, N>, N> at;
      for (std::size_t i = 0; i < N; ++i) at[i] = x[i];
      return forward(at).value;
    }
  }
};

}  // namespace ops

namespace internals {

/// `elementwise(f)`, to be applied to operands.
template <class F>
struct elementwise_function {
  [[no_unique_address]] F f;
  template <operand_like... E>
  requires(sizeof...(E) > 0) constexpr auto operator()(const E&... e) const {
    return apply(ops::lambda<sizeof...(E), F>{{}, f}, e...);
  }
};

}  // namespace internals

/// An op of the user's own: `elementwise([](auto x, auto y) { return x * exp(-y); })(a, b)`, with
/// broadcasting. Its derivative is derived, and it is fused with its neighbours as any op is. The
/// function is generic, of numbers that have + − · / and comparisons, `abs pow min max sin cos exp
/// expm1 log log1p sqrt tanh sigmoid softplus erf lgamma digamma`, and `select(x > 0, a, b)` in
/// place of `if`, since it is called for many elements at once; `0.5 * x` and `pow(x, 2)` take
/// numbers as they are. It may capture numbers.
template <class F>
requires(!operand_like<F>) constexpr auto elementwise(const F& f) {
  return internals::elementwise_function<F>{f};
}

}  // namespace variad
