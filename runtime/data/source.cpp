#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

#include <boost/random/uniform_01.hpp>

#include <variad/runtime/data/csv_table.hpp>
#include <variad/runtime/data/idx.hpp>
#include <variad/runtime/data/npy.hpp>
#include <variad/runtime/data/source.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/random/engine.hpp>

namespace variad {

source source::rows(std::size_t from, std::size_t to) const {
  if (from >= to || (to_ && to > *to_ - from_))
    throw error("rows(" + std::to_string(from) + ", " + std::to_string(to) + ") of " + print() +
                ": expected from < to" +
                (to_ ? " <= " + std::to_string(*to_ - from_) + ", the rows selected before"
                     : std::string()));
  source result = *this;
  result.from_ = from_ + from;
  result.to_ = from_ + to;
  return result;
}

std::string source::print() const {
  if (const auto* file = std::get_if<idx_file>(&data_)) return "'" + file->path + "'";
  if (const auto* file = std::get_if<npy_file>(&data_)) return "'" + file->path + "'";
  if (const auto* file = std::get_if<csv_file>(&data_)) return "'" + file->path + "'";
  return "an array";
}

void source::check_size(std::size_t found, std::span<const std::size_t> shape) {
  constexpr std::size_t most =
      std::size_t{std::numeric_limits<std::ptrdiff_t>::max()} / sizeof(double);
  std::size_t all = 1;  // with 1 in place of 0: strides must be counted, too
  bool fits = true, empty = false;
  for (const std::size_t extent : shape) {
    const std::size_t some = std::max<std::size_t>(extent, 1);
    fits = fits && all <= most / some;
    all = fits ? all * some : all;
    empty = empty || extent == 0;
  }
  if (!fits || (empty ? 0 : all) != found)
    throw error("source: found " + std::to_string(found) + " values, which do not fill shape " +
                internals::print_shape(shape));
}

source idx(std::string path) { return source(std::in_place, source::idx_file{std::move(path)}); }

source npy(std::string path) { return source(std::in_place, source::npy_file{std::move(path)}); }

source csv(std::string path, std::vector<std::string> columns) {
  return source(std::in_place, source::csv_file{std::move(path), std::move(columns)});
}

template <class T>
void source::scale_pixels(internals::column<T>& data, bool bytes) const {
  const bool counts = bytes && !std::holds_alternative<as_is>(how_);
  if (!pixels_ && !counts) return;
  internals::check_pixels(data);
  // Rounded as pixels they would all be 0.
  if (!pixels_ && std::ranges::max(data.values) == T(1))
    throw error("data of '" + data.name + "' from " + print() +
                ": found unsigned bytes of 0 and 1 alone, expected pixels up to 255; values that "
                "are binary need no .rounded() or .binarized; for pixels that dark write "
                ".pixels() before it");
  // A division, so that 255 becomes 1 and the values are the nearest to pixel / 255.
  for (T& value : data.values) value /= T(255);
}

template <class T>
void source::apply_mask(internals::column<T>& data, std::size_t stored_rows) const {
  if (known_ == nullptr) return;
  const std::size_t size = data.event_size(), found = known_->size();
  if (found != stored_rows && found != stored_rows * size)
    throw error("data of '" + data.name + "' from " + print() + ": found a mask of " +
                std::to_string(found) + " values, expected one for each of " +
                std::to_string(stored_rows) + " rows, or of their " +
                std::to_string(stored_rows * size) + " values");
  data.known.resize(data.values.size());
  const std::size_t of_row = found == stored_rows ? 1 : size;
  for (std::size_t i = 0; i < data.values.size(); ++i) {
    const std::size_t row = from_ + i / size;
    data.known[i] = (*known_)[of_row == 1 ? row : row * size + i % size];
    if (data.known[i] == 0) data.values[i] = T(0);
  }
}

template <class T, class Copy>
internals::column<T> source::select(std::span<const std::size_t> shape, std::string_view name,
                                    std::span<const std::size_t> event, bool bytes,
                                    Copy copy) const {
  const std::string begin = "data of '" + std::string(name) + "' from " + print() + ": ";
  const auto fail = [&](const std::string& message) { throw error(begin + message); };
  if (shape.empty()) fail("found a single number, expected an array whose first axis counts rows");
  internals::column<T> result{.name = std::string(name),
                              .event_shape = {event.begin(), event.end()},
                              .rows = to_.value_or(shape[0]) - from_,
                              .values = {}};
  const std::size_t expected = result.event_size();
  std::size_t found = 1;
  for (const std::size_t extent : shape.subspan(1)) found *= extent;
  // An image of 28 x 28 fits 784 values; as many axes of other extents are another order.
  const bool other_order =
      shape.size() - 1 == event.size() && !std::ranges::equal(shape.subspan(1), event);
  const bool flat =
      shape.size() == 1 && event.size() == 1 && expected > 0 && shape[0] % expected == 0;
  const std::string words =
      flat ? "; for rows of " + std::to_string(expected) + " numbers write source(values, {" +
                 std::to_string(shape[0] / expected) + ", " + std::to_string(expected) + "})"
           : std::string();
  if (found != expected || other_order)
    throw internals::shape_error(
        begin + "found rows of shape " + internals::print_shape(shape.subspan(1)) + " (" +
        std::to_string(found) + " values), expected shape " + internals::print_shape(event) + " (" +
        std::to_string(expected) + " values)" + words);
  if (shape[0] == 0) fail("found no rows, expected at least one");
  if (expected == 0)
    fail("found rows of shape " + internals::print_shape(shape.subspan(1)) +
         ", which hold no values, expected at least one");
  if (to_ && *to_ > shape[0])
    fail("found " + std::to_string(shape[0]) + " rows, expected at least the " +
         std::to_string(*to_) + " that .first or .rows selects");
  if (shape[0] > std::numeric_limits<std::uint32_t>::max())
    fail("found " + std::to_string(shape[0]) + " rows, expected fewer than 2^32");

  internals::with_memory("data of '" + std::string(name) + "' from " + print(),
                         result.rows * expected, [&] {
                           result.values.resize(result.rows * expected);
                           copy(from_ * expected, result.values.size(), result.values.data());
                         });
  apply_mask(result, shape[0]);
  internals::mark_gaps(result, std::numeric_limits<T>::quiet_NaN());
  internals::check_finite(result);
  scale_pixels(result, bytes);
  if (standard_ != nullptr) {
    if (!std::holds_alternative<as_is>(how_))
      fail("found standardized values to be made binary, expected one of both");
    if (standard_->mean.size() != expected)
      fail("found the standardization of " + std::to_string(standard_->mean.size()) +
           " numbers, expected " + std::to_string(expected));
    internals::standardize(*standard_, result.values);
    for (std::size_t i = 0; i < result.values.size(); ++i)
      if (!result.is_known(i)) result.values[i] = T(0);
  }

  if (std::holds_alternative<rounding>(how_)) {
    internals::check_shares(result, ".rounded()");
    for (T& value : result.values) value = value >= T(0.5) ? T(1) : T(0);
  } else if (!std::holds_alternative<as_is>(how_)) {
    internals::check_shares(result, ".binarized");
    result.binarized_each_epoch = true;
  }
  if (const auto* draw = std::get_if<fixed_draw>(&how_)) {
    result.binarized_each_epoch = false;
    const stream_key key = make_stream(draw->seed, 0, hash_name(name) ^ hash_name("binarized"));
    boost::random::uniform_01<double> unit;  // one word a value, so place alone counts
    for (std::size_t row = 0; row < result.rows; ++row) {
      internals::threefry_engine engine =
          internals::engine_of(row_stream(key, 0, static_cast<std::uint32_t>(from_ + row)));
      T* values = result.values.data() + row * expected;
      for (std::size_t i = 0; i < expected; ++i)
        values[i] = unit(engine) < static_cast<double>(values[i]) ? T(1) : T(0);
    }
  }
  return result;
}

template <class T, class F>
auto source::with_elements(F&& f) const {
  const auto from_file = [&](const std::unique_ptr<internals::array_file>& file) {
    return f(file->shape(), file->type() == internals::element_type::uint8,
             [&](std::size_t first, std::size_t count, T* out) { file->read(first, count, out); });
  };
  const auto from_array = [&](const auto& values) {
    return f(std::vector<std::size_t>(values.shape().begin(), values.shape().end()), bytes_,
             [&](std::size_t first, std::size_t count, T* out) {
               std::transform(values.data() + first, values.data() + first + count, out,
                              [](auto value) { return static_cast<T>(value); });
             });
  };
  if (const auto* file = std::get_if<idx_file>(&data_))
    return from_file(internals::open_idx(file->path));
  if (const auto* file = std::get_if<npy_file>(&data_))
    return from_file(internals::open_npy(file->path));
  if (const auto* file = std::get_if<csv_file>(&data_)) {
    const internals::csv_table table = internals::read_csv(file->path, file->columns);
    const std::size_t width = table.values.size() / table.rows;
    return f(width == 1 ? std::vector{table.rows} : std::vector{table.rows, width}, false,
             [&](std::size_t first, std::size_t count, T* out) {
               std::transform(table.values.data() + first, table.values.data() + first + count, out,
                              [](double value) { return static_cast<T>(value); });
             });
  }
  if (const auto* single = std::get_if<std::shared_ptr<const array<float>>>(&data_))
    return from_array(**single);
  return from_array(*std::get<std::shared_ptr<const array<double>>>(data_));
}

source source::known_where(const source& known) const {
  if (known_ != nullptr)
    throw error(".known_where() of " + print() +
                ": found a second mask, expected one: make one of "
                "both");
  auto mask = std::make_shared<std::vector<std::uint8_t>>();
  known.with_elements<double>([&](std::span<const std::size_t> shape, bool, const auto& copy) {
    std::size_t count = 1;
    for (const std::size_t extent : shape) count *= extent;
    std::vector<double> values(count);
    copy(0, count, values.data());
    for (std::size_t i = 0; i < count; ++i) {
      if (std::isnan(values[i]))
        throw error(".known_where() of " + print() + ": found NaN in number " + std::to_string(i) +
                    " of the mask, expected 1 for what is known and 0 for what is not");
      mask->push_back(std::uint8_t(values[i] != 0));
    }
  });
  source result = *this;
  result.known_ = std::move(mask);
  return result;
}

source source::pixels() const {
  if (standard_ != nullptr)
    throw error(".pixels() of " + print() +
                ": found values that are standardized as they are stored; write .pixels() before "
                ".standardized()");
  source result = *this;
  result.pixels_ = true;
  return result;
}

source source::standardized() const {
  if (!std::holds_alternative<as_is>(how_)) return standardized({});  // which says why not
  source raw = *this;
  raw.standard_ = nullptr;
  const internals::column<double> rows = raw.with_elements<double>(
      [&](std::span<const std::size_t> shape, bool bytes, const auto& copy) {
        return raw.select<double>(shape, "standardized()", shape.subspan(shape.empty() ? 0 : 1),
                                  bytes, copy);
      });
  return standardized(internals::standardization_of(rows.values, rows.event_size(), rows.known));
}

source source::standardized(const variad::standardization& by) const {
  if (!std::holds_alternative<as_is>(how_))
    throw error("standardized() of " + print() +
                ": found values that are made binary, expected numbers: leave .rounded() or "
                ".binarized out");
  internals::check(by);
  source result = *this;
  result.standard_ = std::make_shared<const variad::standardization>(by);
  return result;
}

const standardization& source::standardization() const {
  if (standard_ == nullptr)
    throw error("standardization() of " + print() + ": call .standardized() first");
  return *standard_;
}

namespace internals {

template <class T>
column<T> load(const source& from, std::string_view name,
               std::span<const std::size_t> expected_event_shape) {
  // A float is too short for the values of a column that is standardized.
  if constexpr (std::is_same_v<T, float>)
    if (from.standard_ != nullptr) {
      const column<double> wide = load<double>(from, name, expected_event_shape);
      column<T> out{wide.name, wide.event_shape, wide.rows,
                    std::vector<T>(wide.values.begin(), wide.values.end())};
      out.known = wide.known;
      check_finite(out);
      return out;
    }
  return from.with_elements<T>(
      [&](std::span<const std::size_t> shape, bool bytes, const auto& copy) {
        return from.select<T>(shape, name, expected_event_shape, bytes, copy);
      });
}

template column<double> load(const source&, std::string_view, std::span<const std::size_t>);
template column<float> load(const source&, std::string_view, std::span<const std::size_t>);

}  // namespace internals
}  // namespace variad
