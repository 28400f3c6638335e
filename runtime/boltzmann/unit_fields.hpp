#pragma once

#include <cstddef>

#include <variad/runtime/boltzmann/energy.hpp>

/// What energies share that know the field of one unit at a time: field(unit, row) is -∂E/∂z of the
/// unit in the state `row`.
namespace variad::internals {

/// `fields` of an energy model, for a block of units.
template <class T, class Field>
void write_fields(const unit_block& block, state_rows<const T> z, T* out, Field&& field) {
  for (std::size_t r = 0; r < z.rows; ++r)
    for (std::size_t i = 0; i < block.size; ++i) *out++ = field(block[i], z[r]);
}

/// `add_state_gradient` of an energy model.
template <class T, class Field>
void add_fields(std::size_t units, state_rows<const T> z, const T* weight, state_rows<T> out,
                Field&& field) {
  for (std::size_t r = 0; r < z.rows; ++r)
    for (std::size_t i = 0; i < units; ++i) out[r][i] -= weight[r] * field(i, z[r]);
}

}  // namespace variad::internals
