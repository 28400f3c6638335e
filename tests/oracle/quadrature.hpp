#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace oracle {

struct quadrature_node {
  double at, weight;
};

/// Gauss-Legendre on [−1, 1]: roots of the Legendre polynomial by Newton's method.
inline std::vector<quadrature_node> gauss_legendre(std::size_t n) {
  std::vector<quadrature_node> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) /
                        (static_cast<double>(n) + 0.5)),
           slope = 1;
    for (int round = 0; round < 100; ++round) {
      double p = 1, before = 0;
      for (std::size_t j = 1; j <= n; ++j) {
        const double k = static_cast<double>(j),
                     next = ((2 * k - 1) * x * p - (k - 1) * before) / k;
        before = p;
        p = next;
      }
      slope = static_cast<double>(n) * (x * p - before) / (x * x - 1);
      const double step = p / slope;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    out[i] = {x, 2 / ((1 - x * x) * slope * slope)};
  }
  return out;
}

/// Nodes for an expectation under a density with centre 0 and scale 1 that is smooth but for
/// breaks: a few panels between each two of them, as far as `reach` on both sides.
template <class Density>
std::vector<quadrature_node> panels(std::vector<double> breaks, const std::vector<double>& edges,
                                    Density&& density) {
  static const std::vector<quadrature_node> rule = gauss_legendre(7);
  std::vector<double> at = edges;
  for (const double b : breaks)
    if (b > edges.front() && b < edges.back()) at.push_back(b);
  std::sort(at.begin(), at.end());
  std::vector<quadrature_node> out;
  for (std::size_t i = 0; i + 1 < at.size(); ++i) {
    const double half = (at[i + 1] - at[i]) / 2, middle = (at[i + 1] + at[i]) / 2;
    if (half <= 0) continue;
    for (const quadrature_node& r : rule) {
      const double e = middle + half * r.at;
      out.push_back({e, half * r.weight * density(e)});
    }
  }
  return out;
}

/// Of a standard normal variable.
inline std::vector<quadrature_node> normal_nodes(const std::vector<double>& breaks) {
  const auto density = [](double e) {
    return std::exp(-0.5 * e * e) / std::sqrt(2 * std::numbers::pi);
  };
  // Without breaks the trapezoidal rule: its error is of the order e^(−4πd), where d is how far the
  // poles are from the real axis (π/2 for tanh of the variable).
  if (breaks.empty()) {
    static const std::vector<quadrature_node> smooth = [&] {
      std::vector<quadrature_node> out;
      for (int i = -13; i <= 13; ++i) out.push_back({0.5 * i, 0.5 * density(0.5 * i)});
      return out;
    }();
    return smooth;
  }
  return panels(breaks, {-7, -3.2, -1.6, -0.5, 0.5, 1.6, 3.2, 7}, density);
}

/// Of a standard Laplace variable, which has a break of its own.
inline std::vector<quadrature_node> laplace_nodes(const std::vector<double>& breaks) {
  return panels(breaks, {-24, -9, -4, -1.5, 0, 1.5, 4, 9, 24},
                [](double e) { return 0.5 * std::exp(-std::abs(e)); });
}

}  // namespace oracle
