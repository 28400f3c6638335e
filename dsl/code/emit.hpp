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

  /// Axes that have one row however the program is run.
  static constexpr axes single_axes = [] {
    axes a = 0;
    if (R::objective.replicates == 1) a |= axis_bit(replicate_axis);
    if (R::objective.importance == 1) a |= axis_bit(importance_axis);
    for (const plate_id p : program.plate_ids())
      if (p != program.data_plate && program.plates[p].size == 1) a |= axis_bit(p);
    std::size_t k = first_enumerated_axis;
    for (const latent_id l : program.latent_ids())
      if (program.latent(l).enumerated) {
        if (R::estimator_infos[l].probes.count == 1) a |= axis_bit(k);
        ++k;
      }
    return a;
  }();
  /// How operands move along the innermost loop: of nodes in this order, the last is the output.
  template <class T, std::size_t N>
  static constexpr lane_steps lane_steps_of(const std::array<node_id, N>& nodes,
                                            const shape& domain) {
    std::array<loop_operand, N> operands;
    for (std::size_t o = 0; o < N; ++o)
      operands[o] = {program[nodes[o]].axes, program[nodes[o]].event};
    return steps_of(order_loops<T>(operands, N, domain, single_axes), operands, N);
  }
  template <class T, std::size_t S>
  static constexpr lane_steps steps_of_chain() {
    std::array<node_id, at<S>.inputs.size() + 1> nodes{};
    for (std::size_t i = 0; i < at<S>.inputs.size(); ++i) nodes[i] = at<S>.inputs[i];
    nodes.back() = at<S>.node;
    return lane_steps_of<T>(nodes, program[at<S>.node].domain);
  }
  /// Whether alternatives are evaluated through it, with an axis of their own.
  template <std::size_t S>
  static constexpr bool has_alternatives_before() {
    for (const latent_id l : program.latent_ids())
      if (holds(program[at<S>.node].depends, l) && has_alternatives(R::estimator_infos[l].probes))
        return true;
    return false;
  }

  template <class T, std::size_t S>
  static constexpr kernel<T> kernel_of() {
    constexpr node_id i = at<S>.node;
    constexpr role what = program[i].what;
    constexpr bool learns = program[i].learns, moves = program[i].moves;
    constexpr bool alone = at<S>.members.size() == 0;
    kernel<T> k;
    if constexpr (what == role::op || is_term(program[i])) {
      using op = op_type<i>;
      k = code_of_op<op, T, alone, learns>();
      if constexpr (!alone) {
        using fused = typename decltype(chain_of<S>())::type;
        constexpr lane_steps steps = steps_of_chain<T, S>();
        constexpr lane_steps forth = has_alternatives_before<S>() ? lane_steps{} : steps;
        k.forward = &fused::template forward<forth, T>;
        k.begins_sums = true;
        if constexpr (learns) k.pull_back = &fused::template pull_back<wanted<S>(), steps, T>;
        if constexpr (moves) {
          k.forward_along = &fused::template forward_along<steps, T>;
          k.pull_back_along = &fused::template pull_back_along<wanted<S>(true), steps, T>;
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

  /// The lane steps of a draw that is made of noise, of (noise, parameters..., value).
  template <class T, latent_id L, std::size_t N>
  static constexpr lane_steps steps_of_draw() {
    const node& draw = program[program.latent(L).draw];
    std::array<loop_operand, N> of;
    of.front() = of.back() = {draw.axes, draw.event};
    for (std::size_t j = 0; j + 2 < N; ++j)
      of[j + 1] = {program[draw.inputs[j]].axes, program[draw.inputs[j]].event};
    return internals::steps_of(order_loops<T>(of, N, draw.event, single_axes), of, N);
  }
  /// Its parameters that learn, as inputs beside the noise.
  template <latent_id L>
  static constexpr std::uint32_t wanted_of_draw() {
    const node& draw = program[program.latent(L).draw];
    std::uint32_t w = 0;
    for (std::size_t j = 0; j < draw.arity; ++j)
      if (program[draw.inputs[j]].learns) w |= 2u << j;
    return w;
  }
  template <class T, latent_id L>
  static constexpr draw_code<T> draw_of() {
    using estimator = typename R::template estimator_type<L>;
    using family = typename R::template guide_family<L>;
    draw_code<T> d = code_of_draw<estimator, family, T>();
    if constexpr (estimator::traits.keeps_noise && requires {
                    typename family::noise;
                    typename family::transformed;
                  }) {
      using op = typename family::transformed;
      using moved = decltype(chain_alone<op>());
      constexpr lane_steps known = steps_of_draw<T, L, op::elementwise_arity + 1>();
      d.move = &moved::template forward<known, T>;
      if constexpr (R::trains && wanted_of_draw<L>() != 0)
        d.move_back = &moved::template pull_back<wanted_of_draw<L>(), known, T>;
    }
    return d;
  }
  template <class T>
  static constexpr auto draws = [] {
    return []<std::size_t... L>(std::index_sequence<L...>) {
      return std::array<draw_code<T>, sizeof...(L)>{draw_of<T, id_at<latent_id>(L)>()...};
    }
    (std::make_index_sequence<latent_count>{});
  }();

  template <class T, latent_id L>
  static constexpr family_code<T> prior_draw_of() {
    constexpr const latent_info& l = program.latent(L);
    if constexpr (!R::trains && exists(l.prior) && program.is_group(program[l.draw].plate))
      if constexpr (samplable_family<typename R::template prior_family<L>> &&
                    !R::template prior_family<L>::traits.prior_only)
        return code_of_draw<typename R::template prior_family<L>, T>();
    return {};
  }
  template <class T>
  static constexpr auto prior_draws = [] {
    return []<std::size_t... L>(std::index_sequence<L...>) {
      return std::array<family_code<T>, sizeof...(L)>{prior_draw_of<T, id_at<latent_id>(L)>()...};
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
    t.one_site = {{R::one_site_paths.items, latent_count}};
    t.value_offset = {R::memory.value.items};
    t.adjoint_offset = {R::memory.adjoint.items};
    t.kernels = kernels<T>;
    t.draws = {draws<T>};
    t.prior_draws = {prior_draws<T>};
    t.added = {added.items};
    t.global = R::memory.global;
    t.groups = {{R::memory.groups.items, program.plate_count}};
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
    if constexpr (is_term(program[I]) ||
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
