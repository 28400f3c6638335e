#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <variad/dsl/engine/tables.hpp>
#include <variad/runtime/training/run_state.hpp>

namespace variad {

/// What the compiler decided, as data; printing it gives a table.
struct plan {
  struct latent {
    std::string name, family, estimator, reason, bias, term, knob, source;
    shape event;
    int probes = 1;
  };
  /// Data that may lack.
  struct gap {
    std::string name, what;  ///< what then happens
  };
  struct evaluation {
    std::string what;             ///< the op, the draw, or the members of a fused chain
    std::string statement, axes;  ///< where it stands; what its rows vary over
    shape event;
    bool global = false;  ///< once a step
  };
  struct parameter {
    std::string name;
    std::vector<std::size_t> shape;
  };
  struct carried {
    std::string name;
    std::vector<std::size_t> shape;
    bool saved = true;  ///< in checkpoints
  };

  struct group {
    std::string plate;  ///< which takes its size from the data
    std::size_t bytes = 0;
  };

  std::string objective;
  std::vector<latent> latents;
  std::vector<gap> gaps;
  std::vector<evaluation> schedule;
  std::vector<parameter> parameters;
  std::vector<carried> state;    ///< what else goes on from step to step, but for the optimizer's
  std::size_t datum_bytes = 0;   ///< of a shard's arena, per datum
  std::size_t global_bytes = 0;  ///< of the arena of what is computed once a step
  std::vector<group> groups;     ///< what each row of a plate adds to it
};

namespace internals {

template <class T>
plan make_plan(const program_tables<T>& t, const std::vector<state_piece<T>>& state);

}  // namespace internals

/// The plan as text: latents with their estimators, what data may lack, the schedule, parameters,
/// state, memory.
std::ostream& operator<<(std::ostream& out, const plan& p);

}  // namespace variad
