#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <variad/runtime/data/array.hpp>
#include <variad/runtime/data/column.hpp>
#include <variad/runtime/data/standardization.hpp>
#include <variad/runtime/error.hpp>

namespace variad {

class source;

namespace internals {

/// Numbers one after the other, which are neither text nor an array that has a shape of its own.
template <class R>
concept numbers = std::ranges::sized_range<const R> &&
                  std::is_arithmetic_v<std::ranges::range_value_t<const R>> &&
                  !std::is_same_v<std::ranges::range_value_t<const R>, char> &&
                  !std::is_base_of_v<xt::xexpression<R>, R>;

/// Of data whose rows do not fit an event.
struct shape_error : error {
  using error::error;
};

/// Reads the data of the variable `name`, whose rows must hold as many values as an event of the
/// expected shape (an image of 28 x 28 fits an event of 784).
/// Throws `variad::error` naming the variable, what was found and what was expected: another event
/// shape, too few rows, values that are not finite, values outside [0, 1] to be rounded or
/// binarized, pixels outside [0, 255]; and what `read_idx` and `read_npy` throw.
template <class T>
column<T> load(const source& from, std::string_view name,
               std::span<const std::size_t> expected_event_shape);

}  // namespace internals

/// Where the data of a variable come from, and what is done to them: a file, made by `idx`, `npy`
/// or `csv`, or the values of an xtensor expression, a vector or a span. The first axis counts the
/// rows. A modifier returns a new source; no file is read before `load`.
///
/// A stored integer is that integer, in every format and of any rank; as pixels, byte / 255, values
/// are read by `.pixels()` alone, and unsigned bytes by `.rounded()`, `.binarized(seed)` and
/// `.binarized_each_epoch()`, too.
///
///     idx("train-images-idx3-ubyte.gz").first(1000).binarized(1)
class source {
 public:
  /// The values of an xtensor expression, computed and copied here. Integers are kept as doubles.
  template <class E>
  requires std::is_base_of_v<xt::xexpression<E>, E> source(
      const E& expression)  // implicit: a user hands an array over as it is
      : data_(std::make_shared<const array<value_of<E>>>(expression)),
        bytes_(std::is_same_v<std::decay_t<typename E::value_type>, std::uint8_t>) {}

  /// A vector, a span or another range of numbers: a row each. They are copied here.
  template <internals::numbers R>
  source(const R& values)  // implicit: a user hands them over as they are
      : source(values, {std::ranges::size(values)}) {}
  /// The same in the shape that is stated, the last axis running fastest: `source(values, {100,
  /// 3})` has 100 rows of 3. Throws `variad::error` for a shape of another number of values.
  template <internals::numbers R>
  source(const R& values, std::vector<std::size_t> shape)
      : data_(copied<number_of<std::ranges::range_value_t<const R>>>(values, std::move(shape))),
        bytes_(std::is_same_v<std::ranges::range_value_t<const R>, std::uint8_t>) {}

  /// The values are there where `known` is not 0, and elsewhere there are gaps: numbers of one for
  /// each value, or one for each row of the data as they are stored. NaN is a gap without it, and
  /// so is −1 where categories or indices are expected.
  template <internals::numbers R>
  [[nodiscard]] source known_where(const R& known) const {
    return known_where(source(known));
  }
  [[nodiscard]] source known_where(const source& known) const;

  /// The first `count` of the rows selected so far.
  [[nodiscard]] source first(std::size_t count) const { return rows(0, count); }

  /// The rows from .. to - 1 of those selected so far.
  [[nodiscard]] source rows(std::size_t from, std::size_t to) const;

  /// The values are pixels of 0 to 255, and become shares of it: value / 255.
  [[nodiscard]] source pixels() const;

  /// Each number of an event is taken to mean 0 and deviation 1 over the rows selected so far,
  /// which are read now. `standardization()` undoes it, and does the same to other data. Throws
  /// `variad::error` for values that are made binary, and as the reader does.
  [[nodiscard]] source standardized() const;
  /// The same by mean and deviation of other data, those that a model was trained with.
  [[nodiscard]] source standardized(const variad::standardization& by) const;
  /// What `standardized` subtracts and divides by. Throws `variad::error` where nothing is.
  [[nodiscard]] const variad::standardization& standardization() const;

  /// The values are in [0, 1]; those of 0.5 and above become 1, others 0.
  [[nodiscard]] source rounded() const { return with(rounding{}); }

  /// The values are probabilities; each becomes 0 or 1 by one Bernoulli draw that depends on the
  /// seed, the variable and the place in the file, whatever rows are selected.
  [[nodiscard]] source binarized(std::uint64_t seed) const { return with(fixed_draw{seed}); }

  /// As `binarized`, but drawn anew in each epoch of training (`dataset::copy_row`).
  [[nodiscard]] source binarized_each_epoch() const { return with(draw_each_epoch{}); }

 private:
  struct as_is {};
  struct rounding {};
  struct fixed_draw {
    std::uint64_t seed;
  };
  struct draw_each_epoch {};
  using binarization = std::variant<as_is, rounding, fixed_draw, draw_each_epoch>;

  struct idx_file {
    std::string path;
  };
  struct npy_file {
    std::string path;
  };
  struct csv_file {
    std::string path;
    std::vector<std::string> columns;
  };
  template <class V>
  using number_of = std::conditional_t<std::is_same_v<V, float>, float, double>;
  template <class E>
  using value_of = number_of<std::decay_t<typename E::value_type>>;
  using origin = std::variant<idx_file, npy_file, csv_file, std::shared_ptr<const array<float>>,
                              std::shared_ptr<const array<double>>>;

  /// The values in that shape.
  template <class T, class R>
  static std::shared_ptr<const array<T>> copied(const R& values, std::vector<std::size_t> shape) {
    check_size(std::ranges::size(values), shape);
    auto out = std::make_shared<array<T>>(array<T>::from_shape(shape));
    std::ranges::transform(values, out->begin(), [](auto x) { return static_cast<T>(x); });
    return out;
  }
  static void check_size(std::size_t found, std::span<const std::size_t> shape);

  template <class Origin>
  explicit source(std::in_place_t, Origin data) : data_(std::move(data)) {}

  [[nodiscard]] source with(binarization how) const {
    source result = *this;
    result.how_ = how;
    return result;
  }

  [[nodiscard]] std::string print() const;

  /// The selected rows of an array of that shape, of unsigned bytes or others, whose elements
  /// first .. first + count - 1 copy(first, count, out) writes.
  template <class T, class Copy>
  internals::column<T> select(std::span<const std::size_t> shape, std::string_view name,
                              std::span<const std::size_t> event, bool bytes, Copy copy) const;

  /// Marks what the mask says is not there, in rows from `from_` on. Throws `variad::error` if it
  /// has another number of values.
  template <class T>
  void apply_mask(internals::column<T>& data, std::size_t stored_rows) const;

  /// Makes shares of 255 of values that are or that count as pixels. Throws `variad::error` if one
  /// is none, or if bytes that count as pixels seem to be binary already.
  template <class T>
  void scale_pixels(internals::column<T>& data, bool bytes) const;

  /// Calls f(shape, whether it is of bytes, copy), where copy(first, count, out) reads elements.
  template <class T, class F>
  auto with_elements(F&& f) const;

  friend source idx(std::string path);
  friend source npy(std::string path);
  friend source csv(std::string path, std::vector<std::string> columns);
  template <class T>
  friend internals::column<T> internals::load(const source&, std::string_view,
                                              std::span<const std::size_t>);

  origin data_;
  std::size_t from_ = 0;
  std::optional<std::size_t> to_;
  bool bytes_ = false;   // an xtensor expression of unsigned bytes
  bool pixels_ = false;  // said to be pixels
  binarization how_ = as_is{};
  std::shared_ptr<const variad::standardization> standard_;
  std::shared_ptr<const std::vector<std::uint8_t>> known_;  // by value, or by row
};

/// An idx file, plain or compressed by gzip; see `read_idx`.
source idx(std::string path);

/// An npy file; see `read_npy`.
source npy(std::string path);

/// Columns of a file of comma-separated values with a line of names: `csv("houses.csv", "area",
/// "rooms")` has rows of two numbers, `csv("houses.csv", "price")` one number each; without names
/// all columns. An empty field, NA or NaN is a gap. What is not right is named by line and column.
source csv(std::string path, std::vector<std::string> columns);
template <std::convertible_to<std::string>... Column>
source csv(std::string path, const Column&... columns) {
  return csv(std::move(path), std::vector<std::string>{std::string(columns)...});
}

}  // namespace variad
