#include <algorithm>
#include <utility>

#include <variad/runtime/boltzmann/coloring.hpp>

namespace variad::internals {

unit_blocks::unit_blocks(std::vector<std::uint32_t> color) : color_(std::move(color)) {
  const std::uint32_t count =
      color_.empty() ? 1 : *std::max_element(color_.begin(), color_.end()) + 1;
  begin_.assign(count + std::size_t{1}, 0);
  for (const std::uint32_t c : color_) ++begin_[c + std::size_t{1}];
  for (std::size_t b = 0; b < count; ++b) begin_[b + 1] += begin_[b];
  units_.resize(color_.size());
  std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
  for (std::uint32_t u = 0; u < color_.size(); ++u) units_[next[color_[u]]++] = u;
}

unit_blocks color_blocks(const std::vector<std::vector<std::uint32_t>>& neighbours) {
  constexpr std::uint32_t none = ~std::uint32_t{0};
  const std::size_t units = neighbours.size();
  std::vector<std::uint32_t> color(units, none), order;
  std::vector<bool> queued(units, false);
  order.reserve(units);
  for (std::uint32_t root = 0; root < units; ++root) {
    if (queued[root]) continue;
    queued[root] = true;
    order.push_back(root);
    for (std::size_t next = order.size() - 1; next < order.size(); ++next)
      for (const std::uint32_t v : neighbours[order[next]])
        if (!queued[v]) {
          queued[v] = true;
          order.push_back(v);
        }
  }
  std::vector<std::uint32_t> taken_by(units, none);  // the last unit that a colour is taken from
  for (const std::uint32_t u : order) {
    for (const std::uint32_t v : neighbours[u])
      if (color[v] != none) taken_by[color[v]] = u;
    color[u] = 0;
    while (taken_by[color[u]] == u) ++color[u];
  }
  return unit_blocks(std::move(color));
}

}  // namespace variad::internals
