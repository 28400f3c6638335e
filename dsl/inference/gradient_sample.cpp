#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include <variad/dsl/inference/gradient_sample.hpp>

namespace variad {

std::vector<double> gradient_sample::mean() const {
  std::vector<double> m = sum;
  for (double& v : m) v /= count();
  return m;
}

double gradient_sample::variance() const {
  double total = 0;
  for (std::size_t i = 0; i < sum.size(); ++i)
    total += std::max(0.0, square[i] - sum[i] * sum[i] / count());
  return count() > 1 ? total / (count() - 1) : 0;
}

double gradient_sample::median_milliseconds() const {
  std::vector<double> t = milliseconds;
  const auto middle = t.begin() + static_cast<std::ptrdiff_t>(t.size() / 2);
  std::nth_element(t.begin(), middle, t.end());
  return *middle;
}

namespace internals {

template <class T>
gradient_sample take_gradients(program_set<T>& programs, const loaded_data<T>& data,
                               std::size_t repeats, std::uint64_t seed,
                               const std::vector<double>& reference) {
  std::vector<std::uint32_t> rows(data.rows.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  gradient_sample s;
  for (std::size_t r = 0; r < repeats; ++r) {
    const auto begin = std::chrono::steady_clock::now();
    programs.gradient(data, rows, {.seed = seed, .step = r + 1});
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    s.milliseconds.push_back(time.count());
    double along = 0, own = 0, other = 0;
    std::size_t at = 0;
    for (const parameter_info& p : programs.state.parameter_table()) {
      if (!p.name.starts_with("q.")) continue;
      s.sum.resize(std::max(s.sum.size(), at + p.size));
      s.square.resize(s.sum.size());
      for (std::size_t i = 0; i < p.size; ++i, ++at) {
        const double g = static_cast<double>(programs.gradient()[p.offset + i]);
        s.sum[at] += g;
        s.square[at] += g * g;
        if (reference.empty()) continue;
        along += g * reference[at];
        own += g * g;
        other += reference[at] * reference[at];
      }
    }
    if (own > 0 && other > 0)
      s.cosine += along / std::sqrt(own * other) / static_cast<double>(repeats);
  }
  return s;
}

template gradient_sample take_gradients(program_set<float>&, const loaded_data<float>&, std::size_t,
                                        std::uint64_t, const std::vector<double>&);
template gradient_sample take_gradients(program_set<double>&, const loaded_data<double>&,
                                        std::size_t, std::uint64_t, const std::vector<double>&);

}  // namespace internals
}  // namespace variad
