#pragma once

#include <cstddef>

#include <variad/dsl/syntax/variable.hpp>

namespace variad::internals {

/// A pack of types, cheap to concatenate and to index.
template <class... T>
struct type_list {
  static constexpr std::size_t size = sizeof...(T);
};

template <class... Lists>
struct concatenate {
  using type = type_list<>;
};
template <class... A>
struct concatenate<type_list<A...>> {
  using type = type_list<A...>;
};
template <class... A, class... B, class... Rest>
struct concatenate<type_list<A...>, type_list<B...>, Rest...>
    : concatenate<type_list<A..., B...>, Rest...> {};
template <class... A, class... B, class... C, class... D, class... Rest>
struct concatenate<type_list<A...>, type_list<B...>, type_list<C...>, type_list<D...>, Rest...>
    : concatenate<type_list<A..., B..., C..., D...>, Rest...> {};

template <std::size_t I, class T>
struct numbered {
  using type = T;
};
template <class Sequence, class... T>
struct numbered_types;
template <std::size_t... I, class... T>
struct numbered_types<std::index_sequence<I...>, T...> : numbered<I, T>... {};
template <std::size_t I, class T>
numbered<I, T> pick(const numbered<I, T>&);

template <std::size_t I, class List>
struct element;
template <std::size_t I, class... T>
struct element<I, type_list<T...>> {
  using table = numbered_types<std::make_index_sequence<sizeof...(T)>, T...>;
  using type = typename decltype(pick<I>(std::declval<table>()))::type;
};
template <class... Lists>
using concatenated = typename concatenate<Lists...>::type;
template <std::size_t I, class List>
using type_at = typename element<I, List>::type;

/// What a program is flattened to: one token a node, operands before their operation.
namespace token {

/// Pops Arity values, pushes Op of them.
template <class Op, std::size_t Arity>
struct apply {};
/// Pushes the value of a variable.
template <class Reference>
struct refer {};
/// Pops the value of a quantity and names it.
template <class Name>
struct define {};
/// Pops Arity parameters and draws the variables.
template <class Family, class Estimator, std::size_t Arity, class... Variables>
struct draw {};
/// Ends the network of the estimator of a draw of Variable: pops the value of the Count tokens
/// before it.
template <int Count, class Variable>
struct network {};
/// Names one variable of the joint draw before it.
template <class Variable, int Offset>
struct part {};
/// Pops a value and Arity parameters: a log-density of the model.
template <class Family, std::size_t Arity, class... Variables>
struct density {};
/// The part of the density before it that is of data: of what is there, of variables that may have
/// gaps.
template <class Family, std::size_t Arity, class... Variables>
struct data_density {};
/// Pops a value: a term of the log joint, or a loss.
template <bool OfTraining>
struct term {};
template <class Name, int Size>
struct open_plate {};
struct close_plate {};

}  // namespace token

}  // namespace variad::internals
