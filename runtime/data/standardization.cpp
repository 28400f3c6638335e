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
standardization standardization_of(const std::vector<T>& values, std::size_t size,
                                   const std::vector<std::uint8_t>& known) {
  standardization s{std::vector<double>(size, 0.0), std::vector<double>(size, 0.0)};
  std::vector<double> first(size, 0.0), rows(size, 0.0);
  const auto for_each_known = [&](auto&& f) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (known.empty() || known[i] != 0) f(i, i % size);
  };
  // Less the first: of numbers that never vary nothing is left, not even rounding.
  const auto difference = [&](std::size_t i, std::size_t j) {
    return static_cast<double>(values[i]) - first[j];
  };
  for_each_known([&](std::size_t i, std::size_t j) {
    if (rows[j]++ == 0) first[j] = static_cast<double>(values[i]);
  });
  for_each_known([&](std::size_t i, std::size_t j) { s.mean[j] += difference(i, j) / rows[j]; });
  for_each_known([&](std::size_t i, std::size_t j) {
    const double d = difference(i, j) - s.mean[j];
    s.scale[j] += d * d / rows[j];
  });
  for (std::size_t j = 0; j < size; ++j) s.mean[j] += first[j];
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

template standardization standardization_of(const std::vector<double>&, std::size_t,
                                            const std::vector<std::uint8_t>&);
template void standardize(const standardization&, std::vector<float>&);
template void standardize(const standardization&, std::vector<double>&);

}  // namespace internals

template array<float> standardization::undo(const array<float>&) const;
template array<double> standardization::undo(const array<double>&) const;

}  // namespace variad
