#pragma once

#include <variad/dsl/families/boltzmann_prior.hpp>
#include <variad/runtime/boltzmann/restricted.hpp>

namespace variad {

namespace internals {

/// A restricted Boltzmann machine over N1 and N2 units: `biases` [N1 + N2] and `couplings`
/// [N2, N1].
template <int N1, int N2>
struct restricted_machine : pairwise_machine<N1 + N2, N2, N1> {
  static constexpr std::string_view name = "restricted_boltzmann";
  static constexpr std::size_t scratch_size(std::size_t rows) {
    return rows * static_cast<std::size_t>(std::max(N1, N2));
  }

  template <class T>
  class energies {
   public:
    explicit energies(const restricted_machine& machine) : coupled_(machine.coupled) {}

    restricted_boltzmann_energy<T> of(const T* parameters) const {
      return restricted_boltzmann_energy<T>(split(parameters));
    }
    restricted_boltzmann_parameters<T> gradient(T* parameters) const { return split(parameters); }

   private:
    template <class U>
    restricted_boltzmann_parameters<U> split(U* at) const {
      return {{at, N1}, {at + N1, N2}, {at + N1 + N2, coupled_ ? std::size_t{N1} * N2 : 0}};
    }

    bool coupled_;
  };
};

/// What `restricted_boltzmann` draws is known when the variables are.
struct restricted_boltzmann_over {
  boltzmann_settings settings;

  template <class... V>
  constexpr auto over() const {
    static_assert(sizeof...(V) == 2,
                  "a restricted Boltzmann machine is over two groups of units: "
                  "`joint(z1, z2) = ~restricted_boltzmann()`");
    constexpr int first = std::array{V::declared.size()...}[0], rest = units_of<V...> - first;
    return draw_from_machine(restricted_machine<first, rest>{settings.coupled}, settings);
  }
};

}  // namespace internals

/// A restricted Boltzmann machine as the prior of two groups of binary units ("GumBolt", Khoshaman
/// and Amin 2018, eq. 3–4): `joint(z1, z2) = ~restricted_boltzmann()`. Its parameters are `biases`
/// and `couplings` of `p.z1,z2.restricted_boltzmann0`.
constexpr auto restricted_boltzmann(const boltzmann_settings& settings = {}) {
  return internals::distribution_over_variables<internals::restricted_boltzmann_over>{{settings}};
}

}  // namespace variad
