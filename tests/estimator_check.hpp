#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/variad.hpp>

/// Compares the mean of many gradient estimates with the exact gradient of a hand-written
/// objective.
namespace tests {

using parameters = std::map<std::string, std::vector<double>>;

template <class Inference>
parameters parameters_of(const Inference& vi) {
  parameters out;
  for (const auto& p : vi.parameter_table()) {
    const auto value = vi.parameter(p.name);
    out[p.name].assign(value.begin(), value.end());
  }
  return out;
}

/// The gradient of a parameter, as it was found last.
template <class Inference>
std::vector<double> gradient_of(Inference& vi, const std::string& name) {
  for (const auto& p : vi.parameter_table())
    if (p.name == name) {
      const auto begin = vi.gradient().begin() + static_cast<std::ptrdiff_t>(p.offset);
      return {begin, begin + static_cast<std::ptrdiff_t>(p.size)};
    }
  throw variad::error("no parameter " + name);
}

/// Parameters away from symmetric points, the same in every run.
template <class Inference>
void spread_parameters(Inference& vi) {
  double at = 0.3;
  for (const auto& p : vi.parameter_table()) {
    auto value = vi.parameter(p.name);
    for (auto& v : value)
      v = static_cast<std::remove_cvref_t<decltype(v)>>(0.8 * std::sin(7.0 * (at += 0.37)));
    vi.set_parameter(p.name, value);
  }
}

inline parameters finite_differences(const std::function<double(const parameters&)>& f,
                                     const parameters& at) {
  parameters gradient = at, moved = at;
  for (auto& [name, values] : gradient)
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double h = 1e-5, x = at.at(name)[i];
      moved[name][i] = x + h;
      const double up = f(moved);
      moved[name][i] = x - h;
      values[i] = (up - f(moved)) / (2 * h);
      moved[name][i] = x;
    }
  return gradient;
}

struct estimate {
  parameters mean, error;  // of the mean
  double bound = 0, bound_error = 0;
};

/// The mean of the gradient over independent steps of `rows` identical data each.
template <class Inference, class Loaded>
estimate mean_gradient(Inference& vi, const Loaded& data, std::size_t steps) {
  std::vector<std::uint32_t> rows(data.rows.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  std::map<std::string, std::vector<double>> sum, square;
  double bound = 0, bound_square = 0;
  for (std::size_t s = 0; s < steps; ++s) {
    const double b = vi.gradient(data, rows, {.seed = 11, .step = s + 1}).bound;
    bound += b;
    bound_square += b * b;
    for (const auto& p : vi.parameter_table()) {
      auto &a = sum[p.name], &c = square[p.name];
      a.resize(p.size);
      c.resize(p.size);
      for (std::size_t i = 0; i < p.size; ++i) {
        const double g = static_cast<double>(vi.gradient()[p.offset + i]);
        a[i] += g;
        c[i] += g * g;
      }
    }
  }
  const double n = static_cast<double>(steps);
  const auto error_of = [&](double total, double squares) {
    return std::sqrt(std::max(0.0, squares / n - total / n * (total / n)) / (n - 1));
  };
  estimate e;
  e.bound = bound / n;
  e.bound_error = error_of(bound, bound_square);
  for (auto& [name, a] : sum)
    for (std::size_t i = 0; i < a.size(); ++i) {
      e.mean[name].push_back(a[i] / n);
      e.error[name].push_back(error_of(a[i], square[name][i]));
    }
  return e;
}

/// Unbiased: each coordinate within 4.8 standard errors of the exact one, plus rounding. A false
/// alarm has probability 1.6e-6 per coordinate, below 0.1 % over all the checks made here.
inline void require_unbiased(const estimate& e, const parameters& exact, double exact_bound,
                             double slack = 1e-6) {
  CHECK(std::abs(e.bound - exact_bound) <= 4.8 * e.bound_error + slack);
  for (const auto& [name, values] : exact)
    for (std::size_t i = 0; i < values.size(); ++i) {
      INFO(name << "[" << i << "]: mean " << e.mean.at(name)[i] << " ± " << e.error.at(name)[i]
                << ", exact " << values[i]);
      CHECK(std::abs(e.mean.at(name)[i] - values[i]) <= 4.8 * e.error.at(name)[i] + slack);
    }
}

/// The largest distance of the mean from the exact gradient.
inline double distance(const estimate& e, const parameters& exact) {
  double worst = 0;
  for (const auto& [name, values] : exact)
    for (std::size_t i = 0; i < values.size(); ++i)
      worst = std::max(worst, std::abs(e.mean.at(name)[i] - values[i]));
  return worst;
}

inline std::vector<double> softmax(std::vector<double> l) {
  double top = l[0], total = 0;
  for (const double v : l) top = std::max(top, v);
  for (double& v : l) total += v = std::exp(v - top);
  for (double& v : l) v /= total;
  return l;
}
inline std::vector<double> row(const std::vector<double>& m, std::size_t i, std::size_t n) {
  const auto from = m.begin() + static_cast<std::ptrdiff_t>(i * n);
  return {from, from + static_cast<std::ptrdiff_t>(n)};
}
inline double log_normal_density(double x, double m, double s) {
  return -0.5 * (x - m) * (x - m) / (s * s) - std::log(s) - 0.91893853320467274;
}

/// n identical rows of one number.
inline variad::array<double> repeated(double value, std::size_t n) {
  auto a = variad::array<double>::from_shape({n});
  a.fill(value);
  return a;
}

}  // namespace tests
