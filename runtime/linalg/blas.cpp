#include <iostream>
#include <string_view>

#include <variad/runtime/linalg/blas.hpp>

namespace variad::internals {

void use_one_blas_thread() {
  openblas_set_num_threads(1);
#ifdef __AVX2__
  static const bool said = [] {
    const bool slow = std::string_view(openblas_get_corename()) == "Prescott";
    if (slow)
      std::cerr << "variad: this OpenBLAS does not know the processor and multiplies several times "
                   "slower than it could; set the environment variable OPENBLAS_CORETYPE="
#ifdef __AVX512F__
                << "SkylakeX"
#else
                << "Haswell"
#endif
                << std::endl;
    return slow;
  }();
  static_cast<void>(said);
#endif
}

}  // namespace variad::internals
