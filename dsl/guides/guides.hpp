#pragma once

#include <boost/hana/concat.hpp>
#include <boost/hana/fold_left.hpp>
#include <boost/hana/length.hpp>
#include <boost/hana/unpack.hpp>

#include <variad/dsl/families/multivariate_normal.hpp>
#include <variad/dsl/families/normal.hpp>
#include <variad/dsl/ops/exp.hpp>
#include <variad/dsl/ops/lower_cholesky.hpp>
#include <variad/dsl/ops/mean.hpp>
#include <variad/dsl/ops/param.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad {
namespace internals {

/// The latents that a statement of a model draws from a family on the real line. The others are
/// left without a draw, which is the mistake that the compiler then names.
template <class Statement>
struct drawn_latents {
  using type = hana::tuple<>;
};
template <class F, class E, class... P, class... V>
requires(F::traits.values == support::real &&
         ((V::kind == variable_kind::latent) &&
          ...)) struct drawn_latents<draw_statement<draw<F, E, P...>, V...>> {
  using type = hana::tuple<V...>;
};

/// row_param<...>(begin) with the extents of a variable.
template <class V>
constexpr auto row_param_like(initializer begin) {
  return []<std::size_t... D>(std::index_sequence<D...>, initializer b) {
    return row_param<V::declared[static_cast<int>(D)]...>(b);
  }
  (std::make_index_sequence<static_cast<std::size_t>(V::declared.rank)>{}, begin);
}

template <class... Groups>
constexpr auto flatten_tuples(const Groups&... groups) {
  return hana::fold_left(hana::make_tuple(groups...), hana::make_tuple(), hana::concat);
}

/// Independent draws, each with a mean and a scale of its own.
struct mean_field_draws {
  template <class... V>
  constexpr auto operator()(V... v) const {
    return hana::make_tuple((v = ~normal(mean = row_param_like<V>(constant(0)),
                                         scale = exp(row_param_like<V>(constant(-1)))))...);
  }
};

/// One draw of all variables with a mean and a dense covariance.
struct full_rank_draws {
  constexpr auto operator()() const { return hana::make_tuple(); }
  template <class... V>
  constexpr auto operator()(V... v) const {
    if constexpr (sizeof...(V) == 1 && ((V::declared.rank == 0) && ...)) {
      return mean_field_draws{}(v...);  // a scalar has no covariance
    } else {
      constexpr int n = (V::declared.size() + ...);
      return hana::make_tuple(
          joint(v...) = ~normal(mean = row_param<n>(),
                                scale_tril = lower_cholesky(row_param<n, n>(diagonal(-1)))));
    }
  }
};

/// The guide's statements for the statements of one plate level of a model.
template <class Draws, class... S>
constexpr auto guide_statements(const hana::tuple<S...>&);

template <class Draws, class Statement>
struct guide_plate {
  static constexpr auto of() { return hana::make_tuple(); }
};
template <class Draws, class N, int Size, class... S>
struct guide_plate<Draws, plate_block<N, Size, S...>> {
  static constexpr auto of() {
    constexpr auto inner = guide_statements<Draws>(hana::tuple<S...>{});
    if constexpr (decltype(hana::length(inner))::value == 0) {
      return hana::make_tuple();
    } else {
      return hana::unpack(inner, [](const auto&... s) {
        return hana::make_tuple(
            plate_block<N, Size, std::remove_cvref_t<decltype(s)>...>{hana::make_tuple(s...)});
      });
    }
  }
};

template <class Draws, class... S>
struct guide_of {
  static constexpr auto statements() {
    return flatten_tuples(
        hana::unpack(flatten_tuples(typename drawn_latents<S>::type{}...), Draws{}),
        guide_plate<Draws, S>::of()...);
  }
};

template <class Draws, class... S>
constexpr auto guide_statements(const hana::tuple<S...>&) {
  return guide_of<Draws, S...>::statements();
}

template <class Draws, class... S>
constexpr auto guide_from(const model_program<S...>&) {
  return hana::unpack(guide_of<Draws, S...>::statements(),
                      [](const auto&... s) { return guide(s...); });
}

}  // namespace internals

/// A guide made from a model: every latent, those of a joint statement too, drawn on its own,
/// normal, with a mean and a scale for each row of its plates. Its parameters are
/// `q.<name>.param0.value` (the mean) and `q.<name>.param1.value` (the logarithm of the scale).
template <class... S>
constexpr auto mean_field(const internals::model_program<S...>& m) {
  return internals::guide_from<internals::mean_field_draws>(m);
}

/// A guide made from a model: the latents of one plate level drawn together, normal with a dense
/// covariance, for each row of the plate; `param0` holds the mean, and `param1` what lower_cholesky
/// makes the factor of.
template <class... S>
constexpr auto full_rank(const internals::model_program<S...>& m) {
  return internals::guide_from<internals::full_rank_draws>(m);
}

}  // namespace variad
