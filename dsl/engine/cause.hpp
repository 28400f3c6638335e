#pragma once

#include <string>

#include <variad/dsl/engine/binder.hpp>

namespace variad::internals {

/// Puts into words why values of a program are not finite: which statement, in which row of the
/// data, and what to write instead. It looks at what a context holds; empty where it finds nothing.
template <class T>
class cause_finder {
 public:
  cause_finder(const program_tables<T>& tables, const binder<T>& bind) : t_(tables), bind_(bind) {}

  /// After step s has run: a parameter that is not what its family needs, or a value that is not a
  /// number.
  std::string of_step(std::size_t s, context<T>& c, context<T>& global) const;
  /// After step s has run: a term that is infinite.
  std::string of_infinite_term(std::size_t s, context<T>& c, context<T>& global) const;
  /// A parameter of one of these draws, in a context, that is not what its family needs.
  std::string of_draws(latent_set draws, context<T>& c, context<T>& global) const;
  /// The first parameter of a draw or density that is not what its family needs; empty where there
  /// is none.
  std::string of_parameters(const node& n, context<T>& c, context<T>& global) const;

 private:
  /// " in row 17"; nothing where the node does not vary over the data plate.
  std::string row_in_words(const node& n, std::size_t row, const context<T>& c) const;

  const program_tables<T>& t_;
  const binder<T>& bind_;
};

}  // namespace variad::internals
