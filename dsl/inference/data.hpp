#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>

#include <variad/dsl/engine/data_reader.hpp>
#include <variad/dsl/passes/problem.hpp>
#include <variad/dsl/syntax/groups.hpp>
#include <variad/dsl/syntax/row_weights.hpp>
#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/data/source.hpp>

namespace variad {

namespace internals {

/// Sources, whatever they are bound to. Braces make none: they are options.
struct any_bindings {
  explicit any_bindings(std::nullptr_t) {}
};
/// Sources bound to variables, by name.
template <class... Bindings>
struct data_bindings : any_bindings {
  hana::tuple<Bindings...> bindings;

  /// Whether a variable of this name is bound.
  template <class Name>
  static constexpr bool binds = (std::is_same_v<typename Bindings::variable_name, Name> || ...);
};

/// A source with the variable that it is bound to.
template <class Variable, class Source>
struct bound_source {
  using variable = Variable;
  using variable_name = typename Variable::variable_name;
  source from;
};

/// Whether an argument of `data` binds data.
template <class A>
inline constexpr bool binds_data = false;
template <class V, class S>
inline constexpr bool binds_data<data_binding<V, S>> = std::is_constructible_v<source, const S&>;

/// What stands in place of data that hold a mistake.
template <class Problem, class... V>
struct no_data : Problem, data_bindings<bound_source<V, source>...> {};
/// The first argument that binds no data.
template <class First, class... Rest>
consteval auto first_without_data() {
  if constexpr (!binds_data<First>)
    return hana::type<First>{};
  else if constexpr (sizeof...(Rest) > 0)
    return first_without_data<Rest...>();
}
/// What to say of it.
template <class Bad, class... All>
struct mistake_of_data {
  using type = no_data<problem::not_bound<Bad>>;
};
template <class V, class S, class... Vs, class... Ss>
struct mistake_of_data<data_binding<V, S>, data_binding<Vs, Ss>...> {
  using type = no_data<problem::not_a_source<typename V::variable_name, problem::found<S>>, Vs...>;
};

}  // namespace internals

/// What a program reads: `data(x = idx("train-images-idx3-ubyte.gz").rounded(), y = labels)`.
/// Sources are files, xtensor arrays whose first axis is the rows, vectors and spans of numbers.
template <class... V, class... S>
requires(internals::binds_data<internals::data_binding<V, S>>&&...)  //
    internals::data_bindings<internals::bound_source<V, S>...> data(
        const internals::data_binding<V, S>&... bindings) {
  return {internals::any_bindings(nullptr),
          hana::tuple<internals::bound_source<V, S>...>{
              internals::bound_source<V, S>{source(bindings.source)}...}};
}
/// Anything else is an error that says what it takes.
template <class First, class... Rest>
requires(!(internals::binds_data<First> && ... && internals::binds_data<Rest>))  //
    auto data(const First&, const Rest&...) -> typename internals::mistake_of_data<
        typename decltype(internals::first_without_data<First, Rest...>())::type, First,
        Rest...>::type;

/// Data checked and read for one program: rows of the data plate, and what stands outside it.
template <class T>
struct loaded_data {
  internals::dataset<T> rows;
  internals::constant_columns<T> constants;
};

}  // namespace variad
