#pragma once

#include <vector>

#include <variad/dsl/compiler/resolve.hpp>
#include <variad/dsl/engine/chain.hpp>
#include <variad/dsl/engine/tables.hpp>

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
    using F = typename R::template guide_family<static_cast<int>(L)>;
    using E = typename R::template estimator_type<L>;
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
    t.training = R::trains;
    return t;
  }

  /// Where each node finds its op or estimator. `collected` holds what the tokens carry; what the
  /// compiler added, or chose by default, has no state and stands here.
  static std::vector<const void*> op_values(const std::vector<const void*>& collected) {
    std::vector<const void*> out(R::size, nullptr);
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
    if constexpr (!std::is_same_v<typename R::template estimator_type<L>,
                                  typename R::template named_estimator<L>>)
      out[static_cast<std::size_t>(R::shaped.latent(static_cast<int>(L)).draw)] =
          &stateless<typename R::template estimator_type<L>>;
  }
};

}  // namespace variad
