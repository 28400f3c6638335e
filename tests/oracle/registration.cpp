#include <algorithm>

#include "program.hpp"

namespace oracle {
namespace {

std::vector<skeleton (*)()>& makers() {
  static std::vector<skeleton (*)()> all;
  return all;
}

}  // namespace

registration::registration(std::vector<skeleton (*)()> of_file) {
  makers().insert(makers().end(), of_file.begin(), of_file.end());
}

std::vector<skeleton> skeletons() {
  std::vector<skeleton> all;
  for (skeleton (*make)() : makers()) all.push_back(make());
  std::sort(all.begin(), all.end(),
            [](const skeleton& a, const skeleton& b) { return a.name < b.name; });
  return all;
}

}  // namespace oracle
