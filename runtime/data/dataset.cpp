#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/data/runs.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/uniform.hpp>

namespace variad::internals {

template <class T>
dataset<T>::dataset(std::vector<internals::column<T>> columns) : columns_(std::move(columns)) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    check(i);
    streams_.push_back(hash_name(columns_[i].name) ^ hash_name("binarized each epoch"));
  }
}

template <class T>
std::size_t dataset<T>::find(std::string_view name) const {
  std::size_t i = 0;
  while (i < columns_.size() && columns_[i].name != name) ++i;
  return i;
}

template <class T>
void dataset<T>::copy_row(std::size_t index, std::size_t row, std::uint64_t epoch,
                          std::uint64_t seed, T* out) const {
  const internals::column<T>& data = columns_[index];
  const std::span<const T> values = data.row(row);
  if (!data.binarized_each_epoch) {
    std::copy(values.begin(), values.end(), out);
    return;
  }
  const stream_key key =
      row_stream(make_stream(seed, epoch, streams_[index]), 0, static_cast<std::uint32_t>(row));
  fill_uniform(key, out, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = out[i] < values[i] ? T(1) : T(0);
}

template <class T>
void dataset<T>::copy_rows(std::size_t index, std::span<const std::uint32_t> rows,
                           std::uint64_t epoch, std::uint64_t seed, T* out) const {
  const internals::column<T>& data = columns_[index];
  const std::size_t size = data.event_size();
  if (data.binarized_each_epoch) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      copy_row(index, rows[i], epoch, seed, out + i * size);
    return;
  }
  for_each_run(rows, [&](std::size_t first, std::size_t last) {
    std::copy_n(data.values.data() + rows[first] * size, (last - first) * size, out + first * size);
  });
}

template <class T>
void dataset<T>::check(std::size_t index) const {
  const internals::column<T>& added = columns_[index];
  const internals::column<T>& first = columns_.front();
  if (added.rows != first.rows)
    throw error("data of '" + added.name + "' have " + std::to_string(added.rows) +
                " rows, but data of '" + first.name + "' have " + std::to_string(first.rows) +
                " rows; expected one number of rows");
  if (added.values.size() != added.rows * added.event_size())
    throw error("data of '" + added.name + "' hold " + std::to_string(added.values.size()) +
                " values, expected " + std::to_string(added.rows) + " rows of shape " +
                print_shape(added.event_shape));
  for (std::size_t other = 0; other < index; ++other)
    if (columns_[other].name == added.name)
      throw error("data of '" + added.name + "' are given twice; expected once");
  check_finite(added);
  if (added.binarized_each_epoch) check_binary(added);
}

template class dataset<float>;
template class dataset<double>;

}  // namespace variad::internals
