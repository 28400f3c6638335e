#pragma once

#include <memory>

#include <variad/dsl/engine/binder.hpp>
#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/training/program.hpp>

namespace variad::internals {

/// What stands outside the data plate: columns, and how many rows the plates have that take their
/// sizes from the data.
template <class T>
struct constant_data {
  std::vector<column<T>> columns;
  plate_rows groups{};
  id_array<plate_id, bool, max_plates> counted{};  ///< not by the largest index alone
  /// Rows of these plates that parameters were learnt for; 0 where none are of each row.
  plate_rows learnt{};
};
/// Shared by those who read it.
template <class T>
using constant_columns = std::shared_ptr<const constant_data<T>>;

/// Copies data into the arenas: rows of the data plate at every step, what stands outside it once.
/// Labels become one-hot rows.
template <class T>
class data_reader {
 public:
  data_reader(const program_tables<T>& tables, const binder<T>& bind);

  void set_constants(constant_columns<T> constants) { constants_ = std::move(constants); }
  plate_rows groups() const { return constants_ ? constants_->groups : plate_rows{}; }
  plate_rows learnt() const { return constants_ ? constants_->learnt : plate_rows{}; }

  /// The rows of a context out of its row ids. A query may lack columns that it does not depend on.
  void read_rows(context<T>& c, context<T>& global, const dataset<T>& data,
                 const step_settings& settings) const;

  void read_constants(context<T>& global) const;

 private:
  static bool is_category(const node& n);
  /// Data with gaps may lack as a whole, where none of them is there.
  static bool may_lack(const node& n) { return n.kind == variable_kind::partly_observed; }
  /// One-hot rows of labels, of zeros where they are not there.
  static void one_hot(const T* labels, const std::uint8_t* known, std::size_t count, const node& n,
                      T* out);
  /// What a node says of which of `count` data of a row are there; all are where `known` is null.
  static void mask(const std::uint8_t* known, std::size_t count, const node& n, T* out);
  /// The same where there are no data: none is there, or all, where the model draws them itself.
  void mask_of_all(const node& n, std::size_t count, T* out) const;

  const program_tables<T>& t_;
  const binder<T>& bind_;
  std::vector<node_id> nodes_;
  constant_columns<T> constants_;
};

}  // namespace variad::internals
