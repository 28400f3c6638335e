#pragma once

#include <cstddef>

// What a program may hold at most. The compiler names a program that holds more, and what of.
namespace variad::internals {

/// Most plates of one program.
inline constexpr std::size_t max_plates = 4;
/// Most latents of one program that are summed over.
inline constexpr std::size_t max_enumerated = 3;
/// Most inputs of one op.
inline constexpr std::size_t max_inputs = 8;
/// Most parameter blocks of one op.
inline constexpr std::size_t max_parameters = 8;
/// Most parameters of a family.
inline constexpr std::size_t max_family_parameters = 3;
/// Most latent draws of one program.
inline constexpr std::size_t max_latents = 64;
/// Most elementwise ops that one loop computes; longer runs become several loops.
inline constexpr std::size_t max_chain = 24;

}  // namespace variad::internals
