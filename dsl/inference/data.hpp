#pragma once

#include <string>
#include <vector>

#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>

#include <variad/dsl/engine/data_reader.hpp>
#include <variad/dsl/syntax/variable.hpp>
#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/data/source.hpp>

namespace variad {

namespace internals {

/// Sources bound to variables, by name.
template <class... Bindings>
struct data_bindings {
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

}  // namespace internals

/// What a program reads: `data(x = idx("train-images-idx3-ubyte.gz").rounded(), y = labels)`.
/// Sources are files, or xtensor arrays whose first axis is the rows.
template <class... V, class... S>
internals::data_bindings<internals::bound_source<V, S>...> data(
    const internals::data_binding<V, S>&... bindings) {
  return {hana::tuple<internals::bound_source<V, S>...>{
      internals::bound_source<V, S>{source(bindings.source)}...}};
}

/// Data checked and read for one program: rows of the data plate, and what stands outside it.
template <class T>
struct loaded_data {
  internals::dataset<T> rows;
  internals::constant_columns<T> constants;
};

}  // namespace variad
