#pragma once

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/graph/node.hpp>
#include <variad/dsl/ops/masked.hpp>
#include <variad/dsl/ops/total.hpp>
#include <variad/dsl/passes/flatten.hpp>
#include <variad/dsl/syntax/literal.hpp>

/// What a token says of its node.
namespace variad::internals {

template <class Op>
constexpr node describe_op() {
  node n;
  n.op = Op::name;
  n.event_rule = &Op::event;
  if constexpr (ops::elementwise_op<Op>) {
    n.elementwise = true;
    n.sums = Op::traits.sums_event;
  }
  n.differentiable = Op::traits.differentiable;
  n.without_derivative = n.differentiable ? Op::traits.without_derivative : ~std::uint32_t{};
  n.updates_one_site = op_members<Op>::one_site_update;
  n.moves_by_rows = op_members<Op>::one_site_rows;
  n.has_row_differences = op_members<Op>::row_differences;
  n.adds = Op::traits.adds;
  n.per_row = Op::traits.per_row;
  n.draws_numbers = Op::traits.draws;
  n.takes_rows = Op::traits.takes_rows;
  n.reduced_plate = Op::traits.reduced_plate;
  n.batch_statistics = op_members<Op>::coupled_rows;
  n.shares_gradient = op_members<Op>::add_gradient;
  if constexpr (op_members<Op>::parameters) {
    n.parameter_count = Op::parameter_count;
    n.parameter_rule = &Op::parameter_shape;
    n.parameter_name = &Op::parameter_name;
  }
  if constexpr (requires { Op::layer_name; }) n.layer = Op::layer_name;
  if constexpr (op_members<Op>::index_limit) n.index_rule = &Op::index_limit;
  n.literal = std::is_same_v<Op, ops::literal>;
  n.drawn_value = std::is_same_v<Op, ops::drawn_value>;
  n.differentiates_twice = n.drawn_value || op_members<Op>::differentiates_twice;
  return n;
}

template <family F>
constexpr family_info describe_family() {
  family_info t;
  t.name = F::name;
  t.values = F::traits.values;
  t.discrete = F::traits.discrete;
  t.reparameterizable = reparameterizable_family<F>;
  t.can_sample = samplable_family<F>;
  t.prior_only = F::traits.prior_only;
  t.product = is_product<F>;
  if constexpr (F::traits.discrete) t.categories = F::categories(shape{});
  if constexpr (reparameterizable_family<F>) t.noise_size = &F::noise_size;
  t.value_shape = &F::value_shape;
  t.parameter_shape = &F::parameter_shape;
  for (std::size_t i = 0; i < F::parameter_rules.size(); ++i) {
    t.constraints[i] = F::parameter_rules[i].must_be;
    t.parameter_names[i] = F::parameter_rules[i].name;
  }
  return t;
}

/// "z1,z2": the variables of a joint draw under one label.
template <class... V>
struct joined {
  static constexpr std::size_t length = (V::variable_name::view.size() + ... + (sizeof...(V) - 1));
  static constexpr std::array<char, length + 1> text = [] {
    std::array<char, length + 1> out{};
    std::size_t at = 0;
    ((at > 0 ? void(out[at++] = ',') : void(),
      [&] {
        for (char c : V::variable_name::view) out[at++] = c;
      }()),
     ...);
    return out;
  }();
  static constexpr std::string_view view{text.data(), length};
};

template <class... V>
constexpr shape declared_of() {
  if constexpr (sizeof...(V) == 1) {
    return (V::declared, ...);
  } else {
    return shape_of((V::declared.size() + ...));
  }
}
template <class First, class...>
struct first_of {
  using type = First;
};

/// What a draw and a density have alike: a family of A parameters, and the variables V.
template <class F, std::size_t A, class... V>
constexpr void describe_variables(node& n) {
  n.variable = first_of<V...>::type::variable_name::view;
  n.label = joined<V...>::view;
  n.kind = first_of<V...>::type::kind;
  n.declared = declared_of<V...>();
  n.arity = A;
  n.variables = sizeof...(V);
  n.family = describe_family<F>();
  n.has_gaps = have_gaps<V...>;
  n.leaves_gaps_out = leaves_gaps_out<F>(n.declared.size());
}

/// Whether the op or the family of a token is whole.
template <class Token>
inline constexpr bool is_whole = true;
template <class Op, std::size_t A>
inline constexpr bool is_whole<token::apply<Op, A>> = op_members<Op>::complete;
template <class F, class E, std::size_t A, class... V>
inline constexpr bool is_whole<token::draw<F, E, A, V...>> = family<F>;
template <class F, std::size_t A, class... V>
inline constexpr bool is_whole<token::density<F, A, V...>> = family<F>;
template <class F, std::size_t A, class... V>
inline constexpr bool is_whole<token::data_density<F, A, V...>> = family<F>;

template <class Token>
struct describe;
template <class Op, std::size_t A>
struct describe<token::apply<Op, A>> {
  static constexpr node of() {
    node n = describe_op<Op>();
    n.arity = A;
    return n;
  }
};
template <class Reference>
struct describe<token::refer<Reference>> {
  static constexpr node of() {
    node n;
    n.token = node::token_kind::refer;
    n.op = "data";
    n.variable = Reference::variable_name::view;
    n.kind = Reference::kind;
    n.reads = Reference::reads;
    n.declared = Reference::declared;
    return n;
  }
};
template <class N>
struct describe<token::define<N>> {
  static constexpr node of() {
    node n;
    n.token = node::token_kind::define;
    n.variable = N::view;
    return n;
  }
};
template <class F, class E, std::size_t A, class... V>
struct describe<token::draw<F, E, A, V...>> {
  static constexpr node of() {
    node n;
    n.token = node::token_kind::draw;
    n.op = "draw";
    describe_variables<F, A, V...>(n);
    n.chosen = !std::is_same_v<E, by_default>;
    n.drawn_value = has_surrogate<E>;
    return n;
  }
};
template <int Count, class V>
struct describe<token::network<Count, V>> {
  static constexpr node of() {
    node n;
    n.token = node::token_kind::network;
    n.arity = Count;
    return n;
  }
};
template <class V, int Offset>
struct describe<token::part<V, Offset>> {
  static constexpr node of() {
    node n;
    n.token = node::token_kind::part;
    n.op = "part";
    n.variable = V::variable_name::view;
    n.kind = V::kind;
    n.declared = V::declared;
    return n;
  }
};
/// The op of the density of variables V: of those that may have gaps, the part of what is missing.
template <class F, class... V>
constexpr auto density_op() {
  if constexpr (have_gaps<V...>)
    return hana::type<masked<typename F::log_prob, ops::rows_with::some>>{};
  else
    return hana::type<typename F::log_prob>{};
}
template <class F, std::size_t A, class... V>
struct describe<token::density<F, A, V...>> {
  static constexpr node of() {
    node n = describe_op<typename decltype(density_op<F, V...>())::type>();
    n.token = node::token_kind::density;
    describe_variables<F, A, V...>(n);
    return n;
  }
};
template <class F, std::size_t A, class... V>
struct describe<token::data_density<F, A, V...>> {
  static constexpr node of() {
    node n = describe_op<density_of_known<F>>();
    n.token = node::token_kind::data_density;
    describe_variables<F, A, V...>(n);
    return n;
  }
};
template <bool OfTraining>
struct describe<token::term<OfTraining>> {
  static constexpr node of() {
    node n = describe_op<ops::total>();
    n.token = node::token_kind::term;
    n.of_training = OfTraining;
    return n;
  }
};
template <class N, int Size>
struct describe<token::open_plate<N, Size>> {
  static constexpr node of() {
    node n;
    n.token = node::token_kind::open;
    n.variable = N::view;
    n.plate_size = Size;
    return n;
  }
};
template <>
struct describe<token::close_plate> {
  static constexpr node of() {
    node n;
    n.token = node::token_kind::close;
    return n;
  }
};

}  // namespace variad::internals
