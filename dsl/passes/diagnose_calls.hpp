#pragma once

#include <iosfwd>

#include <variad/dsl/passes/diagnose.hpp>

/// Finds the mistake of a call, in the data that it binds or the variable that it asks for, and
/// puts it where the result would be.
namespace variad::internals::problem {

/// The node of the value of a variable that is drawn, or none.
template <class R>
constexpr node_id drawn_node(std::string_view name) {
  return first_of(R::program.token_ids(), [&](node_id i) {
    return R::program[i].variable == name && is_variable_drawn(R::program[i]);
  });
}
/// The node, where the mean of its draw or density is known: of variables drawn on their own, and
/// by no Boltzmann machine. Else none.
template <class R>
constexpr node_id node_with_mean(node_id i) {
  if (!exists(i) || R::program[i].family.prior_only) return node_id::none;
  return R::program[i].token == node::token_kind::part ? node_id::none : i;
}
template <class R, node_id I, class Missing, class Name>
constexpr auto lack_of_mean() {
  if constexpr (!exists(I))
    return hana::type<Missing>{};
  else if constexpr (R::program[I].family.prior_only)
    return hana::type<boltzmann_has_no_mean<Name>>{};
  else
    return hana::type<model_draws_it_with_others<Name>>{};
}
/// Whether a name is among those of a label, `a` or `a,b`.
constexpr bool lists_name(std::string_view label, std::string_view name) {
  for (std::size_t begin = 0; begin <= label.size();) {
    const std::size_t end = std::min(label.find(',', begin), label.size());
    if (label.substr(begin, end - begin) == name) return true;
    begin = end + 1;
  }
  return false;
}
/// The density of an observed variable, or none.
template <class R>
constexpr node_id density_node(std::string_view name) {
  return first_of(R::program.token_ids(), [&](node_id i) {
    const node& n = R::program[i];
    return n.what == role::density && n.label == name && n.kind == variable_kind::observed;
  });
}
/// The data node of this name, or none.
template <class R>
constexpr node_id data_node(std::string_view name) {
  return first_of(R::program.token_ids(), [&](node_id i) {
    return R::program[i].what == role::data && R::program[i].variable == name;
  });
}
/// What a call wants of a program: nodes, a flag each.
template <class R>
using wanted_nodes = id_array<node_id, bool, R::size>;
/// Everything.
struct all {
  template <class R>
  static constexpr wanted_nodes<R> of() {
    wanted_nodes<R> out{};
    for (bool& b : out) b = true;
    return out;
  }
};
/// A node, or its inputs from `First` on; everything where there is no node.
template <node_id Node, int First = -1>
struct one {
  template <class R>
  static constexpr wanted_nodes<R> of() {
    if (!exists(Node)) return all::of<R>();
    wanted_nodes<R> out{};
    if (First < 0) out[Node] = true;
    for (std::size_t j = 0; First >= 0 && j < R::program[Node].inputs.size(); ++j)
      out[R::program[Node].inputs[j]] = j >= static_cast<std::size_t>(First);
    return out;
  }
};
/// The draws of the guide.
struct guide_draws {
  template <class R>
  static constexpr wanted_nodes<R> of() {
    wanted_nodes<R> out{};
    for (const node_id i : R::program.token_ids())
      out[i] = R::program[i].in_guide && R::program[i].what == role::draw;
    return out;
  }
};
/// What these nodes depend on, themselves among it.
template <class R>
constexpr wanted_nodes<R> nodes_behind(wanted_nodes<R> out) {
  // An input may stand behind its reader: a draw of the guide is a token before those of the model.
  for (bool grows = true; grows;) {
    grows = false;
    for (const node_id i : R::program.token_ids())
      if (out[i])
        for (const node_id in : R::program[i].inputs) {
          grows |= !out[in];
          out[in] = true;
        }
  }
  return out;
}
/// The first data node among those that no binding of these names fills, or none.
template <class R, class Wanted, class... Name>
constexpr node_id unbound_node() {
  const auto needed = nodes_behind<R>(Wanted::template of<R>());
  return first_of(R::program.token_ids(), [&](node_id i) {
    const node& n = R::program[i];
    return n.what == role::data && n.active && needed[i] && !((Name::view == n.variable) || ...);
  });
}
template <class R>
constexpr auto unknown_names() {
  return hana::type<none>{};
}
template <class R, class First, class... Rest>
constexpr auto unknown_names() {
  if constexpr (!exists(data_node<R>(First::view)))
    return hana::type<unknown_data<First>>{};
  else
    return unknown_names<R, Rest...>();
}
/// Of data that program P knows by name, and R runs with.
template <class R, class P, class Wanted, class... Name>
constexpr auto data_problem() {
  if constexpr (!is_none<typename decltype(unknown_names<P, Name...>())::type>)
    return unknown_names<P, Name...>();
  else if constexpr (exists(unbound_node<R, Wanted, Name...>()))
    return hana::type<data_lacks<name_at<R, unbound_node<R, Wanted, Name...>()>>>{};
  else
    return hana::type<none>{};
}

/// What a call with a mistake returns in place of its result. It is made from anything and becomes
/// the result, so that the mistake is the only error.
template <class Result, class Problem>
struct instead : Problem {
  template <class... A>
  constexpr instead(const A&...) {}
  operator Result() const;
  friend std::ostream& operator<<(std::ostream& out, const instead&) { return out; }
};
/// Of a result that users read the members of: they are there.
template <class Result, class Problem>
requires std::is_aggregate_v<Result>
struct instead<Result, Problem> : Problem, Result {
  template <class... A>
  constexpr instead(const A&...) {}
  friend std::ostream& operator<<(std::ostream& out, const instead&) { return out; }
};

/// The mistake of binding data of these names, which P knows, for all that R runs.
template <class R, class P, class... Name>
using of_data = typename decltype(data_problem<R, P, all, Name...>())::type;
/// The same, for what some nodes of R depend on.
template <class R, class Wanted, class... Name>
using of_data_behind = typename decltype(data_problem<R, R, Wanted, Name...>())::type;

/// Result, or the first of these mistakes instead.
template <class Result, class... Problem>
struct unless {
  using type = Result;
};
template <class Result, class First, class... Rest>
struct unless<Result, First, Rest...> {
  using type = instead<Result, First>;
};
template <class Result, class... Rest>
struct unless<Result, none, Rest...> : unless<Result, Rest...> {};

/// What a call returns that runs R with data bound by name, as program P (the trained one) reads
/// it.
template <class Result, class R, class P, class Bindings, class... Also>
struct reading;
template <class Result, class R, class P, class... B, class... Also>
struct reading<Result, R, P, type_list<B...>, Also...>
    : unless<Result, of<R>, of_data<R, P, typename B::variable_name...>, Also...> {};

/// The mistake of naming a variable that a program lacks.
template <bool Found, class Missing>
using if_missing = std::conditional_t<Found, none, Missing>;

/// The mistake of asking for the mean of a node without one; `Missing` where there is no node.
template <class R, node_id Node, template <class...> class Missing, class Name>
using no_mean = typename decltype(lack_of_mean<R, Node, Missing<Name>, Name>())::type;

/// What a query returns that runs R for a node, with data bound by name; `Missing` is the mistake
/// where R has no such node.
template <class Result, class R, node_id Node, int First, class Missing, class... B>
struct asking : unless<Result, of<R>, if_missing<exists(Node), Missing>,
                       of_data_behind<R, one<Node, First>, typename B::variable_name...>> {};
/// The same, of all draws of the guide.
template <class Result, class R, class... B>
struct asking_for_draws
    : unless<Result, of<R>, of_data_behind<R, guide_draws, typename B::variable_name...>> {};

/// The density that an observed variable is drawn from given data, or no node and what lacks.
template <class R, node_id Density, class Name>
struct draw_given_data {
  static constexpr const family_info& family() { return R::program[Density].family; }
  static constexpr node_id node = [] {
    return exists(Density) && family().can_sample && !family().prior_only ? Density : node_id::none;
  }();
  static constexpr auto lack() {
    if constexpr (!exists(Density))
      return hana::type<model_observes_no_such_variable<Name>>{};
    else if constexpr (family().prior_only)
      return hana::type<boltzmann_has_no_draw_given_data<Name>>{};
    else
      return hana::type<cannot_be_drawn<Name>>{};
  }
  using lacking = typename decltype(lack())::type;
};
/// The draw of a discrete latent on its own, or no node and what lacks.
template <class R, node_id Draw, class Name>
struct discrete_draw {
  static constexpr node_id node = [] {
    return exists(Draw) && R::program[Draw].family.discrete ? Draw : node_id::none;
  }();
  using lacking =
      std::conditional_t<exists(Draw), not_discrete<Name>, guide_draws_no_such_latent<Name>>;
};

}  // namespace variad::internals::problem
