#pragma once

#include <cstddef>

// What a program may hold at most. The compiler names a program that holds more, and what of.
namespace variad {

/// Most axes that rows vary over: replicate, importance, plates, enumerated latents, probe.
inline constexpr std::size_t max_axes = 10;
/// Most inputs of one op.
inline constexpr std::size_t max_inputs = 8;
/// Most parameter blocks of one op.
inline constexpr std::size_t max_parameters = 8;
/// Most parameters of a family.
inline constexpr std::size_t max_family_parameters = 3;
/// Most latent draws of one program.
inline constexpr int max_latents = 32;

}  // namespace variad
