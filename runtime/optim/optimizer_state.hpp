#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

/// What an optimizer keeps between steps: slots of a value per parameter, one behind the other in
/// one aligned buffer, and the steps taken.
template <class T>
class optimizer_state {
 public:
  optimizer_state() = default;
  /// Slots of zeros.
  optimizer_state(std::size_t slots, std::size_t parameters)
      : size_(parameters),
        stride_(padded<T>(parameters)),
        slots_(slots),
        values_(slots * stride_) {}

  std::size_t size() const { return size_; }
  std::size_t slots() const { return slots_; }
  std::span<T> slot(std::size_t i) { return {values_.data() + i * stride_, size_}; }
  std::span<const T> slot(std::size_t i) const { return {values_.data() + i * stride_, size_}; }

  std::uint64_t step = 0;

 private:
  std::size_t size_ = 0, stride_ = 0, slots_ = 0;
  aligned_buffer<T> values_;
};

}  // namespace variad::internals
