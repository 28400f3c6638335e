#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <variad/runtime/boltzmann/coloring.hpp>
#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/unit_fields.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/linalg/blas.hpp>

namespace variad {

/// Which units of a Boltzmann machine are coupled, and its blocks. A coupling that is to be held at
/// zero is an edge left out.
class coupling_graph {
 public:
  using edge = std::array<std::uint32_t, 2>;
  struct neighbour {
    std::uint32_t unit, edge;
  };

  /// Throws `variad::error` if an edge names a unit that is not there, or one unit twice.
  coupling_graph(std::size_t units, std::vector<edge> edges) : edges_(std::move(edges)) {
    std::vector<std::vector<std::uint32_t>> adjacent(units);
    std::vector<std::vector<neighbour>> neighbours(units);
    for (std::uint32_t e = 0; e < edges_.size(); ++e) {
      const auto [i, j] = edges_[e];
      if (i >= units || j >= units || i == j)
        throw error("coupling_graph: found the edge (" + std::to_string(i) + ", " +
                    std::to_string(j) + "), expected two different units below " +
                    std::to_string(units));
      adjacent[i].push_back(j), adjacent[j].push_back(i);
      neighbours[i].push_back({j, e}), neighbours[j].push_back({i, e});
    }
    begin_.push_back(0);
    for (const auto& list : neighbours) {
      neighbours_.insert(neighbours_.end(), list.begin(), list.end());
      begin_.push_back(neighbours_.size());
    }
    blocks_ = internals::color_blocks(adjacent);
  }

  [[nodiscard]] std::size_t units() const { return begin_.size() - 1; }
  [[nodiscard]] const std::vector<edge>& edges() const { return edges_; }
  [[nodiscard]] const internals::unit_blocks& blocks() const { return blocks_; }
  [[nodiscard]] std::span<const neighbour> neighbours(std::size_t unit) const {
    return std::span(neighbours_).subspan(begin_[unit], begin_[unit + 1] - begin_[unit]);
  }

 private:
  std::vector<edge> edges_;
  std::vector<neighbour> neighbours_;
  std::vector<std::size_t> begin_;
  internals::unit_blocks blocks_;
};

/// Every two units coupled, in the order (0, 1), (0, 2), ..., (1, 2), ...
inline coupling_graph complete_graph(std::size_t units) {
  std::vector<coupling_graph::edge> edges;
  for (std::uint32_t i = 0; i < units; ++i)
    for (std::uint32_t j = i + 1; j < units; ++j) edges.push_back({i, j});
  return {units, std::move(edges)};
}

namespace internals {

/// Parameters of a Boltzmann machine, or a gradient for them (then an empty span leaves that
/// gradient out). `T` may be const.
template <class T>
struct boltzmann_parameters {
  std::span<T> biases;     ///< of shape [units]
  std::span<T> couplings;  ///< one per edge
};

/// -E(z) = Σ_i b_i z_i + Σ_(i,j) w_ij z_i z_j over the edges of a graph: "GumBolt" (Khoshaman and
/// Amin 2018), eq. 3 with couplings that are not bipartite. The graph must outlive it. A sweep
/// takes two multiplications per edge and row, whatever the number of blocks.
template <blas_scalar T>
class boltzmann_energy {
 public:
  using value_type = T;
  using gradient_type = boltzmann_parameters<T>;

  /// Throws `variad::error` if the sizes disagree.
  boltzmann_energy(const coupling_graph& graph, boltzmann_parameters<const T> parameters)
      : graph_(&graph), p_(parameters) {
    if (p_.biases.size() != graph.units() || p_.couplings.size() != graph.edges().size())
      throw error("boltzmann_energy: found " + std::to_string(p_.biases.size()) + " biases and " +
                  std::to_string(p_.couplings.size()) + " couplings, expected " +
                  std::to_string(graph.units()) + " and " + std::to_string(graph.edges().size()));
  }

  [[nodiscard]] std::size_t units() const { return graph_->units(); }
  [[nodiscard]] const unit_blocks& blocks() const { return graph_->blocks(); }
  [[nodiscard]] std::size_t scratch_size(std::size_t) const { return 0; }

  void energy(state_rows<const T> z, T*, T* out) const {
    energy_without(blocks().size(), z, out);  // no unit is in a block of that number
  }

  void energy_without(std::size_t block, state_rows<const T> z, T* out) const {
    for (std::size_t r = 0; r < z.rows; ++r) {
      const T* const row = z[r];
      double sum = 0;
      for (std::size_t i = 0; i < units(); ++i)
        if (blocks().block_of(i) != block) sum += p_.biases[i] * row[i];
      for (std::size_t e = 0; e < p_.couplings.size(); ++e) {
        const auto [i, j] = graph_->edges()[e];
        if (blocks().block_of(i) != block && blocks().block_of(j) != block)
          sum += p_.couplings[e] * row[i] * row[j];
      }
      out[r] = static_cast<T>(-sum);
    }
  }

  void fields(std::size_t block, state_rows<const T> z, T* out) const {
    write_fields(blocks()[block], z, out,
                 [&](std::size_t unit, const T* row) { return field(unit, row); });
  }

  void add_state_gradient(state_rows<const T> z, const T* weight, T*, state_rows<T> out) const {
    add_fields(units(), z, weight, out,
               [&](std::size_t unit, const T* row) { return field(unit, row); });
  }

  void add_parameter_gradient(state_rows<const T> z, const T* weight, T*,
                              const gradient_type& gradient) const {
    for (std::size_t r = 0; r < z.rows; ++r) {
      const T* const row = z[r];
      axpy(gradient.biases.size(), -weight[r], row, gradient.biases.data());
      for (std::size_t e = 0; e < gradient.couplings.size(); ++e) {
        const auto [i, j] = graph_->edges()[e];
        gradient.couplings[e] -= weight[r] * row[i] * row[j];
      }
    }
  }

 private:
  [[nodiscard]] T field(std::size_t unit, const T* row) const {
    T sum = p_.biases[unit];
    for (const auto [other, edge] : graph_->neighbours(unit))
      sum += p_.couplings[edge] * row[other];
    return sum;
  }

  const coupling_graph* graph_;
  boltzmann_parameters<const T> p_;
};

}  // namespace internals

static_assert(internals::energy_model<internals::boltzmann_energy<float>>);

}  // namespace variad
