#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <variad/dsl/families/boltzmann_prior.hpp>
#include <variad/runtime/boltzmann/graph.hpp>

namespace variad {
namespace internals {

/// What `Machine::energies<T>` is where `machine.graph()` says which units are coupled.
template <class T>
class graph_energies {
 public:
  template <class Machine>
  explicit graph_energies(const Machine& machine) : graph_(machine.graph()) {}

  boltzmann_energy<T> of(const T* parameters) const {
    return boltzmann_energy<T>(graph_, split(parameters));
  }
  boltzmann_parameters<T> gradient(T* parameters) const { return split(parameters); }

 private:
  template <class U>
  boltzmann_parameters<U> split(U* at) const {
    return {{at, graph_.units()}, {at + graph_.units(), graph_.edges().size()}};
  }

  coupling_graph graph_;
};

/// A call of it ends the constant evaluation of a model: its name is what the compiler prints.
[[noreturn]] inline void edge_is_not_of_two_different_units_that_are_drawn(
    const coupling_graph::edge& e, int units) {
  throw error("boltzmann: found the edge (" + std::to_string(e[0]) + ", " + std::to_string(e[1]) +
              "), expected two different units below " + std::to_string(units));
}

[[noreturn]] inline void edge_is_listed_twice(const coupling_graph::edge& e) {
  throw error("boltzmann: found the edge (" + std::to_string(e[0]) + ", " + std::to_string(e[1]) +
              ") twice, expected each pair of units once");
}

/// A Boltzmann machine of N units, every two coupled: `biases` [N] and `couplings`
/// [N (N - 1) / 2], in the order of complete_graph.
template <int N>
struct complete_machine : pairwise_machine<N, N*(N - 1) / 2> {
  static constexpr std::string_view name = "boltzmann";
  static constexpr std::size_t scratch_size(std::size_t) { return 0; }

  coupling_graph graph() const { return this->coupled ? complete_graph(N) : coupling_graph(N, {}); }
  template <class T>
  using energies = graph_energies<T>;
};

/// A Boltzmann machine of N units, coupled along M edges: `biases` [N] and `couplings` [M].
template <int N, std::size_t M>
struct graph_machine : pairwise_machine<N, static_cast<int>(M)> {
  static constexpr std::string_view name = "boltzmann";
  static constexpr std::size_t scratch_size(std::size_t) { return 0; }

  std::array<coupling_graph::edge, M> edges{};

  coupling_graph graph() const {
    if (!this->coupled) return {N, {}};
    return {N, {edges.begin(), edges.end()}};
  }
  template <class T>
  using energies = graph_energies<T>;
};

/// What `boltzmann` draws is known when the variables are.
struct boltzmann_over {
  boltzmann_settings settings;

  template <class... V>
  constexpr auto over() const {
    return draw_from_machine(complete_machine<units_of<V...>>{{settings.coupled}}, settings);
  }
};
template <std::size_t M>
struct boltzmann_along_edges {
  std::array<coupling_graph::edge, M> edges;
  boltzmann_settings settings;

  template <class... V>
  constexpr auto over() const {
    constexpr auto units = static_cast<std::uint32_t>(units_of<V...>);
    for (const coupling_graph::edge& e : edges)
      if (e[0] >= units || e[1] >= units || e[0] == e[1])
        edge_is_not_of_two_different_units_that_are_drawn(e, units_of<V...>);
    for (std::size_t i = 0; i < M; ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (edges[i] == edges[j] || (edges[i][0] == edges[j][1] && edges[i][1] == edges[j][0]))
          edge_is_listed_twice(edges[i]);
    return draw_from_machine(graph_machine<units_of<V...>, M>{{settings.coupled}, edges}, settings);
  }
};

}  // namespace internals

/// A Boltzmann machine as the prior of binary units ("GumBolt", Khoshaman and Amin 2018, eq. 3),
/// every two of them coupled: `z = ~boltzmann()`, or `joint(a, b) = ~boltzmann()` over the units of
/// a and then those of b. Its parameters are `biases` and `couplings` of `p.z.boltzmann0`. Gibbs
/// sampling goes from edge to edge: for many units, a restricted machine is faster by far.
constexpr auto boltzmann(const boltzmann_settings& settings = {}) {
  return internals::distribution_over_variables<internals::boltzmann_over>{{settings}};
}
/// The same, coupled along some edges alone, each with a coupling of its own:
/// `z = ~boltzmann({{0, 1}, {1, 2}})`. A coupling that is to be held at zero is an edge left out.
/// An edge that is not of two different units is a compile error in a constexpr model, and throws
/// `variad::error` in another.
template <std::size_t M>
constexpr auto boltzmann(const std::array<coupling_graph::edge, M>& edges,
                         const boltzmann_settings& settings = {}) {
  return internals::distribution_over_variables<internals::boltzmann_along_edges<M>>{
      {edges, settings}};
}
template <std::size_t M>
constexpr auto boltzmann(const coupling_graph::edge (&edges)[M],
                         const boltzmann_settings& settings = {}) {
  return boltzmann(std::to_array(edges), settings);
}

}  // namespace variad
