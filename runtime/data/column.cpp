#include <algorithm>
#include <cmath>
#include <sstream>

#include <variad/runtime/data/column.hpp>
#include <variad/runtime/error.hpp>

namespace variad::internals {

std::string print_shape(std::span<const std::size_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

namespace {

/// The values of a row, of a plate where that is in the event.
template <class T>
std::size_t row_size(const column<T>& data) {
  return data.event_size() / (data.in_rows ? data.event_shape.front() : 1);
}

template <class T, class Accept, class Message>
void check_values(const column<T>& data, Accept accept, Message message) {
  const std::size_t size = row_size(data);
  for (std::size_t i = 0; i < data.values.size(); ++i) {
    if (accept(data.values[i]) || !data.is_known(i)) continue;
    std::ostringstream text;
    text << "data of '" << data.name << "', row " << i / size << ": found the value "
         << data.values[i] << ", expected " << message();
    throw error(text.str());
  }
}

}  // namespace

template <class T>
void mark_gaps(column<T>& data, T sign) {
  const auto is_gap = [sign](T value) {
    return std::isnan(sign) ? std::isnan(value) : value == sign;
  };
  if (std::none_of(data.values.begin(), data.values.end(), is_gap)) return;
  data.known.resize(data.values.size(), 1);
  for (std::size_t i = 0; i < data.values.size(); ++i) {
    if (!is_gap(data.values[i])) continue;
    data.known[i] = 0;
    data.values[i] = T(0);
  }
}

template <class T>
void check_no_gaps(const column<T>& data, std::string_view repair) {
  const auto gap = std::find(data.known.begin(), data.known.end(), 0);
  if (gap == data.known.end()) return;
  const auto at = static_cast<std::size_t>(gap - data.known.begin());
  throw error("data of '" + data.name + "', row " + std::to_string(at / row_size(data)) +
              ": found a gap, expected a value; " + std::string(repair));
}

template <class T>
void check_finite(const column<T>& data) {
  check_values(
      data, [](T value) { return std::isfinite(value); },
      [] { return std::string("a finite number"); });
}

template <class T>
void check_shares(const column<T>& data, std::string_view modifier) {
  check_values(
      data, [](T value) { return value >= T(0) && value <= T(1); },
      [modifier] {
        return "a value in [0, 1] for " + std::string(modifier) +
               "; of pixels from 0 to 255 write .pixels() before it";
      });
}

template <class T>
void check_pixels(const column<T>& data) {
  check_values(
      data, [](T value) { return value >= T(0) && value <= T(255); },
      [] { return std::string("a pixel, in [0, 255]; drop .pixels() if the values are none"); });
}

template <class T>
void check_binary(const column<T>& data) {
  if (data.binarized_each_epoch) {
    check_values(
        data, [](T value) { return value >= T(0) && value <= T(1); },
        [] { return std::string("a probability in [0, 1] to draw binary values with"); });
    return;
  }
  check_values(
      data, [](T value) { return value == T(0) || value == T(1); },
      [] {
        return std::string(
            "0 or 1; make the data binary with .rounded(), .binarized(seed) or "
            ".binarized_each_epoch()");
      });
}

template <class T>
void check_positive(const column<T>& data) {
  if (data.binarized_each_epoch)
    throw error("data of '" + data.name +
                "': found values that become 0 or 1 in each epoch, expected positive numbers; drop "
                ".binarized_each_epoch()");
  check_values(
      data, [](T value) { return value > T(0); }, [] { return std::string("a positive number"); });
}

template <class T>
void check_read_once(const column<T>& data) {
  if (data.binarized_each_epoch)
    throw error("data of '" + data.name +
                "': found .binarized_each_epoch() outside the data plate, where data are read "
                "once; expected .binarized(seed), .rounded() or values as they are");
}

template <class T>
void check_integers(const column<T>& data, std::size_t count, std::string_view what) {
  check_values(
      data,
      [count](T value) {
        return value >= T(0) && value < static_cast<T>(count) && value == std::floor(value);
      },
      [&] {
        return std::string(what) +
               (count > 10'000'000 ? ", a whole number from 0"
                                   : ", one of the integers 0 to " + std::to_string(count - 1));
      });
}

template void mark_gaps(column<float>&, float);
template void check_no_gaps(const column<float>&, std::string_view);
template void check_finite(const column<float>&);
template void check_shares(const column<float>&, std::string_view);
template void check_pixels(const column<float>&);
template void check_binary(const column<float>&);
template void check_positive(const column<float>&);
template void check_read_once(const column<float>&);
template void check_integers(const column<float>&, std::size_t, std::string_view);
template void mark_gaps(column<double>&, double);
template void check_no_gaps(const column<double>&, std::string_view);
template void check_finite(const column<double>&);
template void check_shares(const column<double>&, std::string_view);
template void check_pixels(const column<double>&);
template void check_binary(const column<double>&);
template void check_positive(const column<double>&);
template void check_read_once(const column<double>&);
template void check_integers(const column<double>&, std::size_t, std::string_view);

}  // namespace variad::internals
