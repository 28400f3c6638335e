#pragma once

#include <variad/dsl/compiler/resolve.hpp>

/// The mistakes that a program can hold, as compile errors. Each is a template over the names that
/// it has to do with, so that a message of any compiler shows them.
namespace variad::problem {

template <class...>
inline constexpr bool never = false;

/// The extents of an event.
template <int... Extents>
struct event {};
/// What was found, and what was expected.
template <class Found>
struct found {};
template <class Expected>
struct expected {};
template <class Name>
struct in_statement {};

template <class... Where>
struct name_stated_twice {
  static_assert(never<Where...>, "this name is stated twice: state each name once in the model and once in the guide");
};
template <class... Where>
struct used_before_it_is_stated {
  static_assert(never<Where...>, "this name is used before it is stated: move its statement up");
};
template <class... Where>
struct name_is_not_stated {
  static_assert(never<Where...>, "this name is used and stated nowhere: add `name = ...` before its first use, in the same model or guide");
};
template <class... Where>
struct latent_without_guide {
  static_assert(never<Where...>, "this latent of the model is not drawn in the guide: add `name = ~family(...)` to guide(...)");
};
template <class... Where>
struct latent_without_prior {
  static_assert(never<Where...>, "this latent is drawn in the guide and has no prior: add `name = ~family(...)` to model(...)");
};
template <class... Where>
struct draw_of_a_quantity {
  static_assert(never<Where...>, "a quantity is drawn here: declare it with latent<\"name\", dims...> or observed<\"name\", dims...>, or drop the `~`");
};
template <class... Where>
struct shapes_do_not_fit {
  static_assert(never<Where...>, "shapes do not fit: these inputs of the op neither agree nor broadcast");
};
template <class... Where>
struct value_does_not_fit_its_density {
  static_assert(never<Where...>, "shapes do not fit: the model and the guide (or the data) give this variable different events");
};
template <class... Where>
struct parameters_do_not_fit {
  static_assert(never<Where...>, "shapes do not fit: a parameter of this draw has another event than the variable declares");
};
template <class... Where>
struct plates_differ {
  static_assert(never<Where...>, "model and guide state this in different plates, or the plate with different sizes: write the same plate<\"name\", size> around it in both");
};
template <class... Where>
struct too_many_plates {
  static_assert(never<Where...>, "a program has at most 4 plates");
};
template <class... Where>
struct two_plates_without_size {
  static_assert(never<Where...>, "only one plate, not within another, can take its size from the data: give this one a size, plate<\"name\", n>");
};
template <class... Where>
struct observed_in_the_guide {
  static_assert(never<Where...>, "an observed variable is drawn in the guide: a guide draws latents only");
};
template <class... Where>
struct given_is_stated {
  static_assert(never<Where...>, "a given variable has a statement: declare it with observed<\"name\", dims...> if the model explains it");
};
template <class... Where>
struct supports_differ {
  static_assert(never<Where...>, "guide and model draw this latent from families with different supports");
};
template <class... Where>
struct cannot_be_drawn {
  static_assert(never<Where...>, "this family has no sampler: draw the variable from another one");
};
template <class... Where>
struct iwae_with_global_latents {
  static_assert(never<Where...>, "iwae weighs whole data sets where a latent stands outside the data plate, and minibatches cannot give that weight: use elbo<S>");
};
template <class... Where>
struct unknown_data {
  static_assert(never<Where...>, "data(...) binds a variable that neither the model nor the guide reads: drop it, or use it");
};
template <class Estimator, class... Where>
struct not_an_estimator {
  static_assert(requires(const Estimator& e) { e.name(); }, "an estimator lacks `static constexpr std::string_view name()`; see \"Add an estimator\" in the README");
  static_assert(requires { Estimator::bias; }, "an estimator lacks `static constexpr bias_class bias`; see \"Add an estimator\" in the README");
  static_assert(requires(const latent_traits& t) { Estimator::accepts(t); }, "an estimator lacks `static constexpr verdict accepts(const latent_traits&)`; see \"Add an estimator\" in the README");
  static_assert(requires(const latent_traits& t) { Estimator::probes(t); }, "an estimator lacks `static constexpr probe_set probes(const latent_traits&)`; see \"Add an estimator\" in the README");
  static constexpr bool reported = true;
};
template <class Estimator, class Family, class... Where>
struct estimator_lacks_a_member {
  using site = draw_site<Family, float>;
  static_assert(requires(const Estimator& e, const site& s) { e.propose(s); }, "an estimator lacks `void propose(const draw_site<Family, T>&) const`; see \"Add an estimator\" in the README");
  static_assert(requires(const Estimator& e, const site& s) { e.pull_back(s); }, "an estimator lacks `void pull_back(const draw_site<Family, T>&) const`; see \"Add an estimator\" in the README");
  static constexpr bool reported = true;
};
template <class Estimator, class... Where>
struct estimator_refuses {
  static_assert(never<Where...>, "the estimator told by .by(...) does not accept this latent: leave .by(...) out for the compiler's choice, or see the reason in its `accepts`");
};

namespace detail {

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
template <class V, int O>
struct names<token::part<V, O>> {
  using type = typename V::variable_name;
};
template <class F, std::size_t A, class V, class... Vs>
struct names<token::density<F, A, V, Vs...>> {
  using type = typename V::variable_name;
};
template <class N, int S>
struct names<token::open_plate<N, S>> {
  using type = N;
};

template <class R, std::size_t I>
using name_at = typename names<typename R::template token_type<I>>::type;

/// The name of the statement in which token I stands.
template <class R, std::size_t I>
constexpr std::size_t statement_end() {
  std::size_t i = I;
  while (i + 1 < R::token_count && R::matched.nodes[i].token != node::token_kind::define &&
         R::matched.nodes[i].token != node::token_kind::draw &&
         R::matched.nodes[i].token != node::token_kind::density)
    ++i;
  return i;
}
template <class R, std::size_t I>
using statement_of = name_at<R, statement_end<R, I>()>;

template <class R, int I>
constexpr auto event_of() {
  return []<std::size_t... D>(std::index_sequence<D...>) {
    return event<R::shaped[I].event[static_cast<int>(D)]...>{};
  }(std::make_index_sequence<static_cast<std::size_t>(R::shaped[I].event.rank)>{});
}
template <class R, int I>
using event_at = decltype(event_of<R, I>());

template <class R, int I>
constexpr auto input_events() {
  return []<std::size_t... J>(std::index_sequence<J...>) {
    return hana::basic_type<void(event_at<R, R::shaped.input(I, static_cast<int>(J))>...)>{};
  }(std::make_index_sequence<static_cast<std::size_t>(R::shaped[I].inputs)>{});
}

template <class R>
constexpr auto wording() {
  constexpr fault f = R::shaped.wrong;
  constexpr auto i = static_cast<std::size_t>(R::shaped.where);
  constexpr int at = R::shaped.where, other = R::shaped.other;
  if constexpr (f == fault::shapes_do_not_fit) {
    if constexpr (other < 0)
      return hana::type<shapes_do_not_fit<in_statement<statement_of<R, i>>, typename R::template op_type<i>,
                                          found<typename decltype(input_events<R, at>())::type>>>{};
    else
      return hana::type<value_does_not_fit_its_density<name_at<R, i>, found<event_at<R, other>>>>{};
  } else if constexpr (f == fault::parameters_do_not_fit) {
    return hana::type<parameters_do_not_fit<name_at<R, i>, found<event_at<R, other>>, expected<event_at<R, at>>>>{};
  } else {
    using n = name_at<R, i>;
    if constexpr (f == fault::stated_twice) return hana::type<name_stated_twice<n>>{};
    if constexpr (f == fault::used_before_stated) return hana::type<used_before_it_is_stated<n>>{};
    if constexpr (f == fault::unknown_name) return hana::type<name_is_not_stated<n>>{};
    if constexpr (f == fault::latent_without_guide) return hana::type<latent_without_guide<n>>{};
    if constexpr (f == fault::latent_without_prior) return hana::type<latent_without_prior<n>>{};
    if constexpr (f == fault::draw_of_no_latent) return hana::type<draw_of_a_quantity<n>>{};
    if constexpr (f == fault::plates_differ) return hana::type<plates_differ<n>>{};
    if constexpr (f == fault::too_many_plates) return hana::type<too_many_plates<n>>{};
    if constexpr (f == fault::two_data_plates) return hana::type<two_plates_without_size<n>>{};
    if constexpr (f == fault::observed_in_guide) return hana::type<observed_in_the_guide<n>>{};
    if constexpr (f == fault::given_is_stated) return hana::type<given_is_stated<n>>{};
    if constexpr (f == fault::outside_support) return hana::type<supports_differ<n>>{};
    if constexpr (f == fault::cannot_be_drawn) return hana::type<cannot_be_drawn<n>>{};
  }
}

template <class R, std::size_t L>
using latent_name = name_at<R, static_cast<std::size_t>(R::shaped.latent(static_cast<int>(L)).draw)>;

/// Whether the estimator that latent L was told is one, and accepts it.
template <class R, std::size_t L>
constexpr bool check_estimator() {
  using E = typename R::template named_estimator<L>;
  if constexpr (std::is_same_v<E, by_default>) {
    return true;
  } else if constexpr (!gradient_estimator<E>) {
    return not_an_estimator<E, latent_name<R, L>>::reported && false;
  } else {
    using F = typename R::template guide_family<static_cast<int>(L)>;
    if constexpr (requires { E::template require<L, R>(); }) E::template require<L, R>();
    if constexpr (!E::accepts(R::template traits<L>).yes) {
      if constexpr (!requires { E::template require<L, R>(); }) static_cast<void>(sizeof(estimator_refuses<E, latent_name<R, L>>));
      return false;
    } else {
      return estimator_lacks_a_member<E, F, latent_name<R, L>>::reported;
    }
  }
}

}  // namespace detail

/// Whether a program can be resolved; where it cannot, a compile error says what to do.
template <class R>
constexpr bool check() {
  if constexpr (!R::ok) {
    static_cast<void>(sizeof(typename decltype(detail::wording<R>())::type));
    return false;
  } else {
    constexpr bool global = [] {
      for (int l = 0; l < R::shaped.latent_count; ++l)
        if (R::shaped[R::shaped.latent(l).draw].plate < 0) return true;
      return false;
    }();
    if constexpr (R::objective.importance_weighted && global && R::shaped.data_plate >= 0) {
      static_cast<void>(sizeof(iwae_with_global_latents<detail::latent_name<R, 0>>));
      return false;
    } else {
      return []<std::size_t... L>(std::index_sequence<L...>) {
        return (detail::check_estimator<R, L>() && ...);
      }(std::make_index_sequence<R::latent_count>{});
    }
  }
}

}  // namespace variad::problem
