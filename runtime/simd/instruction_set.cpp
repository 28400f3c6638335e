#include <variad/runtime/simd/instruction_set.hpp>

namespace variad::internals {

template <class InstructionSet>
void program_and_library_need_the_same_march() {}

template void program_and_library_need_the_same_march<xsimd::default_arch>();

}  // namespace variad::internals
