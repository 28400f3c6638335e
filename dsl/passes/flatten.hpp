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
template <variable_kind K, class N, int... D>
struct flatten_expression<expression<reference<K, N, D...>>> {
  using type = type_list<token::refer<reference<K, N, D...>>>;
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

/// In the guide a draw makes a value; in the model it is the density of one.
template <bool InGuide, class Statement>
struct flatten_statement;

template <bool InGuide, class V, class E>
struct flatten_statement<InGuide, quantity_statement<V, E>> {
  using type = concatenated<typename flatten_expression<E>::type,
                            type_list<token::define<typename V::variable_name>>>;
};
template <class F, class E, class... P, class V>
struct flatten_statement<true, draw_statement<draw<F, E, P...>, V>> {
  using type = concatenated<
      typename flatten_expression<P>::type..., typename network_of_draw<E, V, false>::type,
      type_list<token::draw<F, E, sizeof...(P), V>>, typename network_of_draw<E, V, true>::type>;
};
template <class F, class E, class... P, class V, class... Rest>
struct flatten_statement<true, draw_statement<draw<F, E, P...>, V, Rest...>> {
  using type = concatenated<typename flatten_expression<P>::type...,
                            typename network_of_draw<E, V, false>::type,
                            type_list<token::draw<F, E, sizeof...(P), V, Rest...>>,
                            typename network_of_draw<E, V, true>::type,
                            typename parts<std::integral_constant<int, 0>, V, Rest...>::type>;
};
template <class F, class E, class... P, class V>
struct flatten_statement<false, draw_statement<draw<F, E, P...>, V>> {
  using type = concatenated<type_list<token::refer<typename V::reference>>,
                            typename flatten_expression<P>::type...,
                            type_list<token::density<F, sizeof...(P), V>>>;
};
template <class F, class E, class... P, class... V>
struct flatten_statement<false, draw_statement<draw<F, E, P...>, V...>> {
  using type = concatenated<
      type_list<token::refer<typename V::reference>..., token::apply<ops::join, sizeof...(V)>>,
      typename flatten_expression<P>::type..., type_list<token::density<F, sizeof...(P), V...>>>;
};
template <bool InGuide, class N, int Size, class... S>
struct flatten_statement<InGuide, plate_block<N, Size, S...>> {
  using type =
      concatenated<type_list<token::open_plate<N, Size>>,
                   typename flatten_statement<InGuide, S>::type..., type_list<token::close_plate>>;
};

template <class Program>
struct flatten_program;
template <class... S>
struct flatten_program<guide_program<S...>> {
  using type = concatenated<typename flatten_statement<true, S>::type...>;
};
template <class... S>
struct flatten_program<model_program<S...>> {
  using type = concatenated<typename flatten_statement<false, S>::type...>;
};
/// A model read as its own guide: every variable is drawn from its prior, data included.
template <class Program>
struct flatten_ancestral;
template <class... S>
struct flatten_ancestral<model_program<S...>> {
  using type = concatenated<typename flatten_statement<true, S>::type...>;
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
  template <bool InGuide, class V, class E>
  void statement(const quantity_statement<V, E>& s) {
    (*this)(s.value);
    *out_++ = nullptr;
  }
  template <bool InGuide, class D, class... V>
  void statement(const draw_statement<D, V...>& s) {
    if constexpr (!InGuide)
      out_ = std::fill_n(out_, sizeof...(V) > 1 ? sizeof...(V) + 1 : 1, &no_op);
    hana::for_each(s.draw.parameters, [this](const auto& p) { (*this)(p); });
    if constexpr (InGuide) network<false>(s.draw.estimator);
    *out_++ = &s.draw.estimator;
    if constexpr (InGuide) network<true>(s.draw.estimator);
    if constexpr (InGuide && sizeof...(V) > 1) out_ = std::fill_n(out_, sizeof...(V), nullptr);
  }
  template <bool InGuide, class N, int Size, class... S>
  void statement(const plate_block<N, Size, S...>& block) {
    *out_++ = nullptr;
    hana::for_each(block.statements, [this](const auto& s) { this->statement<InGuide>(s); });
    *out_++ = nullptr;
  }
  template <bool InGuide, class Program>
  void program(const Program& p) {
    hana::for_each(p.statements, [this](const auto& s) { this->statement<InGuide>(s); });
  }

 private:
  template <bool OfDraw, class E>
  void network(const E& estimator) {
    if constexpr (has_network<E>)
      if constexpr (has_surrogate<E> == OfDraw) {
        (*this)(estimator.network);
        *out_++ = nullptr;
      }
  }

  static constexpr ops::join no_op{};
  const void** out_;
};

template <class Program>
using tokens_of = typename flatten_program<Program>::type;
template <class Model>
using ancestral_tokens_of = typename flatten_ancestral<Model>::type;

}  // namespace variad::internals
