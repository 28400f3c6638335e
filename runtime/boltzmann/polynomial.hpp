#pragma once

#include <algorithm>
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

namespace variad::internals {

/// The terms of a polynomial over binary units: each is the product of the units it lists, of any
/// order. Units that meet in a term are in different blocks.
class interaction_terms {
 public:
  using term = std::vector<std::uint32_t>;

  /// Throws `variad::error` if a term is empty, or names a unit that is not there, or one twice
  /// (z² = z for a binary unit, but not for a relaxed one).
  interaction_terms(std::size_t units, const std::vector<term>& terms) {
    std::vector<std::vector<std::uint32_t>> adjacent(units), terms_of(units);
    begin_.push_back(0);
    for (std::uint32_t t = 0; t < terms.size(); ++t) {
      check(units, t, terms[t]);
      for (const std::uint32_t i : terms[t]) {
        terms_of[i].push_back(t);
        for (const std::uint32_t j : terms[t])
          if (i != j) adjacent[i].push_back(j);
      }
      members_.insert(members_.end(), terms[t].begin(), terms[t].end());
      begin_.push_back(members_.size());
    }
    terms_of_begin_.push_back(0);
    for (const auto& list : terms_of) {
      terms_of_.insert(terms_of_.end(), list.begin(), list.end());
      terms_of_begin_.push_back(terms_of_.size());
    }
    blocks_ = color_blocks(adjacent);
  }

  [[nodiscard]] std::size_t units() const { return terms_of_begin_.size() - 1; }
  [[nodiscard]] std::size_t size() const { return begin_.size() - 1; }
  [[nodiscard]] const unit_blocks& blocks() const { return blocks_; }
  /// The units of term t.
  [[nodiscard]] std::span<const std::uint32_t> operator[](std::size_t t) const {
    return std::span(members_).subspan(begin_[t], begin_[t + 1] - begin_[t]);
  }
  /// The terms that a unit is in.
  [[nodiscard]] std::span<const std::uint32_t> terms_of(std::size_t unit) const {
    return std::span(terms_of_).subspan(terms_of_begin_[unit],
                                        terms_of_begin_[unit + 1] - terms_of_begin_[unit]);
  }

 private:
  static void check(std::size_t units, std::size_t t, const term& members) {
    term sorted = members;
    std::sort(sorted.begin(), sorted.end());
    const bool repeated = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
    if (!sorted.empty() && !repeated && sorted.back() < units) return;
    std::string found;
    for (const std::uint32_t i : members) found += (found.empty() ? "" : ", ") + std::to_string(i);
    throw error("interaction_terms: found the units (" + found + ") in term " + std::to_string(t) +
                ", expected one or more different units below " + std::to_string(units));
  }

  std::vector<std::uint32_t> members_, terms_of_;
  std::vector<std::size_t> begin_, terms_of_begin_;
  unit_blocks blocks_;
};

/// Coefficients of a polynomial energy, or a gradient for them. `T` may be const.
template <class T>
struct polynomial_parameters {
  std::span<T> coefficients;  ///< one per term
};

/// -E(z) = Σ_t c_t Π_{i in t} z_i, a polynomial of any order: what theorems 1 and 2 of "GumBolt"
/// (Khoshaman and Amin 2018) speak of. The terms must outlive it.
template <blas_scalar T>
class polynomial_energy {
 public:
  using value_type = T;
  using gradient_type = polynomial_parameters<T>;

  /// Throws `variad::error` if the sizes disagree.
  polynomial_energy(const interaction_terms& terms, polynomial_parameters<const T> parameters)
      : terms_(&terms), c_(parameters.coefficients) {
    if (c_.size() != terms.size())
      throw error("polynomial_energy: found " + std::to_string(c_.size()) +
                  " coefficients, expected one for each of " + std::to_string(terms.size()) +
                  " terms");
  }

  [[nodiscard]] std::size_t units() const { return terms_->units(); }
  [[nodiscard]] const unit_blocks& blocks() const { return terms_->blocks(); }
  [[nodiscard]] std::size_t scratch_size(std::size_t) const { return 0; }

  void energy(state_rows<const T> z, T*, T* out) const {
    energy_without(blocks().size(), z, out);  // no unit is in a block of that number
  }

  void energy_without(std::size_t block, state_rows<const T> z, T* out) const {
    for (std::size_t r = 0; r < z.rows; ++r) {
      double sum = 0;
      for (std::size_t t = 0; t < c_.size(); ++t) {
        T product = c_[t];
        for (const std::uint32_t i : (*terms_)[t])
          product *= blocks().block_of(i) == block ? T(0) : z[r][i];
        sum += product;
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
    for (std::size_t r = 0; r < z.rows; ++r)
      for (std::size_t t = 0; t < gradient.coefficients.size(); ++t) {
        T product = weight[r];
        for (const std::uint32_t i : (*terms_)[t]) product *= z[r][i];
        gradient.coefficients[t] -= product;
      }
  }

 private:
  [[nodiscard]] T field(std::size_t unit, const T* row) const {
    T sum = 0;
    for (const std::uint32_t t : terms_->terms_of(unit)) {
      T product = c_[t];
      for (const std::uint32_t i : (*terms_)[t])
        if (i != unit) product *= row[i];
      sum += product;
    }
    return sum;
  }

  const interaction_terms* terms_;
  std::span<const T> c_;
};
static_assert(energy_model<polynomial_energy<float>>);

}  // namespace variad::internals
