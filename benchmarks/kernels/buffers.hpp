#pragma once

#include "kernels.hpp"

#include <variad/runtime/memory/aligned_buffer.hpp>

namespace kernels {

/// Zeros, `elements` of them.
template <class T>
variad::internals::aligned_buffer<T> zeros() {
  return variad::internals::aligned_buffer<T>(elements);
}

template <class T>
variad::internals::aligned_buffer<T> numbers(range r) {
  auto result = zeros<T>();
  fill(result.data(), r);
  return result;
}

}  // namespace kernels
