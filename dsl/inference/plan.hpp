#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <variad/dsl/engine/tables.hpp>
#include <variad/runtime/training/program.hpp>

namespace variad {

/// What the compiler decided, as data; printing it gives a table.
struct plan {
  struct latent {
    std::string name, family, estimator, reason, bias, term, knob, source;
    shape event;
    int probes = 1;
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

  std::string objective;
  std::vector<latent> latents;
  std::vector<evaluation> schedule;
  std::vector<parameter> parameters;
  std::size_t datum_bytes = 0;   ///< of a shard's arena, per datum
  std::size_t global_bytes = 0;  ///< of the arena of what is computed once a step
};

namespace detail {

template <class T>
plan make_plan(const program_tables<T>& t, const std::vector<parameter_info>& parameters);

}  // namespace detail

/// The plan as text: latents with their estimators, the schedule, parameters, memory.
std::ostream& operator<<(std::ostream& out, const plan& p);

}  // namespace variad
