#pragma once

#include <iosfwd>

#include <variad/dsl/passes/asked.hpp>
#include <variad/dsl/syntax/groups.hpp>
#include <variad/dsl/syntax/row_weights.hpp>

/// Finds the mistake of a call, in the data that it binds or the variable that it asks for, and
/// puts it where the result would be.
namespace variad::internals::problem {

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
/// The first data node among those that no binding of these names fills, or none. What may have
/// gaps may lack as a whole.
template <class R, class Wanted, class... Name>
constexpr node_id unbound_node() {
  const auto needed = nodes_behind<R>(Wanted::template of<R>());
  return first_of(R::program.token_ids(), [&](node_id i) {
    const node& n = R::program[i];
    return n.what == role::data && n.active && needed[i] &&
           n.kind != variable_kind::partly_observed && !((Name::view == n.variable) || ...);
  });
}
/// Whether the program declares the variable of this name, without data.
template <class R>
constexpr bool is_drawn(std::string_view name) {
  return exists(
      first_of(R::program.token_ids(), [&](node_id i) { return R::program[i].variable == name; }));
}
template <class R>
constexpr auto unknown_names() {
  return hana::type<none>{};
}
/// Whether the size of one of its plates is bound by this name.
template <class R>
constexpr bool is_size_of_plate(std::string_view bound) {
  for (const plate_id p : R::program.plate_ids())
    if (R::program.is_group(p) && bound.ends_with(R::program.plates[p].name) &&
        bound.size() == std::string_view("rows of ").size() + R::program.plates[p].name.size())
      return true;
  return false;
}
template <class R, class First, class... Rest>
constexpr auto unknown_names() {
  if constexpr (is_plate_size<First> && !is_size_of_plate<R>(First::view))
    return hana::type<unknown_group<First>>{};
  else if constexpr (!exists(data_node<R>(First::view)) &&
                     !std::is_same_v<First, row_weights::variable_name> && !is_plate_size<First>)
    return hana::type<
        std::conditional_t<is_drawn<R>(First::view), data_of_drawn<First>, unknown_data<First>>>{};
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

/// What a query returns that asks for a node of a program (asked.hpp), with data bound by name.
template <class Result, class Asked, class... B>
struct asking : unless<Result, of<typename Asked::program>,
                       if_missing<exists(Asked::node), typename Asked::lacking>,
                       of_data_behind<typename Asked::program, one<Asked::node, Asked::first>,
                                      typename B::variable_name...>> {};
/// The same, of all draws of the guide.
template <class Result, class R, class... B>
struct asking_for_draws
    : unless<Result, of<R>, of_data_behind<R, guide_draws, typename B::variable_name...>> {};

}  // namespace variad::internals::problem
