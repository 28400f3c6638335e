#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <functional>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <variad/runtime/data/array.hpp>
#include <variad/runtime/error.hpp>

namespace variad::internals {

/// The element types that idx and npy files hold.
enum class element_type { boolean, uint8, int8, int16, int32, int64, float32, float64 };

static_assert(std::endian::native == std::endian::little,
              "variad reads and writes its files on little-endian machines");

[[nodiscard]] constexpr std::size_t size_of(element_type type) {
  constexpr std::array<std::size_t, 8> sizes{1, 1, 1, 2, 4, 8, 4, 8};
  return sizes[static_cast<std::size_t>(type)];
}

/// A row-major array in a file, of which the head has been read; the elements are read as they are
/// asked for, so that a shape that is not wanted costs nothing.
class array_file {
 public:
  array_file(const array_file&) = delete;
  array_file& operator=(const array_file&) = delete;
  virtual ~array_file() = default;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] element_type type() const { return type_; }
  [[nodiscard]] const std::vector<std::size_t>& shape() const { return shape_; }
  /// Number of elements.
  [[nodiscard]] std::size_t size() const {
    return std::accumulate(shape_.begin(), shape_.end(), std::size_t{1}, std::multiplies<>{});
  }

  /// Writes the elements first .. first + count - 1 to `out`, float or double; an integer is that
  /// number. Throws `variad::error` naming the file if it is damaged, or ends before or, where the
  /// last element is read, after them.
  template <class T>
  void read(std::size_t first, std::size_t count, T* out);

  [[noreturn]] void fail(const std::string& message) const {
    throw error("'" + path_ + "': " + message);
  }

 protected:
  explicit array_file(std::string path) : path_(std::move(path)) {}

  /// Throws `variad::error` naming the file if a shape of this type has more bytes than a
  /// std::size_t counts.
  void set_layout(element_type type, std::vector<std::size_t> shape, bool big_endian);
  [[nodiscard]] std::size_t bytes() const { return size() * size_of(type_); }
  /// Throws as `read` does unless so many bytes of values are what was expected.
  void check_size(std::size_t found) const;

  /// Goes to a byte of the values.
  virtual void seek(std::size_t byte) = 0;
  /// Reads up to `count` bytes; fewer only at the end of the file.
  virtual std::size_t read_some(std::byte* out, std::size_t count) = 0;

 private:
  std::string path_;
  element_type type_ = element_type::uint8;
  std::vector<std::size_t> shape_;
  bool big_endian_ = false;
};

/// Runs f, which makes room for so many values of a file. Throws `variad::error` where there is
/// none.
template <class F>
auto with_memory(const std::string& what, std::size_t count, F&& f) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  throw error(what + ": found " + std::to_string(count) +
              " values, more than there is memory for; take some of the rows, by .first");
}

/// The whole array.
template <class T>
array<T> to_array(array_file& file) {
  return with_memory("'" + file.path() + "'", file.size(), [&] {
    auto result = array<T>::from_shape(file.shape());
    file.read(0, result.size(), result.data());
    return result;
  });
}

}  // namespace variad::internals
