#pragma once

#include <cstdint>
#include <string>

#include "kernels.hpp"
#include <torch/torch.h>

namespace kernels {

template <class T>
torch::Tensor numbers(range r) {
  torch::Tensor result =
      torch::empty({static_cast<std::int64_t>(elements)}, torch::CppTypeToScalarType<T>::value);
  fill(result.data_ptr<T>(), r);
  return result;
}

/// `f(y, x)` fills y, a tensor of the same shape, from numbers x.
template <class T, class F>
void add_libtorch(const std::string& name, range r, F f) {
  add<T>(name, "libtorch", [=] {
    const torch::Tensor x = numbers<T>(r);
    return [x, y = torch::empty_like(x), f]() mutable {
      f(y, x);
      return y.data_ptr();
    };
  });
}

}  // namespace kernels
