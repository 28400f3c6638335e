#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/data/runs.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/reduce/reduce.hpp>

namespace variad::internals {

template <class T>
dataset<T>::dataset(std::vector<internals::column<T>> columns) : columns_(std::move(columns)) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    check(i);
    streams_.push_back(hash_name(columns_[i].name) ^ hash_name("binarized each epoch"));
  }
  total_weight_ = static_cast<double>(rows());
}

template <class T>
void dataset<T>::weigh(std::vector<T> weights) {
  if (weights.size() != rows())
    throw error("weighted_by: found " + std::to_string(weights.size()) +
                " weights, expected one for each of the " + std::to_string(rows()) +
                " rows of the data");
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (!(weights[i] >= T(0)) || !std::isfinite(weights[i]))
      throw error("weighted_by, row " + std::to_string(i) + ": found the weight " +
                  std::to_string(weights[i]) + ", expected a finite number that is not negative");
  total_weight_ = sum_of(std::vector<double>(weights.begin(), weights.end()));
  if (!(total_weight_ > 0))
    throw error("weighted_by: found weights that are all 0, expected one above 0");
  weights_ = std::move(weights);
}

template <class T>
double dataset<T>::weight_of(std::span<const std::uint32_t> rows) const {
  if (weights_.empty()) return static_cast<double>(rows.size());
  double sum = 0;
  for (const std::uint32_t row : rows) sum += static_cast<double>(weights_[row]);
  return sum;
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
