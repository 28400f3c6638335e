#pragma once

#include <vector>

#include "program.hpp"

namespace oracle {

void add_skeletons_a(std::vector<skeleton>& to);
void add_skeletons_b(std::vector<skeleton>& to);

inline std::vector<skeleton> skeletons() {
  std::vector<skeleton> all;
  add_skeletons_a(all);
  add_skeletons_b(all);
  return all;
}

}  // namespace oracle
