#pragma once

#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

/// Defined in the library for the instruction set that it was compiled for alone: programs for
/// another, whose registers are of another size, call it and are refused when they are linked, by
/// its name. Compile both with the same `-march`, or the library with another VARIAD_ARCH.
template <class InstructionSet>
void program_and_library_need_the_same_march();

}  // namespace variad::internals
