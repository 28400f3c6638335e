#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <variad/dsl/families/boltzmann_prior.hpp>
#include <variad/runtime/boltzmann/polynomial.hpp>

namespace variad {

namespace internals {

/// Terms of a polynomial, each the product of the units it lists.
template <std::size_t Terms, std::size_t Members>
struct interaction_list {
  std::array<std::uint32_t, Members> members{};  ///< the units of all terms, one term after another
  std::array<std::size_t, Terms> ends{};         ///< where in `members` each term ends

  constexpr std::span<const std::uint32_t> operator[](std::size_t t) const {
    const std::size_t begin = t == 0 ? 0 : ends[t - 1];
    return std::span(members).subspan(begin, ends[t] - begin);
  }
};

}  // namespace internals

/// `interactions({0}, {1}, {0, 1, 2})`: the terms z₀, z₁ and z₀z₁z₂.
template <std::size_t... Size>
constexpr auto interactions(const std::uint32_t (&... terms)[Size]) {
  static_assert(sizeof...(Size) > 0,
                "interactions({0}, {0, 1}) lists the units of at least one term");
  constexpr std::size_t members = [] {  // not a fold: Clang nests those at most 256 deep
    std::size_t n = 0;
    for (const std::size_t s : {Size..., std::size_t{0}}) n += s;
    return n;
  }();
  internals::interaction_list<sizeof...(Size), members> out;
  const std::array<std::span<const std::uint32_t>, sizeof...(Size)> lists{terms...};
  std::size_t end = 0;
  for (std::size_t t = 0; t < lists.size(); ++t) {
    for (const std::uint32_t unit : lists[t]) out.members[end++] = unit;
    out.ends[t] = end;
  }
  return out;
}

namespace internals {

constexpr bool lists_different_units(std::span<const std::uint32_t> term, std::uint32_t units) {
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (term[i] >= units) return false;
    for (std::size_t j = 0; j < i; ++j)
      if (term[j] == term[i]) return false;
  }
  return !term.empty();
}

/// Calls of these end the constant evaluation of a model: their names are what the compiler prints.
[[noreturn]] inline void interaction_is_not_of_different_units_that_are_drawn(
    std::span<const std::uint32_t> term, int units) {
  std::string found;
  for (const std::uint32_t i : term) found += (found.empty() ? "" : ", ") + std::to_string(i);
  throw error("polynomial_boltzmann: found the interaction {" + found +
              "}, expected one or more different units below " + std::to_string(units));
}
[[noreturn]] inline void interactions_held_at_zero_are_those_left_out() {
  throw error(
      "polynomial_boltzmann: found coupled = false, expected true: leave out the interactions that "
      "are held at zero");
}

/// A Boltzmann machine of N units with a polynomial energy: `coefficients` [Terms].
template <int N, std::size_t Terms, std::size_t Members>
struct polynomial_machine {
  static constexpr std::string_view name = "polynomial_boltzmann";
  static constexpr int units = N;
  static constexpr std::size_t parameter_count = 1;
  static constexpr std::string_view parameter_name(std::size_t) { return "coefficients"; }
  static constexpr shape parameter_shape(std::size_t) { return shape_of(Terms); }
  static constexpr std::size_t scratch_size(std::size_t) { return 0; }

  interaction_list<Terms, Members> list{};

  template <class T>
  class energies {
   public:
    explicit energies(const polynomial_machine& machine) : terms_(N, terms_of(machine.list)) {}

    polynomial_energy<T> of(const T* parameters) const { return {terms_, {{parameters, Terms}}}; }
    polynomial_parameters<T> gradient(T* parameters) const { return {{parameters, Terms}}; }

   private:
    static std::vector<interaction_terms::term> terms_of(
        const interaction_list<Terms, Members>& list) {
      std::vector<interaction_terms::term> out;
      for (std::size_t t = 0; t < Terms; ++t) out.emplace_back(list[t].begin(), list[t].end());
      return out;
    }

    interaction_terms terms_;
  };
};

/// What `polynomial_boltzmann` draws is known when the variables are.
template <std::size_t Terms, std::size_t Members>
struct polynomial_boltzmann_over {
  interaction_list<Terms, Members> list;
  boltzmann_settings settings;

  template <class... V>
  constexpr auto over() const {
    for (std::size_t t = 0; t < Terms; ++t)
      if (!lists_different_units(list[t], units_of<V...>))
        interaction_is_not_of_different_units_that_are_drawn(list[t], units_of<V...>);
    if (!settings.coupled) interactions_held_at_zero_are_those_left_out();
    return draw_from_machine(polynomial_machine<units_of<V...>, Terms, Members>{list}, settings);
  }
};

}  // namespace internals

/// A Boltzmann machine with a polynomial energy of any order as the prior of binary units, -E(z) =
/// Σ_t c_t Π_{i in t} z_i ("GumBolt", Khoshaman and Amin 2018, theorems 1 and 2):
/// `z = ~polynomial_boltzmann(interactions({0}, {1}, {0, 1, 2}))`. A unit is a number into the
/// variables drawn, one after another. Its parameter is `p.z.polynomial_boltzmann0.coefficients`.
/// An interaction that is not of different units is a compile error in a constexpr model, and
/// throws `variad::error` in another.
template <std::size_t Terms, std::size_t Members>
constexpr auto polynomial_boltzmann(const internals::interaction_list<Terms, Members>& list,
                                    const boltzmann_settings& settings = {}) {
  return internals::distribution_over_variables<
      internals::polynomial_boltzmann_over<Terms, Members>>{{list, settings}};
}

}  // namespace variad
