#pragma once

#include <boost/hana/for_each.hpp>
#include <boost/hana/unpack.hpp>

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/graph/tokens.hpp>
#include <variad/dsl/ops/drawn_value.hpp>
#include <variad/dsl/ops/part.hpp>

namespace variad::internals {

/// Flattens statements to postfix tokens. Types that are equal are not merged: two tokens of one
/// type are two nodes.
template <class E>
struct flatten_expression;
template <class Op, class... Args>
struct flatten_expression<expression<Op, Args...>> {
  using type = concatenated<typename flatten_expression<Args>::type...,
                            type_list<token::apply<Op, sizeof...(Args)>>>;
};
template <class Reference>
requires is_reference<Reference>
struct flatten_expression<expression<Reference>> {
  using type = type_list<token::refer<Reference>>;
};

template <class Offset, class... V>
struct parts {
  using type = type_list<>;
};
template <int Offset, class First, class... Rest>
struct parts<std::integral_constant<int, Offset>, First, Rest...> {
  using rest = std::integral_constant<int, Offset + First::declared.size()>;
  using type =
      concatenated<type_list<token::part<First, Offset>>, typename parts<rest, Rest...>::type>;
};

/// A network that reads the value of the draw, a surrogate, stands behind the draw; one that does
/// not, a baseline, before it.
template <class E>
concept has_surrogate =
    has_network<E> && reads_drawn_value<std::remove_cvref_t<decltype(E::network)>>;

template <class E, class V, bool OfDraw>
struct network_of_draw {
  using type = type_list<>;
};
template <has_network E, class V, bool OfDraw>
requires(has_surrogate<E> == OfDraw) struct network_of_draw<E, V, OfDraw> {
  using tokens = typename flatten_expression<std::remove_cvref_t<decltype(E::network)>>::type;
  using type = concatenated<tokens, type_list<token::network<int(tokens::size), V>>>;
};

/// How a program is read: a draw makes a value in the guide, and in a model that is its own guide,
/// where every variable is drawn from its prior, data included; in the model it is the density of
/// one.
enum class read_as { guide, model, own_guide };

/// Whether variables may have gaps in their data, all that are drawn together.
template <class... V>
inline constexpr bool have_gaps = ((V::kind == variable_kind::partly_observed) && ...);
/// What is read of one variable, or of several as one.
template <reading What, class... V>
struct read_together {
  using type = type_list<token::refer<reference_to<What, typename V::reference>>...,
                         token::apply<ops::join, sizeof...(V)>>;
};
template <reading What, class V>
struct read_together<What, V> {
  using type = type_list<token::refer<reference_to<What, typename V::reference>>>;
};
/// The data of the variables of a draw and what is known and missing of them, before its
/// parameters.
template <read_as As, class... V>
struct read_gaps {
  using type = type_list<>;
};
template <read_as As, class... V>
requires(As != read_as::own_guide && have_gaps<V...>) struct read_gaps<As, V...> {
  using type = concatenated<typename read_together<reading::column, V...>::type,
                            typename read_together<reading::known, V...>::type,
                            typename read_together<reading::missing, V...>::type>;
};
template <class F, std::size_t Arity, class... V>
struct density_tokens {
  using type = type_list<token::density<F, Arity, V...>>;
};
template <class F, std::size_t Arity, class... V>
requires have_gaps<V...>
struct density_tokens<F, Arity, V...> {
  using type = type_list<token::density<F, Arity, V...>, token::data_density<F, Arity, V...>>;
};

template <read_as As, class Statement>
struct flatten_statement;

template <read_as As, class V, class E>
struct flatten_statement<As, quantity_statement<V, E>> {
  using type = concatenated<typename flatten_expression<E>::type,
                            type_list<token::define<typename V::variable_name>>>;
};
template <read_as As, bool OfTraining, class E>
struct flatten_statement<As, term_statement<OfTraining, E>> {
  using type =
      concatenated<typename flatten_expression<E>::type, type_list<token::term<OfTraining>>>;
};
template <read_as As, class F, class E, class... P, class V>
requires(As != read_as::model) struct flatten_statement<As, draw_statement<draw<F, E, P...>, V>> {
  using type =
      concatenated<typename read_gaps<As, V>::type, typename flatten_expression<P>::type...,
                   typename network_of_draw<E, V, false>::type,
                   type_list<token::draw<F, E, sizeof...(P), V>>,
                   typename network_of_draw<E, V, true>::type>;
};
template <read_as As, class F, class E, class... P, class V, class... Rest>
requires(As != read_as::model && sizeof...(Rest) > 0)  //
    struct flatten_statement<As, draw_statement<draw<F, E, P...>, V, Rest...>> {
  using type = concatenated<typename read_gaps<As, V, Rest...>::type,
                            typename flatten_expression<P>::type...,
                            typename network_of_draw<E, V, false>::type,
                            type_list<token::draw<F, E, sizeof...(P), V, Rest...>>,
                            typename network_of_draw<E, V, true>::type,
                            typename parts<std::integral_constant<int, 0>, V, Rest...>::type>;
};
template <class F, class E, class... P, class... V>
struct flatten_statement<read_as::model, draw_statement<draw<F, E, P...>, V...>> {
  using type = concatenated<typename read_together<reading::value, V...>::type,
                            typename read_gaps<read_as::model, V...>::type,
                            typename flatten_expression<P>::type...,
                            typename density_tokens<F, sizeof...(P), V...>::type>;
};
template <read_as As, class N, int Size, class... S>
struct flatten_statement<As, plate_block<N, Size, S...>> {
  using type =
      concatenated<type_list<token::open_plate<N, Size>>,
                   typename flatten_statement<As, S>::type..., type_list<token::close_plate>>;
};

template <read_as As, class Program>
struct flatten_program;
template <read_as As, class... S>
struct flatten_program<As, guide_program<S...>> {
  using type = concatenated<typename flatten_statement<As, S>::type...>;
};
template <read_as As, class... S>
struct flatten_program<As, model_program<S...>> {
  using type = concatenated<typename flatten_statement<As, S>::type...>;
};

/// Collects what tokens point to (ops and estimators), in the order of the tokens. Expressions keep
/// their values; nothing is copied.
class value_collector {
 public:
  explicit value_collector(const void** out) : out_(out) {}

  template <class Op, class... Args>
  void operator()(const expression<Op, Args...>& e) {
    hana::for_each(e.args, [this](const auto& a) { (*this)(a); });
    *out_++ = &e.op;
  }
  template <read_as As, class V, class E>
  void statement(const quantity_statement<V, E>& s) {
    (*this)(s.value);
    skip(1);
  }
  template <read_as As, bool OfTraining, class E>
  void statement(const term_statement<OfTraining, E>& s) {
    (*this)(s.value);
    skip(1);
  }
  template <read_as As, class D, class... V>
  void statement(const draw_statement<D, V...>& s) {
    constexpr bool drawn = As != read_as::model;
    constexpr std::size_t names = sizeof...(V) > 1 ? sizeof...(V) + 1 : 1;  // read together
    if constexpr (!drawn) skip(names);
    if constexpr (As != read_as::own_guide && have_gaps<V...>) skip(3 * names);
    hana::for_each(s.draw.parameters, [this](const auto& p) { (*this)(p); });
    if constexpr (drawn) network<false>(s.draw.estimator);
    *out_++ = &s.draw.estimator;
    if constexpr (drawn) network<true>(s.draw.estimator);
    if constexpr (drawn && sizeof...(V) > 1) skip(sizeof...(V));
    if constexpr (!drawn && have_gaps<V...>) skip(1);
  }
  template <read_as As, class N, int Size, class... S>
  void statement(const plate_block<N, Size, S...>& block) {
    skip(1);
    hana::for_each(block.statements, [this](const auto& s) { this->statement<As>(s); });
    skip(1);
  }
  template <read_as As, class Program>
  void program(const Program& p) {
    hana::for_each(p.statements, [this](const auto& s) { this->statement<As>(s); });
  }

 private:
  template <bool OfDraw, class E>
  void network(const E& estimator) {
    if constexpr (has_network<E>)
      if constexpr (has_surrogate<E> == OfDraw) {
        (*this)(estimator.network);
        skip(1);
      }
  }

  /// Tokens that carry nothing; what joins variables has no state.
  void skip(std::size_t tokens) { out_ = std::fill_n(out_, tokens, &no_op); }

  static constexpr ops::join no_op{};
  const void** out_;
};

template <read_as As, class Program>
using tokens_of = typename flatten_program<As, Program>::type;

}  // namespace variad::internals
