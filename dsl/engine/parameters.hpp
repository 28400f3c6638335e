#pragma once

#include <string>
#include <vector>

#include <variad/dsl/engine/context.hpp>
#include <variad/dsl/engine/op_states.hpp>
#include <variad/runtime/random/stream.hpp>
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
             std::uint64_t seed) {
    table_.clear();
    initial_.clear();
    places_.of_node.assign(t.nodes.size(), {});
    std::size_t size = 0;
    for (const bool per_datum : {false, true})
      for (std::size_t s = 0; s < t.steps.size(); ++s) {
        const auto i = static_cast<std::size_t>(t.steps[s].node);
        const node& n = t.nodes[i];
        const bool datum =
            n.per_row && t.data_plate >= 0 && (n.axes >> (first_plate_axis + t.data_plate) & 1);
        if (n.parameter_count == 0 || datum != per_datum) continue;
        const input_events in(t.nodes, n);
        for (std::size_t b = 0; b < std::min<std::size_t>(n.parameter_count, max_parameters); ++b) {
          const shape extents = n.parameter_rule(b, in);
          parameter_info info;
          info.name = op_name(t, n).append(".").append(n.parameter_name(b));
          if (n.per_row)
            for (std::size_t p = 0; p < t.plates.size(); ++p)
              if (n.axes >> (first_plate_axis + p) & 1)
                info.shape.push_back(
                    t.plates[p].size > 0 ? static_cast<std::size_t>(t.plates[p].size) : data_rows);
          for (int d = 0; d < extents.rank; ++d)
            info.shape.push_back(static_cast<std::size_t>(extents[d]));
          info.size = 1;
          for (const std::size_t d : info.shape) info.size *= d;
          info.offset = size;
          places_.of_node[i][b] = size;
          size = (size + info.size + 15) / 16 * 16;
          initial_.push_back({info.name, extents, t.kernels[s].initial(ops[i], b)});
          table_.push_back(std::move(info));
        }
      }
    values_ = aligned_buffer<T>(size);
    initialise(seed);
  }

  /// Draws the initial values anew; a block's depend on the seed and its name alone.
  void initialise(std::uint64_t seed) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const start& s = initial_[i];
      s.rule.fill(std::span<T>(values_.data() + table_[i].offset, table_[i].size), s.extents,
                  row_stream(make_stream(seed, 0, hash_name(s.name)), 0, 0));
    }
  }

  std::span<T> values() { return values_.span(); }
  const std::vector<parameter_info>& table() const { return table_; }
  const parameter_places& places() const { return places_; }
  std::size_t size() const { return values_.size(); }

  const parameter_info* find(std::string_view name) const {
    for (const parameter_info& p : table_)
      if (p.name == name) return &p;
    return nullptr;
  }

 private:
  struct start {
    std::string name;
    shape extents;
    initializer rule;
  };
  std::vector<parameter_info> table_;
  std::vector<start> initial_;
  parameter_places places_;
  aligned_buffer<T> values_;
};

}  // namespace variad
