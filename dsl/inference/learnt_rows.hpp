#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <variad/dsl/engine/data_reader.hpp>
#include <variad/dsl/engine/state_places.hpp>
#include <variad/dsl/inference/data.hpp>

namespace variad::internals {

/// The rows of plates that parameters of each row belong to: those of the data of each call, until
/// something is learnt of them.
template <class T>
class learnt_rows {
 public:
  /// Whether data may have more rows of a plate than something was learnt of: latents of the others
  /// are drawn from their priors.
  enum class unlearnt { refused, drawn };

  explicit learnt_rows(const program_tables<T>& training);

  /// Whether parameters have a row for each datum.
  bool of_data() const { return of_data_; }
  std::size_t data() const { return data_; }
  const plate_rows& groups() const { return groups_; }

  /// Something was learnt of the rows there are.
  void settle() { settled_ = true; }
  /// The same, if this parameter has rows.
  void settle_by(std::string_view parameter);
  void forget();

  /// Takes the number of data; true where it is another one than before. Throws `variad::error`
  /// where something was learnt of others.
  bool take_data(std::size_t rows);
  /// The same of plates beside the data plate. Data may lack rows that something was learnt of.
  bool take_groups(const loaded_data<T>& data, unlearnt more);
  /// The same of a checkpoint, unless something was learnt of others.
  bool take_checkpoint(const std::string& path);

  /// What stands outside the data plate, with at least as many rows of its plates as there are.
  constant_columns<T> enlarge(const constant_columns<T>& data);

 private:
  bool is_settled(plate_id p) const { return settled_ && groups_[p] > 0; }
  bool take_groups(const plate_rows& groups);
  void check_largest_index(plate_id p, std::size_t groups, std::size_t rows) const;

  const program_tables<T>& t_;
  const bool of_data_;
  const std::vector<sized_axis> axes_;  // of parameters of each row of other plates
  std::size_t data_ = 0;
  plate_rows groups_{};
  bool settled_ = false;
  std::pair<constant_columns<T>, constant_columns<T>> enlarged_;  // what was enlarged last
};

extern template class learnt_rows<float>;
extern template class learnt_rows<double>;

}  // namespace variad::internals
