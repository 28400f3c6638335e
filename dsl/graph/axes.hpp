#pragma once

#include <variad/dsl/graph/id.hpp>
#include <variad/dsl/graph/limits.hpp>

namespace variad::internals {

/// Axes that something varies over, as a set of bits; bit a is axis a of the engine.
using axes = std::uint32_t;

// Outermost first.
inline constexpr std::size_t replicate_axis = 0, importance_axis = 1, first_plate_axis = 2,
                             first_enumerated_axis = first_plate_axis + max_plates,
                             probe_axis = first_enumerated_axis + max_enumerated,
                             max_axes = probe_axis + 1;

constexpr std::size_t axis_of(plate_id p) { return first_plate_axis + index_of(p); }
constexpr axes axis_bit(std::size_t a) { return axes(1) << a; }
constexpr axes axis_bit(plate_id p) { return axis_bit(axis_of(p)); }
constexpr bool varies_over(axes set, std::size_t a) { return (set >> a & 1) != 0; }
/// Over the rows of a plate; over those of none nothing varies.
constexpr bool varies_over(axes set, plate_id p) {
  return exists(p) && varies_over(set, axis_of(p));
}

/// Latents, as a set of bits.
using latent_set = std::uint64_t;

constexpr latent_set only(latent_id l) { return latent_set(1) << index_of(l); }
constexpr bool holds(latent_set set, latent_id l) { return (set >> index_of(l) & 1) != 0; }

}  // namespace variad::internals
