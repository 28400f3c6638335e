// Bayesian linear regression by minibatches: what two guides find, beside the posterior in closed
// form. Takes seconds; `--toy` changes nothing.
#include <array>
#include <cmath>
#include <exception>
#include <iomanip>
#include <iostream>
#include <random>

#include <variad/variad.hpp>

namespace regression_example {
using namespace variad;

constexpr int d = 3;
constexpr std::size_t rows = 200;
constexpr double noise = 0.5, prior = 2.0;
using regression = models::linear_regression<d>;

/// A matrix [d, d] by rows.
using matrix = std::array<std::array<double, d>, d>;

struct posterior {
  std::array<double, d> mean{};
  matrix covariance{};
};

/// Covariance (XᵀX / noise² + I / prior²)⁻¹, mean covariance · Xᵀy / noise².
posterior closed_form(const array<double>& x, const array<double>& y) {
  matrix a{};
  std::array<double, d> b{};
  for (std::size_t i = 0; i < d; ++i) a[i][i] = 1 / (prior * prior);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < d; ++i) {
      b[i] += x(r, i) * y(r) / (noise * noise);
      for (std::size_t j = 0; j < d; ++j) a[i][j] += x(r, i) * x(r, j) / (noise * noise);
    }
  posterior result;
  for (std::size_t i = 0; i < d; ++i) result.covariance[i][i] = 1;
  for (std::size_t i = 0; i < d; ++i) {  // Gauss and Jordan; a is positive definite
    const double pivot = a[i][i];
    for (std::size_t j = 0; j < d; ++j) {
      a[i][j] /= pivot;
      result.covariance[i][j] /= pivot;
    }
    for (std::size_t k = 0; k < d; ++k) {
      if (k == i) continue;
      const double factor = a[k][i];
      for (std::size_t j = 0; j < d; ++j) {
        a[k][j] -= factor * a[i][j];
        result.covariance[k][j] -= factor * result.covariance[i][j];
      }
    }
  }
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j) result.mean[i] += result.covariance[i][j] * b[j];
  return result;
}

/// Trains on minibatches of 50 rows; the rate falls, so that the last steps average.
template <class Inference>
void train(Inference& vi, const array<double>& x, const array<double>& y) {
  vi.fit(data(regression::x = x, regression::y = y),
         {.epochs = 4000,
          .batch = 50,
          .optimizer = adam{schedules::cosine(3e-2, 1e-5, 16000)},
          .progress = false});
}

void print(const char* what, double found, double expected, double deviation, bool& good) {
  const bool near = std::abs(found - expected) < 0.1 * deviation;
  good = good && near;
  std::cout << "  " << std::left << std::setw(20) << what << std::right << std::setw(12) << found
            << std::setw(12) << expected << (near ? "\n" : "  WRONG\n");
}

int run() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal_draw;
  const std::array<double, d> truth{1.0, -2.0, 0.5};
  array<double> x = array<double>::from_shape({rows, d}), y = array<double>::from_shape({rows});
  for (std::size_t r = 0; r < rows; ++r) {
    const double shared = normal_draw(random);  // makes the columns, and so the weights, dependent
    y(r) = noise * normal_draw(random);
    for (std::size_t i = 0; i < d; ++i) {
      x(r, i) = i == 0 ? 1 : shared + 0.7 * normal_draw(random);
      y(r) += truth[i] * x(r, i);
    }
  }
  const posterior exact = closed_form(x, y);
  constexpr auto p = regression::model(noise, prior);
  bool good = true;
  std::cout << std::fixed << std::setprecision(5);

  auto separate = infer<elbo<8>, double>(p, mean_field(p));
  train(separate, x, y);
  std::cout << "mean_field                 found       exact\n";
  const array<double> separate_mean = separate.parameter("q.w.param0.value");
  for (std::size_t i = 0; i < d; ++i)
    print("mean", separate_mean(i), exact.mean[i], std::sqrt(exact.covariance[i][i]), good);

  auto together = infer<elbo<8>, double>(p, full_rank(p));
  train(together, x, y);
  std::cout << "full_rank\n";
  const array<double> mean_of_w = together.parameter("q.w.param0.value");
  array<double> factor = together.parameter("q.w.param1.value");
  for (std::size_t i = 0; i < d; ++i) factor(i, i) = std::exp(factor(i, i));
  for (std::size_t i = 0; i < d; ++i)
    print("mean", mean_of_w(i), exact.mean[i], std::sqrt(exact.covariance[i][i]), good);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double covariance = 0;  // of L·Lᵀ, lower triangle of L
      for (std::size_t k = 0; k <= j; ++k) covariance += factor(i, k) * factor(j, k);
      print("covariance", covariance, exact.covariance[i][j],
            std::sqrt(exact.covariance[i][i] * exact.covariance[j][j]), good);
    }
  return good ? 0 : 1;
}

}  // namespace regression_example

int main() try { return regression_example::run(); } catch (const std::exception& e) {
  std::cerr << "linear_regression: " << e.what() << '\n';
  return 1;
}
