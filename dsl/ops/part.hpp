#pragma once

#include <algorithm>

#include <variad/dsl/ops/concat.hpp>

namespace variad::ops {

using namespace internals;

/// One variable of a joint draw: the elements from Offset on.
template <int Offset>
struct part {
  static constexpr std::string_view name = "part";
  static constexpr op_traits traits{};

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const tensor<T>&in = call.inputs[0], &out = call.output;
    for (std::size_t r = 0; r < call.rows; ++r)
      std::copy_n(in.value + r * in.size + Offset, out.size, out.value + r * out.size);
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const tensor<T>&in = call.inputs[0], &out = call.output;
    for (std::size_t r = 0; r < call.rows; ++r)
      for (std::size_t j = 0; j < out.size; ++j)
        in.adjoint[r * in.size + Offset + j] += out.adjoint[r * out.size + j];
  }
};

/// The variables of a joint density, each flattened, one after the other.
struct join : concat {
  static constexpr std::string_view name = "join";
  static constexpr shape event(std::span<const shape> in) {
    int size = 0;
    for (const shape& s : in) size += s.size();
    return shape_of(size);
  }
};

}  // namespace variad::ops
