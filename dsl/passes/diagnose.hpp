#pragma once

#include <variad/dsl/passes/lacking.hpp>
#include <variad/dsl/passes/problem.hpp>
#include <variad/dsl/passes/resolve.hpp>

/// Finds the mistake of a program.
namespace variad::internals::problem {

template <class Token>
struct names {
  using type = void;
};
template <class R>
struct names<token::refer<R>> {
  using type = typename R::variable_name;
};
template <class N>
struct names<token::define<N>> {
  using type = N;
};
template <class F, class E, std::size_t A, class V, class... Vs>
struct names<token::draw<F, E, A, V, Vs...>> {
  using type = typename V::variable_name;
};
template <int C, class V>
struct names<token::network<C, V>> {
  using type = typename V::variable_name;
};
template <class V, int O>
struct names<token::part<V, O>> {
  using type = typename V::variable_name;
};
template <class F, std::size_t A, class V, class... Vs>
struct names<token::density<F, A, V, Vs...>> {
  using type = typename V::variable_name;
};
template <class F, std::size_t A, class V, class... Vs>
struct names<token::data_density<F, A, V, Vs...>> {
  using type = typename V::variable_name;
};
template <bool OfTraining>
struct names<token::term<OfTraining>> {
  using type = std::conditional_t<OfTraining, named<'l', 'o', 's', 's'>, named<'t', 'e', 'r', 'm'>>;
};
template <class N, int S>
struct names<token::open_plate<N, S>> {
  using type = N;
};

template <class R, node_id I>
using name_at = typename names<typename R::template token_type<I>>::type;

/// The name of the statement in which token I stands.
template <class R, node_id I>
constexpr node_id statement_end() {
  node_id i = I;
  while (index_of(after(i)) < R::token_count && R::matched[i].token != node::token_kind::define &&
         R::matched[i].token != node::token_kind::draw &&
         R::matched[i].token != node::token_kind::network &&
         R::matched[i].token != node::token_kind::term &&
         R::matched[i].token != node::token_kind::density)
    i = after(i);
  return i;
}
template <class R, node_id I>
using statement_of = name_at<R, statement_end<R, I>()>;

template <shape S>
constexpr auto as_event() {
  return []<std::size_t... D>(std::index_sequence<D...>) {
    return event<S[static_cast<int>(D)]...>{};
  }
  (std::make_index_sequence<static_cast<std::size_t>(S.rank)>{});
}
template <class R, node_id I>
using event_at = decltype(as_event<R::shaped[I].event>());

template <class R, node_id I>
constexpr auto input_events() {
  return []<std::size_t... J>(std::index_sequence<J...>) {
    return hana::basic_type<void(event_at<R, R::shaped[I].inputs[J]>...)>{};
  }
  (std::make_index_sequence<R::shaped[I].inputs.size()>{});
}

/// The event that a draw or density expects of its parameter `other`.
template <class R>
constexpr shape expected_parameter(node_id at, node_id other) {
  const node& n = R::shaped[at];
  const std::size_t first = n.what == role::density ? 1 : 0;
  std::size_t j = first;
  while (n.inputs[j] != other) ++j;
  return n.family.parameter_shape(j - first, n.declared);
}

/// What the op or the family of a token lacks.
template <class Token>
struct lack_of;
template <class Op, std::size_t A>
struct lack_of<token::apply<Op, A>> {
  using type = op_lacks_a_member<Op>;
};
template <class F, class E, std::size_t A, class... V>
struct lack_of<token::draw<F, E, A, V...>> {
  using type = family_lacks_a_member<F>;
};
template <class F, std::size_t A, class... V>
struct lack_of<token::density<F, A, V...>> {
  using type = family_lacks_a_member<F>;
};
template <class F, std::size_t A, class... V>
struct lack_of<token::data_density<F, A, V...>> {
  using type = family_lacks_a_member<F>;
};

/// Whether an op reads images; false where there is no op.
template <class Op>
constexpr bool reads_image() {
  if constexpr (requires { Op::traits.reads_image; }) return Op::traits.reads_image;
  return false;
}

template <class R>
constexpr auto wording() {
  constexpr fault f = R::shaped.wrong;
  constexpr node_id i = R::shaped.where, other = R::shaped.other;
  if constexpr (f == fault::not_whole) {
    return hana::type<typename lack_of<typename R::template token_type<i>>::type>{};
  } else if constexpr (f == fault::too_many_inputs) {
    return hana::type<
        too_many_inputs<in_statement<statement_of<R, i>>, typename R::template op_type<i>>>{};
  } else if constexpr (f == fault::shapes_do_not_fit) {
    if constexpr (!exists(other) && reads_image<typename R::template op_type<i>>())
      return hana::type<
          is_no_image<in_statement<statement_of<R, i>>, typename R::template op_type<i>,
                      found<typename decltype(input_events<R, i>())::type>>>{};
    else if constexpr (!exists(other))
      return hana::type<
          shapes_do_not_fit<in_statement<statement_of<R, i>>, typename R::template op_type<i>,
                            found<typename decltype(input_events<R, i>())::type>>>{};
    else
      return hana::type<
          value_does_not_fit_its_density<name_at<R, i>, found<event_at<R, other>>,
                                         expected<decltype(as_event<R::shaped[i].domain>())>>>{};
  } else if constexpr (f == fault::parameters_do_not_fit) {
    return hana::type<
        parameters_do_not_fit<name_at<R, i>, found<event_at<R, other>>,
                              expected<decltype(as_event<expected_parameter<R>(i, other)>())>>>{};
  } else if constexpr (f == fault::reads_another_plate || f == fault::no_such_plate ||
                       f == fault::reduced_within || f == fault::reduces_data_plate ||
                       f == fault::takes_data_plate || f == fault::indexes_two_plates ||
                       f == fault::shared_layer_in_network) {
    using n = in_statement<statement_of<R, i>>;
    if constexpr (f == fault::reads_another_plate) return hana::type<reads_another_plate<n>>{};
    if constexpr (f == fault::no_such_plate) return hana::type<sum_over_no_plate<n>>{};
    if constexpr (f == fault::reduced_within) return hana::type<sum_within_its_plate<n>>{};
    if constexpr (f == fault::reduces_data_plate) return hana::type<sum_over_data_plate<n>>{};
    if constexpr (f == fault::takes_data_plate) return hana::type<take_from_data_plate<n>>{};
    if constexpr (f == fault::indexes_two_plates) return hana::type<index_of_two_plates<n>>{};
    if constexpr (f == fault::shared_layer_in_network)
      return hana::type<shared_layer_in_network<n>>{};
  } else if constexpr (f == fault::shared_layers_differ) {
    return hana::type<shared_layers_differ<
        found<in_statement<statement_of<R, i>>>, expected<in_statement<statement_of<R, other>>>,
        found<typename decltype(input_events<R, i>())::type>,
        expected<typename decltype(input_events<R, other>())::type>>>{};
  } else {
    using n = name_at<R, i>;
    if constexpr (f == fault::stated_twice) return hana::type<name_stated_twice<n>>{};
    if constexpr (f == fault::used_before_stated) return hana::type<used_before_it_is_stated<n>>{};
    if constexpr (f == fault::unknown_name) return hana::type<name_is_not_stated<n>>{};
    if constexpr (f == fault::latent_without_guide) return hana::type<latent_without_guide<n>>{};
    if constexpr (f == fault::latent_without_prior) return hana::type<latent_without_prior<n>>{};
    if constexpr (f == fault::draw_of_no_latent) return hana::type<draw_of_a_quantity<n>>{};
    if constexpr (f == fault::network_does_not_fit) return hana::type<network_does_not_fit<n>>{};
    if constexpr (f == fault::reads_itself) return hana::type<draw_reads_itself<n>>{};
    if constexpr (f == fault::plates_differ) return hana::type<plates_differ<n>>{};
    if constexpr (f == fault::too_many_latents) return hana::type<too_many_latents<n>>{};
    if constexpr (f == fault::too_many_plates) return hana::type<too_many_plates<n>>{};
    if constexpr (f == fault::plate_names_differ)
      return hana::type<plate_names_differ<found<n>, expected<name_at<R, other>>>>{};
    if constexpr (f == fault::two_data_plates) return hana::type<two_plates_without_size<n>>{};
    if constexpr (f == fault::observed_in_guide) return hana::type<observed_in_the_guide<n>>{};
    if constexpr (f == fault::given_is_stated) return hana::type<given_is_stated<n>>{};
    if constexpr (f == fault::outside_support) return hana::type<supports_differ<n>>{};
    if constexpr (f == fault::cannot_be_drawn) return hana::type<cannot_be_drawn<n>>{};
    if constexpr (f == fault::prior_in_guide) return hana::type<boltzmann_in_the_guide<n>>{};
    if constexpr (f == fault::name_of_the_language) return hana::type<name_of_the_language<n>>{};
    if constexpr (f == fault::reads_gaps) return hana::type<reads_gaps<n>>{};
    if constexpr (f == fault::gaps_cannot_be_left_out)
      return hana::type<gaps_cannot_be_left_out<n>>{};
  }
}

template <class R, latent_id L>
using latent_name = name_at<R, R::shaped.latent(L).draw>;

/// Where the line that begins here ends: after as many words as fit.
constexpr std::size_t line_end(std::string_view text, std::size_t begin) {
  if (text.size() - begin <= line_width) return text.size();
  std::size_t end = begin + line_width;
  while (end > begin && text[end] != ' ') --end;
  return end > begin ? end : begin + line_width;
}
template <class Reason, std::size_t Begin = 0, auto... Lines>
constexpr auto split() {
  constexpr std::string_view text = Reason::text();
  if constexpr (Begin >= text.size()) {
    return hana::type<because<Lines...>>{};
  } else {
    constexpr std::size_t end = line_end(text, Begin);
    constexpr line<std::max(end - Begin, shortest_line)> next = [] {
      line<std::max(line_end(Reason::text(), Begin) - Begin, shortest_line)> l{};
      std::fill_n(l.text, std::size(l.text) - 1, ' ');
      for (std::size_t i = Begin; i < line_end(Reason::text(), Begin); ++i)
        l.text[i - Begin] = Reason::text()[i];
      return l;
    }();
    return split<Reason, end + (end < text.size() && text[end] == ' '), Lines..., next>();
  }
}
template <class R, class E, latent_id L>
struct refusal {
  static constexpr std::string_view text() { return verdict_on<E>(R::template traits<L>).reason; }
};

/// No mistake.
struct none {};
template <class Problem>
inline constexpr bool is_none = std::is_same_v<Problem, none>;

/// What is wrong with the estimator that latent L was told.
template <class R, latent_id L>
constexpr auto estimator_problem() {
  using E = typename R::template named_estimator<L>;
  if constexpr (std::is_same_v<E, by_default>) {
    using chosen = typename R::template estimator_type<L>;
    if constexpr (R::objective.path_gradient && !verdict_on<chosen>(R::template traits<L>).yes)
      return hana::type<latent_without_path<latent_name<R, L>, found<chosen>>>{};
    else
      return hana::type<none>{};
  } else if constexpr (!gradient_estimator<E>) {
    return hana::type<not_an_estimator<E, latent_name<R, L>>>{};
  } else if constexpr (!verdict_on<E>(R::template traits<L>).yes) {
    return hana::type<estimator_refuses<E, latent_name<R, L>,
                                        typename decltype(split<refusal<R, E, L>>())::type>>{};
  } else {
    using F = typename R::template guide_family<L>;
    constexpr probe_set probes = E::probes(R::template traits<L>);
    constexpr bool joint = probes.values == probe_set::kind::joint && !probes.weighted;
    if constexpr (estimator_members<E, F>::complete(joint))
      return hana::type<none>{};
    else
      return hana::type<estimator_lacks_a_member<E, F, joint, latent_name<R, L>>>{};
  }
}
template <class R, latent_id L = latent_id{}>
constexpr auto estimator_problems() {
  if constexpr (index_of(L) == R::latent_count) {
    return hana::type<none>{};
  } else if constexpr (!is_none<typename decltype(estimator_problem<R, L>())::type>) {
    return estimator_problem<R, L>();
  } else {
    return estimator_problems<R, after(L)>();
  }
}

/// The first of these places for which a question is answered yes, or none.
template <class Id, class Ask>
constexpr Id first_of(id_range<Id> all, Ask ask) {
  for (const Id i : all)
    if (ask(i)) return i;
  return Id::none;
}
template <class R>
constexpr latent_id global_latent() {
  const auto& g = R::shaped;
  return first_of(ids<latent_id>(R::latent_count), [&](latent_id l) {
    return !varies_over(plate_axes(g, g[g.latent(l).draw].plate), g.data_plate);
  });
}
/// The op that couples the rows of a batch, or none.
template <class R>
constexpr node_id row_coupling_node() {
  const auto& g = R::program;
  return first_of(g.token_ids(), [&](node_id i) { return g[i].active && g[i].batch_statistics; });
}
/// An op that draws numbers of its own, or none.
template <class R>
constexpr node_id drawing_node() {
  const auto& g = R::program;
  return first_of(g.token_ids(), [&](node_id i) { return g[i].active && g[i].draws_numbers; });
}
/// A loss, or none.
template <class R>
constexpr node_id loss_node() {
  const auto& g = R::program;
  return first_of(g.token_ids(), [&](node_id i) { return g[i].active && g[i].of_training; });
}
/// The op that keeps parameters from what they do to the expected objective, or none: one that has
/// no derivative reads them; or one that jumps does, beside a continuous draw, over which the
/// expectation has no jumps.
template <class R>
constexpr node_id node_of_lost_derivative() {
  const auto& g = R::program;
  latent_set continuous = 0;
  for (const latent_id l : g.latent_ids())
    if (!g[g.latent(l).draw].family.discrete) continuous |= only(l);
  return first_of(g.token_ids(), [&](node_id i) {
    const node& n = g[i];
    for (std::size_t j = 0; n.active && j < n.inputs.size(); ++j) {
      const node& read = g[n.inputs[j]];
      if ((n.without_derivative >> j & 1) && read.learns && is_free_in(n, read) &&
          (!n.differentiable || (read.depends & continuous) != 0))
        return true;
    }
    return false;
  });
}
/// The op of a surrogate that cannot be differentiated twice in the value of the draw, or none.
template <class R>
constexpr node_id node_of_lost_second_derivative() {
  const auto& g = R::program;
  return first_of(g.token_ids(), [&](node_id i) {
    const node& n = g[i];
    if (!n.active || !n.moves) return false;
    if (!n.differentiates_twice || !n.differentiable) return true;
    for (std::size_t j = 0; j < n.inputs.size(); ++j)
      if ((n.without_derivative >> j & 1) && g[n.inputs[j]].moves) return true;
    return false;
  });
}
/// The latent whose values find no axis left.
template <class R>
constexpr latent_id latent_without_axis() {
  std::size_t axes_used = 0;
  return first_of(ids<latent_id>(R::latent_count), [&](latent_id l) {
    axes_used += is_summed(R::estimator_infos[l].probes) ? 1 : 0;
    return axes_used > max_enumerated;
  });
}

template <class R>
constexpr auto first_problem() {
  if constexpr (!R::ok) {
    return wording<R>();
  } else if constexpr (R::objective.weighs_samples && exists(R::shaped.data_plate) &&
                       exists(global_latent<R>())) {
    return hana::type<weights_with_global_latents<latent_name<R, global_latent<R>()>>>{};
  } else if constexpr (!R::trains) {
    return hana::type<none>{};
  } else if constexpr (!is_none<typename decltype(estimator_problems<R>())::type>) {
    return estimator_problems<R>();
  } else if constexpr (R::objective.path_gradient && exists(row_coupling_node<R>())) {
    constexpr node_id i = row_coupling_node<R>();
    return hana::type<path_through_coupled_rows<in_statement<statement_of<R, i>>,
                                                typename R::template op_type<i>>>{};
  } else if constexpr (R::objective.path_gradient && R::objective.weighs_samples &&
                       exists(loss_node<R>())) {
    return hana::type<loss_beside_weighted_paths<typename R::objective_type>>{};
  } else if constexpr (exists(node_of_lost_derivative<R>())) {
    constexpr node_id i = node_of_lost_derivative<R>();
    return hana::type<
        derivative_is_lost<in_statement<statement_of<R, i>>, typename R::template op_type<i>>>{};
  } else if constexpr (exists(node_of_lost_second_derivative<R>())) {
    constexpr node_id i = node_of_lost_second_derivative<R>();
    return hana::type<surrogate_lacks_a_second_derivative<in_statement<statement_of<R, i>>,
                                                          typename R::template op_type<i>>>{};
  } else if constexpr (exists(latent_without_axis<R>())) {
    return hana::type<too_many_enumerated<latent_name<R, latent_without_axis<R>()>>>{};
  } else {
    return hana::type<none>{};
  }
}

/// The mistake of a resolved program; none where there is none.
template <class R>
using of = typename decltype(first_problem<R>())::type;

}  // namespace variad::internals::problem
