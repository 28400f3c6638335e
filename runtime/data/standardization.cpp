#include <algorithm>
#include <cmath>
#include <string>

#include <variad/runtime/data/standardization.hpp>
#include <variad/runtime/error.hpp>

namespace variad {

template <class T>
array<T> standardization::undo(const array<T>& values) const {
  internals::check(*this);
  std::size_t event = 1;
  for (std::size_t axis = values.dimension(); axis-- > 0 && event < mean.size();)
    event *= values.shape()[axis];
  if (event != mean.size())
    throw error("standardization::undo: found events of " + std::to_string(event) +
                " numbers, expected " + std::to_string(mean.size()));
  array<T> out = values;
  for (std::size_t i = 0; i < out.size(); ++i)
    out.data()[i] =
        static_cast<T>(static_cast<double>(values.data()[i]) * scale[i % event] + mean[i % event]);
  return out;
}

namespace internals {

template <class T>
standardization standardization_of(const std::vector<T>& values, std::size_t size) {
  standardization s{std::vector<double>(size, 0.0), std::vector<double>(size, 0.0)};
  const double rows = static_cast<double>(values.size() / size);
  // Less the first row: of numbers that never vary nothing is left, not even rounding.
  const auto difference = [&](std::size_t i) {
    return static_cast<double>(values[i]) - static_cast<double>(values[i % size]);
  };
  for (std::size_t i = 0; i < values.size(); ++i) s.mean[i % size] += difference(i) / rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double d = difference(i) - s.mean[i % size];
    s.scale[i % size] += d * d / rows;
  }
  for (std::size_t i = 0; i < size; ++i) s.mean[i] += static_cast<double>(values[i]);
  for (double& x : s.scale) x = x > 0 ? std::sqrt(x) : 1.0;
  return s;
}

void check(const standardization& s) {
  const auto fits = [](double mean, double scale) {
    return std::isfinite(mean) && std::isfinite(scale) && scale > 0;
  };
  if (s.mean.size() != s.scale.size() ||
      !std::equal(s.mean.begin(), s.mean.end(), s.scale.begin(), fits))
    throw error("standardization: found " + std::to_string(s.mean.size()) + " means and " +
                std::to_string(s.scale.size()) +
                " scales, expected as many, all finite and the scales above zero");
}

template <class T>
void standardize(const standardization& by, std::vector<T>& values) {
  const std::size_t size = by.mean.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] =
        static_cast<T>((static_cast<double>(values[i]) - by.mean[i % size]) / by.scale[i % size]);
}

template standardization standardization_of(const std::vector<double>&, std::size_t);
template void standardize(const standardization&, std::vector<float>&);
template void standardize(const standardization&, std::vector<double>&);

}  // namespace internals

template array<float> standardization::undo(const array<float>&) const;
template array<double> standardization::undo(const array<double>&) const;

}  // namespace variad
