#pragma once

#include <vector>

#include <variad/dsl/compiler/flatten.hpp>
#include <variad/dsl/compiler/match.hpp>
#include <variad/dsl/compiler/memory.hpp>
#include <variad/dsl/compiler/select.hpp>
#include <variad/dsl/engine/chain.hpp>
#include <variad/dsl/engine/tables.hpp>
#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/dsl/estimators/list.hpp>
#include <variad/dsl/ops/part.hpp>

namespace variad {
namespace detail {

template <class List>
struct describe_all;
template <class... T>
struct describe_all<type_list<T...>> {
  static constexpr std::size_t size = sizeof...(T) + max_latents;
  static constexpr graph<size> of() {
    graph<size> g;
    g.tokens = static_cast<int>(sizeof...(T));
    g.nodes = {describe<T>::of()...};
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
  using op = typename F::log_prob;
  using family = F;
};

template <latent_info::term_kind Kind, class Q, class P>
struct own_term {
  using type = typename Q::log_prob;
};
template <class Q, class P>
struct own_term<latent_info::term_kind::entropy, Q, P> {
  using type = typename Q::entropy;
};
template <class Q, class P>
struct own_term<latent_info::term_kind::kl, Q, P> {
  using type = kl_divergence<Q, P>;
};

/// The first estimator of the list that prefers latent L of a resolved program.
template <class Resolved, std::size_t L, class... E>
constexpr auto first_preferred(E...) {
  constexpr std::size_t chosen = [] {
    std::size_t i = 0, found = sizeof...(E);
    const auto ask = [&]<class X>() {
      if constexpr (requires(const latent_traits& t) { X::preferred(t); })
        if (found == sizeof...(E) && X::preferred(Resolved::template traits<L>).yes) found = i;
      ++i;
    };
    (ask.template operator()<typename E::type>(), ...);
    return found;
  }();
  return type_at<chosen, type_list<E...>>{};
}

}  // namespace detail

/// How a program is used.
enum class use {
  training,    ///< forward and backward, with the estimators of the latents
  evaluation,  ///< forward, every latent drawn
};

/// A program resolved at compile time: the passes in their order, then the code of its steps.
/// Tokens of the guide come first.
template <class Tokens, std::size_t GuideTokens, class Objective, use Use>
struct resolved {
  static constexpr objective_traits objective = Objective::traits();
  static constexpr bool trains = Use == use::training;
  static constexpr std::size_t token_count = Tokens::size;

  static constexpr auto matched = [] {
    auto g = detail::describe_all<Tokens>::of();
    match(g, static_cast<int>(GuideTokens));
    return g;
  }();
  static constexpr std::size_t size = detail::describe_all<Tokens>::size;

  static constexpr auto shaped = [] {
    auto g = matched;
    if (g.ok()) infer_shapes(g);
    if (g.ok()) trace_dependence(g, 0, g.tokens);
    return g;
  }();
  static constexpr bool ok = shaped.ok();

  template <std::size_t I>
  using token_type = type_at<I, Tokens>;
  template <int L>
  using guide_family = typename detail::token_traits<
      token_type<static_cast<std::size_t>(shaped.latent(L).draw)>>::family;
  template <int L>
  using prior_family = typename detail::token_traits<token_type<static_cast<std::size_t>(
      shaped.latent(L).prior < 0 ? shaped.latent(L).draw : shaped.latent(L).prior)>>::family;
  static constexpr std::size_t latent_count =
      ok ? static_cast<std::size_t>(shaped.latent_count) : 0;

  template <int L>
  static constexpr own_term_ops own_ops() {
    using q = guide_family<L>;
    own_term_ops o;
    o.elementwise_log_q = ops::elementwise_op<typename q::log_prob>;
    if constexpr (family_with_entropy<q>)
      o.elementwise_entropy = ops::elementwise_op<typename q::entropy>;
    if constexpr (closed_kl<q, prior_family<L>>) {
      o.closed_kl = shaped.latent(L).prior >= 0;
      o.elementwise_kl = ops::elementwise_op<kl_divergence<q, prior_family<L>>>;
    }
    return o;
  }

  // Functions and not closures: GCC 12 cannot expand packs of a closure's body while it substitutes
  // into a declaration.
  template <std::size_t... L>
  static constexpr std::array<own_term_ops, max_latents> all_own_ops(std::index_sequence<L...>) {
    return {own_ops<static_cast<int>(L)>()...};
  }

  static constexpr auto termed = [] {
    auto g = shaped;
    if (g.ok()) list_terms(g, objective, all_own_ops(std::make_index_sequence<latent_count>{}));
    return g;
  }();

  template <std::size_t L>
  static constexpr latent_traits traits = traits_of(termed, static_cast<int>(L), objective);

  /// The estimator that the user named, or by_default.
  template <std::size_t L>
  using named_estimator = typename detail::token_traits<
      token_type<static_cast<std::size_t>(shaped.latent(static_cast<int>(L)).draw)>>::estimator;
  template <std::size_t L>
  static constexpr auto choose() {
    if constexpr (Use == use::evaluation) {
      return hana::type<ancestral>{};
    } else if constexpr (!std::is_same_v<named_estimator<L>, by_default>) {
      return hana::type<named_estimator<L>>{};
    } else {
      return hana::unpack(estimator_list,
                          [](auto... e) { return detail::first_preferred<resolved, L>(e...); });
    }
  }
  template <std::size_t L>
  using estimator_type = typename decltype(choose<L>())::type;

  template <std::size_t L>
  static constexpr estimator_info describe_estimator() {
    using E = estimator_type<L>;
    estimator_info info;
    if constexpr (gradient_estimator<E>) {  // diagnose.hpp says so where it is none
      info.name = E{}.name();
      info.reason = E::accepts(traits<L>);
      if constexpr (Use == use::training && std::is_same_v<named_estimator<L>, by_default>) {
        info.reason = E::preferred(traits<L>);
      } else if (Use == use::training && info.reason.yes) {
        info.reason.reason = "chosen with .by(...)";
      }
      info.bias = E::bias;
      if constexpr (requires { E::knob; }) info.knob = E::knob;
      info.probes = E::probes(traits<L>);
      if constexpr (requires { E::kept(traits<L>); }) info.kept = E::kept(traits<L>);
      if constexpr (requires { E::state(traits<L>); }) info.state = E::state(traits<L>);
    }
    return info;
  }
  template <std::size_t... L>
  static constexpr std::array<estimator_info, max_latents> describe_estimators(
      std::index_sequence<L...>) {
    return {describe_estimator<L>()...};
  }
  static constexpr std::array<estimator_info, max_latents> estimator_infos =
      describe_estimators(std::make_index_sequence<latent_count>{});

  static constexpr auto program = [] {
    auto g = termed;
    if (g.ok()) assign_axes(g, objective, estimator_infos);
    return g;
  }();
  static constexpr auto schedule = [] {
    return ok ? make_schedule(program, Use == use::evaluation) : step_list<size>{};
  }();
  static constexpr auto memory = [] {
    return ok ? plan_memory(program, schedule, objective, estimator_infos, Use == use::training)
              : memory_map<size>{};
  }();

  // The code.

  template <std::size_t I>
  static constexpr auto op_of() {
    if constexpr (I < token_count) {
      return hana::type<typename detail::token_traits<token_type<I>>::op>{};
    } else {
      constexpr int l = static_cast<int>(I - token_count);
      return hana::type<typename detail::own_term<termed.latent(l).term, guide_family<l>,
                                                  prior_family<l>>::type>{};
    }
  }
  template <std::size_t I>
  using op_type = typename decltype(op_of<I>())::type;

  template <std::size_t S>
  static constexpr step at = schedule[static_cast<int>(S)];

  /// Operand k of member m of step S: an input of the chain, or an earlier member.
  template <std::size_t S>
  static constexpr std::size_t operand(std::size_t m, std::size_t k) {
    const int node_of = program.input(at<S>.member[m], static_cast<int>(k));
    for (int i = 0; i < at<S>.inputs; ++i)
      if (at<S>.input[static_cast<std::size_t>(i)] == node_of) return static_cast<std::size_t>(i);
    for (std::size_t i = 0; i < m; ++i)
      if (at<S>.member[i] == node_of) return static_cast<std::size_t>(at<S>.inputs) + i;
    return 0;
  }
  template <std::size_t S>
  static constexpr std::uint32_t wanted() {
    std::uint32_t w = 0;
    for (int i = 0; i < at<S>.inputs; ++i)
      if (program[at<S>.input[static_cast<std::size_t>(i)]].learns) w |= 1u << i;
    return w;
  }
  template <std::size_t S, std::size_t M>
  static constexpr auto member_of() {
    constexpr auto node_of = static_cast<std::size_t>(at<S>.member[M]);
    using op = op_type<node_of>;
    return []<std::size_t... K>(std::index_sequence<K...>) {
      return hana::type<chain_member<op, operand<S>(M, K)...>>{};
    }
    (std::make_index_sequence<op::elementwise_arity>{});
  }
  template <std::size_t S>
  static constexpr auto chain_of() {
    return []<std::size_t... M>(std::index_sequence<M...>) {
      return hana::type<chain<static_cast<std::size_t>(at<S>.inputs), wanted<S>(),
                              typename decltype(member_of<S, M>())::type...>>{};
    }
    (std::make_index_sequence<static_cast<std::size_t>(at<S>.members)>{});
  }

  template <class T, std::size_t S>
  static constexpr kernel<T> kernel_of() {
    constexpr std::size_t i = static_cast<std::size_t>(at<S>.node);
    constexpr role what = program[static_cast<int>(i)].what;
    kernel<T> k;
    if constexpr (what == role::op || what == role::density || what == role::own_term) {
      using op = op_type<i>;
      if constexpr (at<S>.members > 0) {
        using fused = typename decltype(chain_of<S>())::type;
        k.forward = &fused::template forward<T>;
        if constexpr (program[static_cast<int>(i)].learns)
          k.pull_back = &fused::template pull_back<T>;
      } else {
        k.forward = [](const kernel_call<T>& call) {
          static_cast<const op*>(call.op)->forward(call);
        };
        if constexpr (program[static_cast<int>(i)].learns)
          k.pull_back = [](const kernel_call<T>& call) {
            static_cast<const op*>(call.op)->pull_back(call);
          };
      }
      if constexpr (requires(const row_difference_call<T>& call) { op::row_differences(call); })
        k.row_differences = &op::template row_differences<T>;
      if constexpr (requires(const op& o) { o.initial(std::size_t{}); })
        k.initial = [](const void* o, std::size_t b) {
          return static_cast<const op*>(o)->initial(b);
        };
    }
    return k;
  }
  template <class T>
  static constexpr auto kernels = [] {
    return []<std::size_t... S>(std::index_sequence<S...>) {
      return std::array<kernel<T>, sizeof...(S)>{kernel_of<T, S>()...};
    }
    (std::make_index_sequence<static_cast<std::size_t>(schedule.count)>{});
  }();

  template <class T, std::size_t L>
  static constexpr draw_code<T> draw_of() {
    using F = guide_family<static_cast<int>(L)>;
    using E = estimator_type<L>;
    draw_code<T> d;
    d.propose = [](const void* e, draw_rows<T>& rows) {
      static_cast<const E*>(e)->propose(draw_site<F, T>(rows));
    };
    d.pull_back = [](const void* e, draw_rows<T>& rows) {
      static_cast<const E*>(e)->pull_back(draw_site<F, T>(rows));
    };
    if constexpr (F::discrete) {
      d.set_site = [](T* value, std::size_t i, std::size_t j) {
        F::set_category(value, i, j, static_cast<std::size_t>(F::categories(shape{})));
      };
      d.site = [](const T* value, std::size_t i) {
        return F::category(value, i, static_cast<std::size_t>(F::categories(shape{})));
      };
    }
    if constexpr (requires(const E& e, draw_site<F, T> s, T* out) {
                    e.probe(s, std::size_t{}, std::size_t{}, out);
                  })
      d.probe = [](const void* e, draw_rows<T>& rows, std::size_t row, std::size_t p, T* out) {
        static_cast<const E*>(e)->probe(draw_site<F, T>(rows), row, p, out);
      };
    if constexpr (requires(const E& e, std::span<T> s, std::span<const T> u) { e.commit(s, u); })
      d.commit = [](const void* e, std::span<T> state, std::span<const T> update) {
        static_cast<const E*>(e)->commit(state, update);
      };
    return d;
  }
  template <class T>
  static constexpr auto draws = [] {
    return []<std::size_t... L>(std::index_sequence<L...>) {
      return std::array<draw_code<T>, sizeof...(L)>{draw_of<T, L>()...};
    }
    (std::make_index_sequence<latent_count>{});
  }();

  template <class T>
  static constexpr program_tables<T> tables() {
    program_tables<T> t;
    t.nodes = program.nodes;
    t.steps = std::span<const step>(schedule.steps).first(static_cast<std::size_t>(schedule.count));
    t.latents = std::span<const latent_info>(program.latents).first(latent_count);
    t.estimators = std::span<const estimator_info>(estimator_infos).first(latent_count);
    t.plates = std::span<const plate_info>(program.plates)
                   .first(static_cast<std::size_t>(program.plate_count));
    t.value_offset = memory.value;
    t.adjoint_offset = memory.adjoint;
    t.kernels = kernels<T>;
    t.draws = draws<T>;
    t.global_size = memory.global_size;
    t.datum_size = memory.datum_size;
    t.data_plate = program.data_plate;
    t.objective = objective;
    t.training = Use == use::training;
    return t;
  }

  /// Where each node finds its op or estimator. `collected` holds what the tokens carry; what the
  /// compiler added, or chose by default, has no state and stands here.
  static std::vector<const void*> op_values(const std::vector<const void*>& collected) {
    std::vector<const void*> out(size, nullptr);
    std::copy(collected.begin(), collected.end(), out.begin());
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      // Not a fold: Clang nests those at most 256 deep.
      static_cast<void>(std::initializer_list<int>{(place_default<I>(out), 0)...});
    }
    (std::make_index_sequence<token_count + latent_count>{});
    [&]<std::size_t... L>(std::index_sequence<L...>) { (place_estimator<L>(out), ...); }
    (std::make_index_sequence<latent_count>{});
    return out;
  }

 private:
  template <class X>
  static constexpr X stateless{};
  template <std::size_t I>
  static void place_default(std::vector<const void*>& out) {
    constexpr role what = program[static_cast<int>(I)].what;
    constexpr bool added =
        what == role::density || what == role::own_term ||
        (what == role::op && program[static_cast<int>(I)].token == node::token_kind::part);
    if constexpr (added) out[I] = &stateless<op_type<I>>;
  }
  template <std::size_t L>
  static void place_estimator(std::vector<const void*>& out) {
    if constexpr (!std::is_same_v<estimator_type<L>, named_estimator<L>>)
      out[static_cast<std::size_t>(shaped.latent(static_cast<int>(L)).draw)] =
          &stateless<estimator_type<L>>;
  }
};

}  // namespace variad
