#pragma once

#include <string>
#include <vector>

#include <variad/dsl/engine/context.hpp>
#include <variad/dsl/engine/op_states.hpp>
#include <variad/runtime/training/program.hpp>

namespace variad {

/// The parameters of a program in one aligned buffer, named by statement and position:
/// `q.h.dense0.weight`. Blocks that have a row for every datum come last. Offsets are laid out at
/// run time, since the number of rows is of the data.
template <class T>
class parameter_set {
 public:
  /// Lays out the parameters of a program; values(i) is the op of node i.
  void build(const program_tables<T>& t, std::span<const void* const> ops, std::size_t data_rows,
             std::uint64_t seed);

  /// Draws the initial values anew; a block's depend on the seed and its name alone.
  void initialise(std::uint64_t seed);

  std::span<T> values() { return values_.span(); }
  std::span<const T> values() const { return values_.span(); }
  const std::vector<parameter_info>& table() const { return table_; }
  const parameter_places& places() const { return places_; }
  std::size_t size() const { return values_.size(); }

  const parameter_info* find(std::string_view name) const;

 private:
  struct start {
    std::string name;
    shape extents;
    fan_in_out fan;
    initializer rule;
  };
  std::vector<parameter_info> table_;
  std::vector<start> initial_;
  parameter_places places_;
  aligned_buffer<T> values_;
};

}  // namespace variad
