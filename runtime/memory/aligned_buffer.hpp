#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace variad::internals {

/// A contiguous block of `n` values, zero-initialised and aligned to 64 bytes (a cache line, and
/// the widest register). Copies deeply; a moved-from buffer is empty.
template <class T>
class aligned_buffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  using value_type = T;
  static constexpr std::size_t alignment = std::max<std::size_t>(64, alignof(T));

  aligned_buffer() = default;

  /// Throws `std::bad_alloc`, `std::bad_array_new_length` if the bytes cannot be counted.
  explicit aligned_buffer(std::size_t n) : data_(allocate(n)), size_(n) {
    std::uninitialized_value_construct_n(data_.get(), n);
  }

  aligned_buffer(const aligned_buffer& other) : data_(allocate(other.size_)), size_(other.size_) {
    std::uninitialized_copy_n(other.data_.get(), size_, data_.get());
  }
  aligned_buffer(aligned_buffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  aligned_buffer& operator=(aligned_buffer other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }

  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

  void fill(const T& value) { std::fill_n(data(), size_, value); }

 private:
  struct release {
    void operator()(T* p) const { ::operator delete[](p, std::align_val_t{alignment}); }
  };
  using handle = std::unique_ptr<T[], release>;

  static handle allocate(std::size_t n) {
    if (n == 0) return {};
    if (n > std::size_t(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
    return handle(static_cast<T*>(::operator new[](n * sizeof(T), std::align_val_t{alignment})));
  }

  handle data_;
  std::size_t size_ = 0;
};

}  // namespace variad::internals
