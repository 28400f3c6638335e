#pragma once

#include <array>
#include <vector>

#include <variad/dsl/code/chain.hpp>
#include <variad/dsl/code/objective_code.hpp>
#include <variad/dsl/code/op_code.hpp>
#include <variad/dsl/engine/tables.hpp>
#include <variad/dsl/passes/resolve.hpp>

namespace variad::internals {

/// The code of a resolved program R: what each step runs forward and backward, for a value type T.
template <class R>
struct program_code {
  static constexpr const auto& program = R::program;
  static constexpr const auto& schedule = R::schedule;
  static constexpr std::size_t token_count = R::token_count;
  static constexpr std::size_t latent_count = R::latent_count;

  template <node_id I>
  using op_type = typename R::template op_type<I>;
  template <std::size_t S>
  static constexpr step at = schedule[S];

  /// Operand k of member m of step S: an input of the chain, or an earlier member.
  template <std::size_t S>
  static constexpr std::size_t operand(std::size_t m, std::size_t k) {
    const node_id read = program[at<S>.members[m]].inputs[k];
    for (std::size_t i = 0; i < at<S>.inputs.size(); ++i)
      if (at<S>.inputs[i] == read) return i;
    for (std::size_t i = 0; i < m; ++i)
      if (at<S>.members[i] == read) return at<S>.inputs.size() + i;
    return 0;
  }
  /// The inputs whose adjoints are wanted, a bit each; of a surrogate, on the first way back or on
  /// the second.
  template <std::size_t S>
  static constexpr std::uint32_t wanted(bool second = false) {
    const node& n = program[at<S>.node];
    std::uint32_t w = 0;
    for (std::size_t i = 0; i < at<S>.inputs.size(); ++i)
      if (const node& in = program[at<S>.inputs[i]];
          in.learns && (second ? is_free_in(n, in) : hands_on(n, in)))
        w |= 1u << i;
    return w;
  }
  template <std::size_t S, std::size_t M>
  static constexpr auto member_of() {
    using op = op_type<at<S>.members[M]>;
    return []<std::size_t... K>(std::index_sequence<K...>) {
      return hana::type<chain_member<op, operand<S>(M, K)...>>{};
    }
    (std::make_index_sequence<op::elementwise_arity>{});
  }
  template <std::size_t S>
  static constexpr auto chain_of() {
    return []<std::size_t... M>(std::index_sequence<M...>) {
      return hana::type<
          chain<at<S>.inputs.size(), typename decltype(member_of<S, M>())::type...>>{};
    }
    (std::make_index_sequence<at<S>.members.size()>{});
  }

  template <class T, std::size_t S>
  static constexpr kernel<T> kernel_of() {
    constexpr node_id i = at<S>.node;
    constexpr role what = program[i].what;
    constexpr bool learns = program[i].learns, moves = program[i].moves;
    constexpr bool alone = at<S>.members.size() == 0;
    kernel<T> k;
    if constexpr (what == role::op || what == role::density || what == role::own_term) {
      using op = op_type<i>;
      k = code_of_op<op, T, alone, learns>();
      if constexpr (!alone) {
        using fused = typename decltype(chain_of<S>())::type;
        k.forward = &fused::template forward<T>;
        k.begins_sums = true;
        if constexpr (learns) k.pull_back = &fused::template pull_back<wanted<S>(), T>;
        if constexpr (moves) {
          k.forward_along = &fused::template forward_along<T>;
          k.pull_back_along = &fused::template pull_back_along<wanted<S>(true), T>;
        }
      } else if constexpr (moves) {
        run_along<op>(k);
      }
    }
    return k;
  }
  template <class T>
  static constexpr auto kernels = [] {
    return []<std::size_t... S>(std::index_sequence<S...>) {
      return std::array<kernel<T>, sizeof...(S)>{kernel_of<T, S>()...};
    }
    (std::make_index_sequence<schedule.count>{});
  }();

  template <class T, latent_id L>
  static constexpr draw_code<T> draw_of() {
    return code_of_draw<typename R::template estimator_type<L>,
                        typename R::template guide_family<L>, T>();
  }
  template <class T>
  static constexpr auto draws = [] {
    return []<std::size_t... L>(std::index_sequence<L...>) {
      return std::array<draw_code<T>, sizeof...(L)>{draw_of<T, id_at<latent_id>(L)>()...};
    }
    (std::make_index_sequence<latent_count>{});
  }();

  template <class T>
  static constexpr program_tables<T> tables() {
    program_tables<T> t;
    t.nodes = {program.nodes.items};
    t.steps = {schedule.items, schedule.count};
    t.latents = {{program.latents.items, latent_count}};
    t.estimators = {{R::estimator_infos.items, latent_count}};
    t.plates = {{program.plates.items, program.plate_count}};
    t.value_offset = {R::memory.value.items};
    t.adjoint_offset = {R::memory.adjoint.items};
    t.kernels = kernels<T>;
    t.draws = {draws<T>};
    t.added = {added.items};
    t.global_size = R::memory.global_size;
    t.datum_size = R::memory.datum_size;
    t.data_plate = program.data_plate;
    t.objective = R::objective;
    t.weighing = code_of_objective<typename R::objective_type, R::trains, T>();
    t.training = R::trains;
    t.ancestral = R::guide_tokens == token_count;
    return t;
  }

 private:
  template <class X>
  static constexpr X stateless{};
  template <node_id I>
  static constexpr const void* added_op() {
    constexpr role what = program[I].what;
    if constexpr (what == role::density || what == role::own_term ||
                  (what == role::op && program[I].token == node::token_kind::part))
      return &stateless<op_type<I>>;
    return nullptr;
  }
  template <latent_id L>
  static constexpr const void* added_estimator() {
    using chosen = typename R::template estimator_type<L>;
    if constexpr (!std::is_same_v<chosen, typename R::template named_estimator<L>>)
      return &stateless<chosen>;
    return nullptr;
  }
  /// By node, the ops and estimators that no token carries: what the compiler added, or chose by
  /// default, has no state and stands here.
  static constexpr id_array<node_id, const void*, R::size> added = [] {
    id_array<node_id, const void*, R::size> out{};
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      std::size_t i = 0;
      for (const void* op : {added_op<id_at<node_id>(I)>()...}) out.items[i++] = op;
    }
    (std::make_index_sequence<token_count + latent_count>{});
    [&]<std::size_t... L>(std::index_sequence<L...>) {
      std::size_t l = 0;
      for (const void* e :
           {added_estimator<id_at<latent_id>(L)>()..., static_cast<const void*>(nullptr)}) {
        if (e != nullptr) out[program.latent(id_at<latent_id>(l)).draw] = e;
        ++l;
      }
    }
    (std::make_index_sequence<latent_count>{});
    return out;
  }();
};

/// A resolved program R as data and code, over a value type T.
template <class R, class T>
inline constexpr program_tables<T> tables_of = program_code<R>::template tables<T>();

}  // namespace variad::internals
