#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace variad::internals {

/// While it lives, numbers too small for a normalised value are zero in this thread, as results and
/// as operands. Importance weights and saturated units make many of them, which slow matrix
/// products down several times. Affects values below 1.2e-38 in float, 2.2e-308 in double. Does
/// nothing on processors other than x86.
class flush_denormals {
 public:
  flush_denormals(const flush_denormals&) = delete;
  flush_denormals& operator=(const flush_denormals&) = delete;

#if defined(__SSE2__)
  flush_denormals() : before_(_mm_getcsr()) {
    if (!flushed()) _mm_setcsr(before_ | both);
  }
  ~flush_denormals() {
    if (!flushed()) _mm_setcsr(before_);
  }

 private:
  static constexpr unsigned flush_to_zero = 1U << 15, denormals_are_zero = 1U << 6,
                            both = flush_to_zero | denormals_are_zero;
  /// To write the register takes longer than to read it.
  bool flushed() const { return (before_ & both) == both; }
  unsigned before_;
#else
  flush_denormals() {}
  ~flush_denormals() {}
#endif
};

}  // namespace variad::internals
