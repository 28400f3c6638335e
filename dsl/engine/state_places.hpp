#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include <variad/dsl/engine/tables.hpp>
#include <variad/runtime/training/run_state.hpp>

namespace variad::internals {

/// The name of a node's op, `p.z.dense0`, `nvil/z.dense0` in the network of the estimator of z, or
/// `shared.embed` of a layer with a name: of its parameters and of what it carries.
template <class T>
std::string op_name(const program_tables<T>& t, const node& n) {
  if (!n.layer.empty()) return std::string("shared.").append(n.layer);
  std::string name = exists(n.network)            ? std::string(t.estimators[n.network].name) + "/"
                     : n.in_guide && !t.ancestral ? "q."
                                                  : "p.";
  return name.append(n.statement).append(".").append(n.op).append(std::to_string(n.position));
}

/// Whether step s has a layer that an earlier step has, too.
template <class T>
bool repeats_layer(const program_tables<T>& t, std::size_t s) {
  const std::string_view layer = t.nodes[t.steps[s].node].layer;
  for (std::size_t before = 0; before < s && !layer.empty(); ++before)
    if (t.nodes[t.steps[before].node].layer == layer) return true;
  return false;
}

/// The parameters of a program, named by statement and position, `q.h.dense0.weight`, in the order
/// in which they are laid out: those that have a row for every datum come last. An initial value
/// depends on the seed and the name alone.
template <class T>
std::vector<parameter_start<T>> parameters_of(const program_tables<T>& t, const node_values& ops,
                                              std::size_t data_rows, const plate_rows& groups);

/// Whether a program has parameters for each row of the data plate.
template <class T>
bool has_row_parameters(const program_tables<T>& t);

/// An axis of a parameter that is as long as a plate that takes its size from the data.
struct sized_axis {
  std::string name;
  std::size_t axis = 0;
  plate_id plate = plate_id::none;
};
/// Of parameters of each row, but for those of the data plate.
template <class T>
std::vector<sized_axis> sized_axes(const program_tables<T>& t);

/// Where the nodes of a program have their parameters and what they carry in the state of an
/// inference, by name: its programs share them.
template <class T>
class state_places {
 public:
  /// Registers what the program's ops and estimators carry, if it is new. To be
  /// made again when the parameters are laid out again.
  state_places(const program_tables<T>& t, const node_values& ops, run_state<T>& state);

  /// Block b of a node's op; null if the program does not run it.
  const parameter_info* parameter(node_id node, std::size_t b) const {
    return parameters_[node][b];
  }
  /// Null for an op that carries nothing.
  void* of_op(node_id node) const { return ops_[node]; }
  /// Empty for an estimator that carries nothing, and where nothing is trained.
  std::span<T> of_estimator(latent_id latent) const { return estimators_[latent]; }

 private:
  id_vector<node_id, std::array<const parameter_info*, max_parameters>> parameters_;
  id_vector<node_id, void*> ops_;
  id_vector<latent_id, std::span<T>> estimators_;
};

}  // namespace variad::internals
