#pragma once

#include <map>
#include <string>

#include <variad/dsl/engine/tables.hpp>

namespace variad {

/// The name of a node's op, `p.z.dense0`, or `nvil/z.dense0` in the network of the estimator of z:
/// of its parameters and its state.
template <class T>
std::string op_name(const program_tables<T>& t, const node& n) {
  std::string name = n.network >= 0
                         ? std::string(t.estimators[static_cast<std::size_t>(n.network)].name) + "/"
                     : n.in_guide && !t.ancestral ? "q."
                                                  : "p.";
  return name.append(n.statement).append(".").append(n.op).append(std::to_string(n.position));
}

/// What the ops of an inference keep from run to run, such as running averages and Markov chains,
/// by the names of the ops: its programs share them, as they share the parameters.
template <class T>
class op_states {
 public:
  using named_values = std::vector<std::pair<std::string, std::span<T>>>;

  /// The states of a program's ops by node, null where there is none.
  std::vector<void*> by_node(const program_tables<T>& t, const std::vector<const void*>& ops);

  /// All values, for checkpoints.
  named_values values() const;

  void reset();

 private:
  /// The state of step s, made at the first call; null for an op without one.
  void* of(const program_tables<T>& t, std::size_t s, const void* op);

  struct entry {
    std::shared_ptr<void> state;
    decltype(kernel<T>::state_values) values = nullptr;
    decltype(kernel<T>::reset_state) reset = nullptr;
  };
  std::map<std::string, entry> entries_;
};

}  // namespace variad
