#pragma once

#include <array>

#include <variad/dsl/engine/loop_nest.hpp>
#include <variad/runtime/simd/apart.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {

/// An operand along the innermost loop: where its first element lies, and how far the next one is.
template <lane_step Step, class T>
struct lane_pointer {
  T* at;
  std::size_t stride;

  [[gnu::always_inline]] std::size_t step() const {
    return Step == lane_step::none ? 0 : Step == lane_step::one ? 1 : stride;
  }
  [[gnu::always_inline]] bool stays() const {
    return Step == lane_step::none || (Step == lane_step::any && stride == 0);
  }
  /// Of a whole register, or of its first n lanes.
  template <bool Whole>
  [[gnu::always_inline]] batch<T> load(std::size_t j, std::size_t n) const {
    if constexpr (Step == lane_step::more)
      return load_apart(at + j * stride, stride, Whole ? lanes<T> : n);
    else
      return load_by<Whole>(static_cast<const T*>(at) + j * step(), step(), n);
  }
  template <bool Whole>
  [[gnu::always_inline]] void store(const batch<T>& value, std::size_t j, std::size_t n) const {
    if constexpr (Step == lane_step::more)
      store_apart(at + j * stride, stride, value, Whole ? lanes<T> : n);
    else
      store_by<Whole>(at + j * step(), step(), value, n);
  }
};

/// A register of numbers V: of values, or of dual numbers whose last parts are elsewhere.
template <class V, bool Whole, class Pointer>
[[gnu::always_inline]] inline V load_lanes(const Pointer& first, const Pointer& last, std::size_t j,
                                           std::size_t n) {
  if constexpr (simd_batch<V>)
    return first.template load<Whole>(j, n);
  else
    return V(first.template load<Whole>(j, n), last.template load<Whole>(j, n));
}

/// The N inputs of a pass through the innermost loop. Those that are known to stay are read once.
template <std::size_t N, class V, lane_steps Steps, class T>
class lane_inputs {
 public:
  [[gnu::always_inline]] lane_inputs(const kernel_call<T>& call, const kernel_call<T>& last,
                                     const loop_nest& nest, const loop_nest::strides& at) {
    unrolled<N>([&]<std::size_t I>() {
      first_[I] = call.inputs[I].value + at[I];
      last_[I] = last.inputs[I].value + at[I];
      stride_[I] = nest.inner_step[I];
      if constexpr (Steps[I] == lane_step::none) fixed_[I] = one<I, true>(0, 0);
    });
  }
  /// Into the first N registers of r.
  template <bool Whole, class Registers>
  [[gnu::always_inline]] void load(std::size_t j, std::size_t n, Registers& r) const {
    unrolled<N>([&]<std::size_t I>() {
      if constexpr (Steps[I] == lane_step::none)
        r[I] = fixed_[I];
      else
        r[I] = one<I, Whole>(j, n);
    });
  }

 private:
  template <std::size_t I, bool Whole>
  [[gnu::always_inline]] V one(std::size_t j, std::size_t n) const {
    using pointer = lane_pointer<Steps[I], T>;
    return load_lanes<V, Whole>(pointer{first_[I], stride_[I]}, pointer{last_[I], stride_[I]}, j,
                                n);
  }

  std::array<T*, N> first_, last_;
  std::array<std::size_t, N> stride_;
  std::array<V, N> fixed_;
};

}  // namespace variad::internals
