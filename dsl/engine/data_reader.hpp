#pragma once

#include <memory>

#include <variad/dsl/engine/binder.hpp>
#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/training/program.hpp>

namespace variad::internals {

/// Data outside the data plate, shared by those who read them.
template <class T>
using constant_columns = std::shared_ptr<const std::vector<column<T>>>;

/// Copies data into the arenas: rows of the data plate at every step, what stands outside it once.
/// Labels become one-hot rows.
template <class T>
class data_reader {
 public:
  data_reader(const program_tables<T>& tables, const binder<T>& bind);

  void set_constants(constant_columns<T> constants) { constants_ = std::move(constants); }

  /// The rows of a context out of its row ids. A query may lack columns that it does not depend on.
  void read_rows(context<T>& c, context<T>& global, const dataset<T>& data,
                 const step_settings& settings) const;

  void read_constants(context<T>& global) const;

 private:
  static bool is_category(const node& n);
  static void one_hot(const T* labels, std::size_t count, const node& n, T* out);

  const program_tables<T>& t_;
  const binder<T>& bind_;
  std::vector<node_id> nodes_;
  constant_columns<T> constants_;
};

}  // namespace variad::internals
