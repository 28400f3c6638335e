#pragma once

#include <array>
#include <vector>

#include <variad/dsl/code/chain.hpp>
#include <variad/dsl/code/objective_code.hpp>
#include <variad/dsl/code/op_code.hpp>
#include <variad/dsl/engine/tables.hpp>
#include <variad/dsl/passes/resolve.hpp>

namespace variad {

/// The code of a resolved program R: what each step runs forward and backward, for a value type T.
template <class R>
struct program_code {
  static constexpr const auto& program = R::program;
  static constexpr const auto& schedule = R::schedule;
  static constexpr std::size_t token_count = R::token_count;
  static constexpr std::size_t latent_count = R::latent_count;

  template <std::size_t I>
  using op_type = typename R::template op_type<I>;
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
  /// The inputs whose adjoints are wanted, a bit each; of a surrogate, on the first way back or on
  /// the second.
  template <std::size_t S>
  static constexpr std::uint32_t wanted(bool second = false) {
    const node& n = program[at<S>.node];
    std::uint32_t w = 0;
    for (int i = 0; i < at<S>.inputs; ++i)
      if (const node& in = program[at<S>.input[static_cast<std::size_t>(i)]];
          in.learns && (second ? is_free_in(n, in) : hands_on(n, in)))
        w |= 1u << i;
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
      return hana::type<chain<static_cast<std::size_t>(at<S>.inputs),
                              typename decltype(member_of<S, M>())::type...>>{};
    }
    (std::make_index_sequence<static_cast<std::size_t>(at<S>.members)>{});
  }

  template <class T, std::size_t S>
  static constexpr kernel<T> kernel_of() {
    constexpr std::size_t i = static_cast<std::size_t>(at<S>.node);
    constexpr role what = program[static_cast<int>(i)].what;
    constexpr bool learns = program[static_cast<int>(i)].learns;
    constexpr bool moves = program[static_cast<int>(i)].moves;
    kernel<T> k;
    if constexpr (what == role::op || what == role::density || what == role::own_term) {
      using op = op_type<i>;
      k = detail::code_of_op<op, T, (at<S>.members == 0), learns>();
      if constexpr (at<S>.members > 0) {
        using fused = typename decltype(chain_of<S>())::type;
        k.forward = &fused::template forward<T>;
        k.begins_sums = true;
        if constexpr (learns) k.pull_back = &fused::template pull_back<wanted<S>(), T>;
        if constexpr (moves) {
          k.forward_along = &fused::template forward_along<T>;
          k.pull_back_along = &fused::template pull_back_along<wanted<S>(true), T>;
        }
      } else if constexpr (moves) {
        detail::run_along<op>(k);
      }
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
    return detail::code_of_draw<typename R::template estimator_type<L>,
                                typename R::template guide_family<static_cast<int>(L)>, T>();
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
    t.estimators = std::span<const estimator_info>(R::estimator_infos).first(latent_count);
    t.plates = std::span<const plate_info>(program.plates)
                   .first(static_cast<std::size_t>(program.plate_count));
    t.value_offset = R::memory.value;
    t.adjoint_offset = R::memory.adjoint;
    t.kernels = kernels<T>;
    t.draws = draws<T>;
    t.global_size = R::memory.global_size;
    t.datum_size = R::memory.datum_size;
    t.data_plate = program.data_plate;
    t.objective = R::objective;
    t.weighing = detail::code_of_objective<typename R::objective_type, R::trains, T>();
    t.training = R::trains;
    t.ancestral = R::guide_tokens == token_count;
    return t;
  }

  /// Where each node finds its op or estimator. `collected` holds what the tokens carry; what the
  /// compiler added, or chose by default, has no state and stands here.
  static std::vector<const void*> op_values(const std::vector<const void*>& collected) {
    std::vector<const void*> out(added.begin(), added.end());
    for (std::size_t i = 0; i < collected.size(); ++i)
      if (out[i] == nullptr) out[i] = collected[i];
    return out;
  }

 private:
  template <class X>
  static constexpr X stateless{};
  template <std::size_t I>
  static constexpr const void* added_op() {
    constexpr role what = program[static_cast<int>(I)].what;
    if constexpr (what == role::density || what == role::own_term ||
                  (what == role::op &&
                   program[static_cast<int>(I)].token == node::token_kind::part))
      return &stateless<op_type<I>>;
    return nullptr;
  }
  template <std::size_t L>
  static constexpr const void* added_estimator() {
    using chosen = typename R::template estimator_type<L>;
    if constexpr (!std::is_same_v<chosen, typename R::template named_estimator<L>>)
      return &stateless<chosen>;
    return nullptr;
  }
  static constexpr std::array<const void*, R::size> added = [] {
    std::array<const void*, R::size> out{};
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      std::size_t i = 0;
      for (const void* op : {added_op<I>()...}) out[i++] = op;
    }
    (std::make_index_sequence<token_count + latent_count>{});
    [&]<std::size_t... L>(std::index_sequence<L...>) {
      int l = 0;
      for (const void* e : {static_cast<const void*>(nullptr), added_estimator<L>()...}) {
        if (e != nullptr) out[static_cast<std::size_t>(R::shaped.latent(l - 1).draw)] = e;
        ++l;
      }
    }
    (std::make_index_sequence<latent_count>{});
    return out;
  }();
};

}  // namespace variad
