#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bare_work.hpp"
#include "workload.hpp"

namespace steps {

/// A training step to be measured: variad's program, the same by another library, and the least
/// work that it takes.
struct workload {
  std::string name;
  maker ours;
  /// How it is done there, and the maker.
  std::vector<std::pair<std::string, maker>> libtorch;
  work least;
};

/// All of them; without libtorch where it was not there to build with.
std::vector<workload> suite();

}  // namespace steps
