#pragma once

#include <variad/dsl/passes/diagnose.hpp>

/// What queries ask of a program R by name. Each question has the program, the node that answers
/// it, or none, where the inputs begin whose data it needs (-1: the node itself), and the mistake
/// of asking where there is no node.
namespace variad::internals::problem {

/// Whether a name is among those of a label, `a` or `a,b`.
constexpr bool lists_name(std::string_view label, std::string_view name) {
  for (std::size_t begin = 0; begin <= label.size();) {
    const std::size_t end = std::min(label.find(',', begin), label.size());
    if (label.substr(begin, end - begin) == name) return true;
    begin = end + 1;
  }
  return false;
}
/// The latent whose draw has this name among others, or none.
template <class R>
constexpr latent_id latent_named(std::string_view name) {
  const auto& g = R::shaped;
  return first_of(g.latent_ids(),
                  [&](latent_id l) { return lists_name(g[g.latent(l).draw].label, name); });
}
/// The node of the value of a variable that is drawn, or none.
template <class R>
constexpr node_id drawn_node(std::string_view name) {
  return first_of(R::program.token_ids(), [&](node_id i) {
    return R::program[i].variable == name && is_variable_drawn(R::program[i]);
  });
}
/// What makes an observed variable: its density, or where its data have gaps that the guide draws,
/// that draw; or none.
template <class R>
constexpr node_id maker_of_data(std::string_view name) {
  return first_of(R::program.token_ids(), [&](node_id i) {
    const node& n = R::program[i];
    if (n.label != name) return false;
    if (n.what == role::draw) return n.has_gaps;
    return n.what == role::density && (n.kind == variable_kind::observed ||
                                       n.token == internals::node::token_kind::data_density);
  });
}
/// Where the parameters of a draw or density begin among its inputs.
template <class R>
constexpr int first_parameter(node_id i) {
  return exists(i) && R::program[i].what == role::density ? 1 : 0;
}

/// A draw; `Missing` is the mistake where there is none of the name.
template <class R, class Name, template <class...> class Missing>
struct draw_of {
  using program = R;
  static constexpr node_id node = drawn_node<R>(Name::view);
  static constexpr int first = -1;
  using lacking = Missing<Name>;
};

/// The mean of a draw or density, by its parameters, which are the inputs from First on: known of
/// variables that are drawn on their own, and by no Boltzmann machine.
template <class R, node_id Node, int First, class Name, template <class...> class Missing>
struct mean_at {
  using program = R;
  static constexpr node_id node = [] {
    if (!exists(Node) || R::program[Node].family.prior_only) return node_id::none;
    return R::program[Node].token == internals::node::token_kind::part ? node_id::none : Node;
  }();
  static constexpr int first = First;
  static constexpr auto lack() {
    if constexpr (!exists(Node))
      return hana::type<Missing<Name>>{};
    else if constexpr (R::program[Node].family.prior_only)
      return hana::type<boltzmann_has_no_mean<Name>>{};
    else
      return hana::type<model_draws_it_with_others<Name>>{};
  }
  using lacking = typename decltype(lack())::type;
};
template <class R, class Name>
using mean_of_observed =
    mean_at<R, maker_of_data<R>(Name::view), first_parameter<R>(maker_of_data<R>(Name::view)), Name,
            model_observes_no_such_variable>;
template <class R, class Name>
using mean_of_drawn = mean_at<R, drawn_node<R>(Name::view), 0, Name, model_draws_no_such_variable>;

/// A draw of an observed variable from its density, or of what its data lack.
template <class R, class Name>
struct draw_of_observed {
  using program = R;
  static constexpr node_id density = maker_of_data<R>(Name::view);
  static constexpr const family_info& family() { return R::program[density].family; }
  static constexpr node_id node = [] {
    return exists(density) && family().can_sample && !family().prior_only ? density : node_id::none;
  }();
  static constexpr int first = first_parameter<R>(density);
  static constexpr auto lack() {
    if constexpr (!exists(density))
      return hana::type<model_observes_no_such_variable<Name>>{};
    else if constexpr (family().prior_only)
      return hana::type<boltzmann_has_no_draw_given_data<Name>>{};
    else
      return hana::type<cannot_be_drawn<Name>>{};
  }
  using lacking = typename decltype(lack())::type;
};

/// The parameters of the draw of a discrete latent.
template <class R, class Name>
struct discrete_draw_of {
  using program = R;
  static constexpr node_id drawn = drawn_node<R>(Name::view);
  static constexpr node_id node = [] {
    return exists(drawn) && R::program[drawn].family.discrete ? drawn : node_id::none;
  }();
  static constexpr int first = 0;
  using lacking =
      std::conditional_t<exists(drawn), not_discrete<Name>, guide_draws_no_such_latent<Name>>;
};

}  // namespace variad::internals::problem
