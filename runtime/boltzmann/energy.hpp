#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <variad/runtime/linalg/blas.hpp>

/// Energies of binary units: p(z) = e^{-E(z)} / Z ("GumBolt", Khoshaman and Amin 2018, eq. 3).
/// Every energy here is multilinear, linear in each unit alone, so that its formula holds as it is
/// at relaxed values in [0, 1].
namespace variad::internals {

/// States of units, one per row: row r is the `units` values from `data + r * stride` on. `T` may
/// be const.
template <class T>
struct state_rows {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t stride = 0;

  constexpr T* operator[](std::size_t row) const { return data + row * stride; }
  constexpr operator state_rows<const T>() const requires(!std::is_const_v<T>) {
    return {data, rows, stride};
  }
};

/// Units that are independent of each other given all others: `size` consecutive ones from `first`
/// on, or, if `units` is not null, the ones that it lists.
struct unit_block {
  std::size_t first = 0;
  std::size_t size = 0;
  const std::uint32_t* units = nullptr;

  [[nodiscard]] constexpr std::size_t operator[](std::size_t i) const {
    return units ? units[i] : first + i;
  }
};

/// An energy over binary units, as a light view of parameters that somebody else owns; it may be
/// copied and is read by many threads at once. States `z` have rows of `units()` values in [0, 1].
///
/// `energy(z, scratch, out)`: out[r] = E(z_r).
/// `energy_without(b, z, out)`: out[r] = E(z_r) with the units of block b at zero.
/// `fields(b, z, out)`: out[r, i] = -∂E/∂z of unit i of block b at z_r, rows of the block's size,
///   with nothing between them; a unit of the block is one with probability sigmoid(field) given
///   the rest.
/// `add_state_gradient(z, weight, scratch, out)`: out[r, i] += weight[r] ∂E/∂z_i.
/// `add_parameter_gradient(z, weight, scratch, gradient)`: adds the sum over rows of weight[r]
/// ∂E/∂θ. `blocks()`: the blocks, which cover every unit once, by number: `size()` and `[b]`.
/// `scratch_size(rows)`: how many values `scratch` must have.
template <class M>
concept energy_model = blas_scalar<typename M::value_type> && std::copyable<M> &&
    requires(const M m, state_rows<const typename M::value_type> z,
             state_rows<typename M::value_type> out, typename M::value_type* values,
             const typename M::value_type* weight, const typename M::gradient_type& gradient,
             std::size_t n) {
  { m.units() } -> std::convertible_to<std::size_t>;
  { m.blocks().size() } -> std::convertible_to<std::size_t>;
  { m.blocks()[n] } -> std::convertible_to<unit_block>;
  { m.scratch_size(n) } -> std::convertible_to<std::size_t>;
  m.energy(z, values, values);
  m.energy_without(n, z, values);
  m.fields(n, z, values);
  m.add_state_gradient(z, weight, values, out);
  m.add_parameter_gradient(z, weight, values, gradient);
};

/// The number of the largest block; the first one if there are several.
template <energy_model M>
std::size_t largest_block(const M& model) {
  const auto& blocks = model.blocks();
  std::size_t largest = 0;
  for (std::size_t b = 1; b < blocks.size(); ++b)
    if (blocks[b].size > blocks[largest].size) largest = b;
  return largest;
}

}  // namespace variad::internals
