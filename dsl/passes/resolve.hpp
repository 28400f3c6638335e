#pragma once

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/dsl/estimators/list.hpp>
#include <variad/dsl/ops/masked.hpp>
#include <variad/dsl/ops/part.hpp>
#include <variad/dsl/ops/total.hpp>
#include <variad/dsl/passes/describe.hpp>
#include <variad/dsl/passes/flatten.hpp>
#include <variad/dsl/passes/match.hpp>
#include <variad/dsl/passes/memory.hpp>
#include <variad/dsl/passes/one_site.hpp>
#include <variad/dsl/passes/route_prior_value.hpp>
#include <variad/dsl/passes/select.hpp>

namespace variad::internals {

template <class Token>
constexpr node describe_whole() {
  if constexpr (is_whole<Token>)
    return describe<Token>::of();
  else
    return {};
}
template <class List>
struct describe_all;
/// Whether a token is a draw; its latent may have two nodes of its own beside the tokens.
template <class Token>
inline constexpr bool draws = false;
template <class F, class E, std::size_t A, class... V>
inline constexpr bool draws<token::draw<F, E, A, V...>> = true;

template <class... T>
struct describe_all<type_list<T...>> {
  static constexpr std::size_t draw_count = [] {  // not a fold: Clang nests those at most 256 deep
    std::size_t n = 0;
    for (const bool d : {draws<T>..., false}) n += d ? 1 : 0;
    return n;
  }();
  using type = graph<sizeof...(T), draw_count>;
  static constexpr type of() {
    type g{.nodes = {describe_whole<T>()...}};
    std::size_t i = 0;
    for (const bool whole : {is_whole<T>..., true}) {
      if (!whole) g.fail(fault::not_whole, id_at<node_id>(i));
      ++i;
    }
    return g;
  }
};

/// The family and estimator of a draw or density token; the op of any token.
template <class Token>
struct token_traits {
  using op = void;
};
template <class Op, std::size_t A>
struct token_traits<token::apply<Op, A>> {
  using op = Op;
};
template <class V, int Offset>
struct token_traits<token::part<V, Offset>> {
  using op = ops::part<Offset>;
};
template <class F, class E, std::size_t A, class... V>
struct token_traits<token::draw<F, E, A, V...>> {
  using op = void;
  using family = F;
  using estimator = E;
};
template <class F, std::size_t A, class... V>
struct token_traits<token::density<F, A, V...>> {
  using op = typename decltype(density_op<F, V...>())::type;
  using family = F;
};
template <class F, std::size_t A, class... V>
struct token_traits<token::data_density<F, A, V...>> {
  using op = density_of_known<F>;
  using op_of_drawn = masked<typename F::log_prob, ops::rows_with::all>;
  using family = F;
};
template <bool OfTraining>
struct token_traits<token::term<OfTraining>> {
  using op = ops::total;
};

template <latent_info::term_kind Kind, class Q, class P>
struct own_term_of_all {
  using type = typename Q::log_prob;
};
template <class Q, class P>
struct own_term_of_all<latent_info::term_kind::entropy, Q, P> {
  using type = typename Q::entropy;
};
template <class Q, class P>
struct own_term_of_all<latent_info::term_kind::kl, Q, P> {
  using type = kl_divergence<Q, P>;
};
/// The op of a draw's own term, of what is missing where its data have gaps.
template <latent_info::term_kind Kind, class Q, class P, bool Gaps>
struct own_term : own_term_of_all<Kind, Q, P> {};
template <latent_info::term_kind Kind, class Q, class P>
struct own_term<Kind, Q, P, true> {
  using type = masked<typename own_term_of_all<Kind, Q, P>::type, ops::rows_with::some>;
};
/// Whether it can be of the missing variables alone, as its draw is.
template <class Q, class Op>
inline constexpr bool masks_like_draw = masks_variables<Op> || !is_product<Q>;

/// Whether a resolved program sums over the values of latent L.
template <class Resolved, latent_id L>
inline constexpr bool sums_over =
    std::is_same_v<typename Resolved::template estimator_type<L>, enumerate>&&
        Resolved::estimator_infos[L]
            .probes.weighted;
template <latent_id L>
inline constexpr bool sums_over<void, L> = false;

/// How a program is used.
enum class use {
  training,    ///< forward and backward, with the estimators of the latents
  evaluation,  ///< forward, every latent drawn
};

/// A program resolved at compile time: the passes in their order. Tokens of the guide come first.
/// An evaluation sums over the draws that `Trained`, the program that trains, sums over.
template <class Tokens, std::size_t GuideTokens, class Objective, use Use, class Trained = void>
struct resolved {
  using objective_type = Objective;
  static constexpr objective_traits objective = Objective::traits;
  static constexpr bool trains = Use == use::training;
  static constexpr std::size_t token_count = Tokens::size;
  static constexpr std::size_t guide_tokens = GuideTokens;

  static constexpr auto matched = [] {
    auto g = describe_all<Tokens>::of();
    if (g.ok()) match(g, GuideTokens);
    if (!trains) g.forget_networks();
    if (!trains) g.forget_losses();
    if (GuideTokens == token_count) g.forget_terms();
    return g;
  }();
  using graph_type = typename describe_all<Tokens>::type;
  static constexpr std::size_t size = graph_type::size;

  static constexpr auto shaped = [] {
    auto g = matched;
    if (g.ok()) infer_shapes(g);
    if (g.ok()) check_plates(g);
    if (g.ok()) find_indices(g);
    if (g.ok()) trace_dependence(g, g.token_ids());
    mark_active(g);
    return g;
  }();
  static constexpr bool ok = shaped.ok();

  template <node_id I>
  using token_type = type_at<index_of(I), Tokens>;
  template <node_id I>
  using family_at = typename token_traits<token_type<I>>::family;
  template <latent_id L>
  using guide_family = family_at<shaped.latent(L).draw>;
  template <latent_id L>
  using prior_family =
      family_at<exists(shaped.latent(L).prior) ? shaped.latent(L).prior : shaped.latent(L).draw>;
  static constexpr std::size_t latent_count = ok ? graph_type::latent_count : 0;
  template <latent_id L>
  static constexpr bool has_gaps = exists(shaped.latent(L).missing);

  template <latent_id L>
  static constexpr own_term_ops own_ops() {
    using q = guide_family<L>;
    own_term_ops o;
    constexpr bool gaps = has_gaps<L>;
    o.elementwise_log_q = ops::elementwise_op<typename q::log_prob>;
    if constexpr (family_with_entropy<q>) {
      o.closed_entropy = !gaps || masks_like_draw<q, typename q::entropy>;
      o.elementwise_entropy = ops::elementwise_op<typename q::entropy>;
    }
    if constexpr (closed_kl<q, prior_family<L>>) {
      o.closed_kl = exists(shaped.latent(L).prior) &&
                    (!gaps || masks_like_draw<q, kl_divergence<q, prior_family<L>>>);
      o.elementwise_kl = ops::elementwise_op<kl_divergence<q, prior_family<L>>>;
    }
    return o;
  }

  /// A table by latent; one place more, since there may be none.
  template <class X>
  using of_latents = id_array<latent_id, X, graph_type::latent_count + 1>;

  // Functions and not closures: GCC 12 cannot expand packs of a closure's body while it substitutes
  // into a declaration.
  template <std::size_t... L>
  static constexpr of_latents<own_term_ops> all_own_ops(std::index_sequence<L...>) {
    return {.items = {own_ops<id_at<latent_id>(L)>()...}};
  }

  /// The estimator that the user named, or by_default.
  template <latent_id L>
  using named_estimator = typename token_traits<token_type<shaped.latent(L).draw>>::estimator;
  template <latent_id L>
  static constexpr latent_traits traits_alone = traits_of(shaped, L, objective);

  template <class E, latent_id L>
  static constexpr probe_set probes_told() {
    if constexpr (gradient_estimator<E>) return E::probes(traits_alone<L>);
    return {};
  }
  template <std::size_t... L>
  static constexpr summed_draws sums_told(std::index_sequence<L...>) {
    summed_draws s;
    for (const probe_set& p :
         {probe_set{}, probes_told<named_estimator<id_at<latent_id>(L)>, id_at<latent_id>(L)>()...})
      if (is_summed(p)) s.add(p.count);
    return s;
  }
  static_assert(summed_draws::most == max_enumerated);
  /// The draws that are told to be summed over, and those before latent L that are by default.
  template <latent_id L>
  static constexpr summed_draws sums_before() {
    if constexpr (L == latent_id{}) {
      return sums_told(std::make_index_sequence<latent_count>{});
    } else {
      constexpr auto before = id_at<latent_id>(index_of(L) - 1);
      summed_draws s = sums_before<before>();
      if constexpr (std::is_same_v<named_estimator<before>, by_default>)
        if (const probe_set p = estimator_type<before>::probes(traits<before>); is_summed(p))
          s.add(p.count);
      return s;
    }
  }
  template <latent_id L>
  static constexpr latent_traits describe_latent() {
    latent_traits t = traits_alone<L>;
    if constexpr (trains) t.summed = sums_before<L>();
    return t;
  }
  template <latent_id L>
  static constexpr latent_traits traits = describe_latent<L>();

  template <latent_id L>
  static constexpr auto choose() {
    if constexpr (sums_over<Trained, L>) {
      return hana::type<enumerate>{};
    } else if constexpr (Use == use::evaluation || !objective.differentiates_draws) {
      return hana::type<ancestral>{};
    } else if constexpr (!std::is_same_v<named_estimator<L>, by_default>) {
      return hana::type<named_estimator<L>>{};
    } else {
      return hana::unpack(estimator_list,
                          [](auto... e) { return first_preferred<resolved, L>(e...); });
    }
  }
  template <latent_id L>
  using estimator_type = typename decltype(choose<L>())::type;

  template <latent_id L>
  static constexpr estimator_info describe_estimator() {
    using E = estimator_type<L>;
    estimator_info info;
    if constexpr (gradient_estimator<E>) {  // diagnose.hpp says so where it is none
      info.name = E::traits.name;
      info.reason = E::accepts(traits<L>);
      if constexpr (Use == use::training && !objective.differentiates_draws) {
        info.reason = {true, "the objective does not differentiate through draws"};
      } else if constexpr (Use == use::training && std::is_same_v<named_estimator<L>, by_default>) {
        info.reason = E::preferred(traits<L>);
      } else if (Use == use::training && info.reason.yes) {
        info.reason.reason = "chosen with .by(...)";
      }
      info.bias = E::traits.bias;
      // Costs leave out what a row does to the others through the statistics of the batch.
      if (objective.differentiates_draws && traits<L>.batch_statistics_downstream &&
          E::probes(traits<L>).role != probe_role::adjoint)
        info.bias = bias_class::biased;
      info.knob = E::traits.knob;
      info.source = E::traits.source;
      info.probes = E::probes(traits<L>);
      if constexpr (requires { E::kept(traits<L>); }) info.kept = E::kept(traits<L>);
      if constexpr (requires { E::state(traits<L>); }) info.state = E::state(traits<L>);
    }
    return info;
  }
  template <std::size_t... L>
  static constexpr of_latents<estimator_info> describe_estimators(std::index_sequence<L...>) {
    return {.items = {describe_estimator<id_at<latent_id>(L)>()...}};
  }
  static constexpr of_latents<estimator_info> estimator_infos =
      describe_estimators(std::make_index_sequence<latent_count>{});

  /// Whether the estimator of a latent has a say in the terms of its divergence from the prior.
  static constexpr bool chooses_terms(latent_id l) {
    const probe_set& p = estimator_infos[l].probes;
    return p.sampled_divergence || p.two_values;
  }
  static constexpr auto program = [] {
    auto g = shaped;
    if (!g.ok()) return g;
    auto available = all_own_ops(std::make_index_sequence<latent_count>{});
    for (const latent_id l : ids<latent_id>(latent_count)) {
      if (!chooses_terms(l)) continue;
      available[l].closed_kl = false;
      if (estimator_infos[l].probes.two_values)
        route_prior_value(g, l);
      else
        available[l].closed_entropy = false;
    }
    list_terms(g, objective, available);
    assign_axes(g, objective, estimator_infos);
    return g;
  }();
  static constexpr auto schedule = [] {
    return ok ? make_schedule(program, Use == use::evaluation, objective.path_gradient)
              : step_list<size>{};
  }();
  static constexpr auto memory = [] {
    return ok ? plan_memory(program, schedule, objective, estimator_infos, Use == use::training)
              : memory_map<size>{};
  }();

  template <std::size_t... L>
  static constexpr of_latents<one_site_path> find_one_site_paths(std::index_sequence<L...>) {
    return {
        .items = {find_one_site_path(program, schedule, estimator_infos, id_at<latent_id>(L))...}};
  }
  static constexpr of_latents<one_site_path> one_site_paths =
      find_one_site_paths(std::make_index_sequence<latent_count>{});

  /// The op of node I: of a token, or of a term that the compiler added.
  template <node_id I>
  static constexpr auto op_of() {
    if constexpr (index_of(I) < token_count) {
      using traits = token_traits<token_type<I>>;
      if constexpr (program[I].drawn)
        return hana::type<typename traits::op_of_drawn>{};
      else
        return hana::type<typename traits::op>{};
    } else {
      constexpr auto l = id_at<latent_id>(index_of(I) - token_count);
      return hana::type<typename own_term<program.latent(l).term, guide_family<l>, prior_family<l>,
                                          has_gaps<l>>::type>{};
    }
  }
  template <node_id I>
  using op_type = typename decltype(op_of<I>())::type;
};

}  // namespace variad::internals
