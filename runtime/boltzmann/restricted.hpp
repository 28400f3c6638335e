#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>

#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {

/// Parameters of a restricted Boltzmann machine, or a gradient for them (then an empty span leaves
/// that gradient out). `T` may be const.
template <class T>
struct restricted_boltzmann_parameters {
  std::span<T> bias_1;     ///< a, of shape [n1]
  std::span<T> bias_2;     ///< b, of shape [n2]
  std::span<T> couplings;  ///< W, of shape [n2, n1]; empty for units without couplings
};

/// -E(z) = aᵀz1 + bᵀz2 + z2ᵀ W z1 ("GumBolt", Khoshaman and Amin 2018, eq. 4). The units of z1 come
/// first, then those of z2; each group is one block.
template <blas_scalar T>
class restricted_boltzmann_energy {
 public:
  using value_type = T;
  using gradient_type = restricted_boltzmann_parameters<T>;

  /// `learned`, if not empty, has the shape of the couplings: no gradient is added where it is
  /// zero, so that those couplings stay what they are. Throws `variad::error` if the sizes
  /// disagree.
  explicit restricted_boltzmann_energy(restricted_boltzmann_parameters<const T> parameters,
                                       std::span<const T> learned = {})
      : p_(parameters), learned_(learned) {
    const auto check = [&](const char* what, std::size_t found) {
      if (found != 0 && found != n1() * n2())
        throw error("restricted_boltzmann_energy: found " + std::to_string(found) + " " + what +
                    ", expected " + std::to_string(n2()) + " x " + std::to_string(n1()));
    };
    check("couplings", p_.couplings.size());
    check("values of the couplings' mask", learned_.size());
  }

  [[nodiscard]] std::size_t units() const { return n1() + n2(); }
  [[nodiscard]] std::array<unit_block, 2> blocks() const {
    return {unit_block{0, n1()}, unit_block{n1(), n2()}};
  }
  [[nodiscard]] std::span<const T> bias(std::size_t block) const {
    return block == 0 ? p_.bias_1 : p_.bias_2;
  }
  /// W, of shape [n2, n1], or empty.
  [[nodiscard]] std::span<const T> couplings() const { return p_.couplings; }
  [[nodiscard]] std::size_t scratch_size(std::size_t rows) const {
    return rows * std::max(n1(), n2());
  }

  void energy(state_rows<const T> z, T* scratch, T* out) const {
    fields(1, z, scratch);
    for (std::size_t r = 0; r < z.rows; ++r)
      out[r] = -dot(n1(), p_.bias_1.data(), z[r]) - dot(n2(), scratch + r * n2(), z[r] + n1());
  }

  void energy_without(std::size_t block, state_rows<const T> z, T* out) const {
    const std::span<const T> given = bias(1 - block);
    const std::size_t first = block == 0 ? n1() : 0;
    for (std::size_t r = 0; r < z.rows; ++r)
      out[r] = -dot(given.size(), given.data(), z[r] + first);
  }

  void fields(std::size_t block, state_rows<const T> z, T* out) const {
    const std::span<const T> own = bias(block);
    for (std::size_t r = 0; r < z.rows; ++r)
      std::copy(own.begin(), own.end(), out + r * own.size());
    if (p_.couplings.empty()) return;
    const T* const w = p_.couplings.data();
    if (block == 0)
      gemm(false, false, z.rows, n1(), n2(), 1, z.data + n1(), z.stride, w, n1(), 1, out, n1());
    else
      gemm(false, true, z.rows, n2(), n1(), 1, z.data, z.stride, w, n1(), 1, out, n2());
  }

  void add_state_gradient(state_rows<const T> z, const T* weight, T* scratch,
                          state_rows<T> out) const {
    for (std::size_t r = 0; r < z.rows; ++r) {
      axpy(n1(), -weight[r], p_.bias_1.data(), out[r]);
      axpy(n2(), -weight[r], p_.bias_2.data(), out[r] + n1());
    }
    if (p_.couplings.empty()) return;
    const T* const w = p_.couplings.data();
    weigh(z, n1(), n2(), weight, scratch);
    gemm(false, false, z.rows, n1(), n2(), -1, scratch, n2(), w, n1(), 1, out.data, out.stride);
    weigh(z, 0, n1(), weight, scratch);
    gemm(false, true, z.rows, n2(), n1(), -1, scratch, n1(), w, n1(), 1, out.data + n1(),
         out.stride);
  }

  void add_parameter_gradient(state_rows<const T> z, const T* weight, T* scratch,
                              const gradient_type& gradient) const {
    for (std::size_t r = 0; r < z.rows; ++r) {
      axpy(gradient.bias_1.size(), -weight[r], z[r], gradient.bias_1.data());
      axpy(gradient.bias_2.size(), -weight[r], z[r] + n1(), gradient.bias_2.data());
    }
    if (p_.couplings.empty() || gradient.couplings.empty()) return;
    T* const g = gradient.couplings.data();
    if (learned_.empty()) {
      weigh(z, n1(), n2(), weight, scratch);
      gemm(true, false, n2(), n1(), z.rows, -1, scratch, n2(), z.data, z.stride, 1, g, n1());
    } else {
      add_learned_gradient(z, weight, g);
    }
  }

 private:
  [[nodiscard]] std::size_t n1() const { return p_.bias_1.size(); }
  [[nodiscard]] std::size_t n2() const { return p_.bias_2.size(); }

  /// out[r] = weight[r] times `size` values of row r from `first` on.
  static void weigh(state_rows<const T> z, std::size_t first, std::size_t size, const T* weight,
                    T* out) {
    for (std::size_t r = 0; r < z.rows; ++r, out += size)
      for_each_vector<T>(size, [&]<class V>(std::size_t i) {
        store(out + i, V(load_as<V>(z[r] + first + i) * broadcast<V>(weight[r])));
      });
  }

  void add_learned_gradient(state_rows<const T> z, const T* weight, T* gradient) const {
    for (std::size_t r = 0; r < z.rows; ++r)
      for (std::size_t j = 0; j < n2(); ++j) {
        const T factor = -weight[r] * z[r][n1() + j];
        if (factor == T(0)) continue;
        const T* const mask = learned_.data() + j * n1();
        T* const g = gradient + j * n1();
        for_each_vector<T>(n1(), [&]<class V>(std::size_t i) {
          store(g + i, V(load_as<V>(g + i) +
                         load_as<V>(mask + i) * load_as<V>(z[r] + i) * broadcast<V>(factor)));
        });
      }
  }

  restricted_boltzmann_parameters<const T> p_;
  std::span<const T> learned_;
};
static_assert(energy_model<restricted_boltzmann_energy<float>>);

}  // namespace variad::internals
