#include <algorithm>
#include <limits>
#include <vector>

#include <boost/random/uniform_01.hpp>

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
  return "an array";
}

source idx(std::string path) { return source(std::in_place, source::idx_file{std::move(path)}); }

source npy(std::string path) { return source(std::in_place, source::npy_file{std::move(path)}); }

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

template <class T, class Copy>
internals::column<T> source::select(std::span<const std::size_t> shape, std::string_view name,
                                    std::span<const std::size_t> event, bool bytes,
                                    Copy copy) const {
  const auto fail = [&](const std::string& message) {
    throw error("data of '" + std::string(name) + "' from " + print() + ": " + message);
  };
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
  if (found != expected || other_order)
    fail("found rows of shape " + internals::print_shape(shape.subspan(1)) + " (" +
         std::to_string(found) + " values), expected shape " + internals::print_shape(event) +
         " (" + std::to_string(expected) + " values)");
  if (shape[0] == 0) fail("found no rows, expected at least one");
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
  internals::check_finite(result);
  scale_pixels(result, bytes);

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

namespace internals {

template <class T>
column<T> load(const source& from, std::string_view name,
               std::span<const std::size_t> expected_event_shape) {
  const auto from_file = [&](const std::unique_ptr<array_file>& file) {
    return from.select<T>(
        file->shape(), name, expected_event_shape, file->type() == element_type::uint8,
        [&](std::size_t first, std::size_t count, T* out) { file->read(first, count, out); });
  };
  const auto from_array = [&](const auto& values) {
    const std::vector<std::size_t> shape(values.shape().begin(), values.shape().end());
    return from.select<T>(shape, name, expected_event_shape, from.bytes_,
                          [&](std::size_t first, std::size_t count, T* out) {
                            std::transform(values.data() + first, values.data() + first + count,
                                           out, [](auto value) { return static_cast<T>(value); });
                          });
  };
  if (const auto* file = std::get_if<source::idx_file>(&from.data_))
    return from_file(open_idx(file->path));
  if (const auto* file = std::get_if<source::npy_file>(&from.data_))
    return from_file(open_npy(file->path));
  if (const auto* single = std::get_if<std::shared_ptr<const array<float>>>(&from.data_))
    return from_array(**single);
  return from_array(*std::get<std::shared_ptr<const array<double>>>(from.data_));
}

template column<float> load(const source&, std::string_view, std::span<const std::size_t>);
template column<double> load(const source&, std::string_view, std::span<const std::size_t>);

}  // namespace internals
}  // namespace variad
