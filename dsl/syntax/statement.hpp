#pragma once

#include <variad/dsl/syntax/distribution.hpp>
#include <variad/dsl/syntax/name.hpp>

namespace variad {

namespace internals {

/// `name = ~family(...)`: Variables is the one variable drawn, or the several of a joint draw.
template <class Draw, class... Variables>
struct draw_statement {
  Draw draw;
};

/// `name = expression`.
template <class Variable, class Expression>
struct quantity_statement {
  Expression value;
};

/// Statements repeated per row, independently given what stands outside. Size 0: the data says.
template <class Name, int Size, class... Statements>
struct plate_block {
  static_assert(Size >= 0, "a plate has a positive size, or takes it from the data");
  hana::tuple<Statements...> statements;
};

/// `term(expression)` adds to the log joint; `loss(expression)`, where `OfTraining`, is subtracted
/// from what is trained.
template <bool OfTraining, class Expression>
struct term_statement {
  Expression value;
};

template <class S>
inline constexpr bool is_statement = false;
template <bool T, class E>
inline constexpr bool is_statement<term_statement<T, E>> = true;
template <class D, class... V>
inline constexpr bool is_statement<draw_statement<D, V...>> = true;
template <class V, class E>
inline constexpr bool is_statement<quantity_statement<V, E>> = true;
template <class N, int S, class... St>
inline constexpr bool is_statement<plate_block<N, S, St...>> = true;

/// What stands in a data binding instead of an expression (data.hpp): `x = idx("file")`.
template <class Variable, class Source>
struct data_binding {
  Source source;
};

template <class S>
inline constexpr bool is_data_source = false;

template <class Variable, class Right>
constexpr auto make_statement(const Variable&, const Right& right) {
  if constexpr (is_draw<Right>) {
    const auto draw = draw_of<Variable>(right);
    return draw_statement<std::remove_cv_t<decltype(draw)>, Variable>{draw};
  } else if constexpr (operand_like<Right>) {
    return quantity_statement<Variable, expression_of<Right>>{as_expression(right)};
  } else if constexpr (is_distribution<Right>) {
    static_assert(!is_distribution<Right>,
                  "a variable is drawn with `~`: write `name = ~family(...)`");
    return make_statement(Variable{}, ~right);
  } else {
    return data_binding<Variable, std::decay_t<const Right>>{right};
  }
}

template <class... Variables>
struct joint_target {
  template <class Right>
  constexpr auto operator=(const Right& right) const {
    static_assert(is_draw<Right>, "a joint statement is a draw: `joint(a, b) = ~family(...)`");
    if constexpr (is_distribution<Right>) {
      return (*this = ~right);
    } else {
      const auto draw = draw_of<Variables...>(right);
      return draw_statement<std::remove_cv_t<decltype(draw)>, Variables...>{draw};
    }
  }
};

}  // namespace internals

/// Several latent variables drawn together: `joint(a, b) = ~normal(mean = m, scale_tril = l)`.
/// The value is their concatenation, in this order, each flattened. Model and guide may group
/// latents differently: what one draws jointly, the other may draw one by one.
template <variable_like... V>
constexpr auto joint(const V&...) {
  static_assert(((V::kind == decltype(V::kind)::latent) && ...) ||
                    ((V::kind == decltype(V::kind)::partly_observed) && ...),
                "a joint statement names latents: declare each with latent<\"name\", dims...>, or "
                "each with partly_observed<\"name\", dims...>");
  return internals::joint_target<V...>{};
}

/// Statements that hold for every row of a plate: `plate<"image">(...)` takes its size from the
/// data, `plate<"school", 8>(...)` states it.
template <internals::fixed_string Name, int Size = 0, class... S>
constexpr auto plate(const S&... statements) {
  static_assert((internals::is_statement<S> && ...), "a plate holds statements: `name = ...`");
  return internals::plate_block<internals::to_name<Name>, Size, S...>{
      hana::tuple<S...>{statements...}};
}

/// Adds an expression to the log joint, for each row of the plates that it stands in: to the
/// objective under `elbo`, to the log-weights under `iwae`. The weight of the divergence leaves it
/// alone. The elements of an event are summed. It stands in a model.
template <operand_like E>
constexpr auto term(const E& e) {
  return internals::term_statement<false, expression_of<E>>{as_expression(e)};
}

/// Subtracts an expression from what is trained, for each row of the plates that it stands in, and
/// from nothing else: `bound` and `log_likelihood` do not know it. Under `iwae` its mean over the
/// samples is subtracted, outside of the logarithm. The elements of an event are summed. It stands
/// in a model or in a guide. What takes no derivative through draws (`reweighted_wake_sleep`) does
/// not learn by a draw that a loss reads, and objectives that weigh paths refuse losses.
template <operand_like E>
constexpr auto loss(const E& e) {
  return internals::term_statement<true, expression_of<E>>{as_expression(e)};
}

namespace internals {

/// The generative side: a prior for every latent, a likelihood for every observed variable.
template <class... Statements>
struct model_program {
  hana::tuple<Statements...> statements;
};

/// The variational side: a draw for every latent of the model.
template <class... Statements>
struct guide_program {
  hana::tuple<Statements...> statements;
};

/// Whether a statement holds a mistake that was said.
template <class S>
inline constexpr bool is_mistaken = false;
template <class E, class... P, class... V>
inline constexpr bool is_mistaken<draw_statement<draw<mistaken_family, E, P...>, V...>> = true;
template <class N, int Size, class... S>
inline constexpr bool is_mistaken<plate_block<N, Size, S...>> = (is_mistaken<S> || ...);

template <class S>
inline constexpr bool names_estimator = false;
template <class F, class E, class... P, class... V>
inline constexpr bool names_estimator<draw_statement<draw<F, E, P...>, V...>> =
    !std::is_same_v<E, by_default>;
template <class N, int Size, class... S>
inline constexpr bool names_estimator<plate_block<N, Size, S...>> = (names_estimator<S> || ...);

/// Whether a statement adds to the log joint.
template <class S>
inline constexpr bool adds_term = false;
template <class E>
inline constexpr bool adds_term<term_statement<false, E>> = true;
template <class N, int Size, class... S>
inline constexpr bool adds_term<plate_block<N, Size, S...>> = (adds_term<S> || ...);

}  // namespace internals

template <class... S>
constexpr auto model(const S&... statements) {
  static_assert((internals::is_statement<S> && ...),
                "a model holds statements: `name = ...` or a plate");
  static_assert(
      !(internals::names_estimator<S> || ...),
      "a model is explained and not estimated: drop .by(...) here, and write it in guide(...)");
  return internals::model_program<S...>{hana::tuple<S...>{statements...}};
}

template <class... S>
constexpr auto guide(const S&... statements) {
  static_assert((internals::is_statement<S> && ...),
                "a guide holds statements: `name = ...` or a plate");
  static_assert(!(internals::adds_term<S> || ...),
                "a term is of the log joint: write term(...) in model(...); loss(...) may stand in "
                "a guide");
  return internals::guide_program<S...>{hana::tuple<S...>{statements...}};
}

}  // namespace variad
