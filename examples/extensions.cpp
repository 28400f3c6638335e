// An op and a family written outside the library: a running sum, and the logistic distribution. The
// trend of a series is their model; its gradient is compared with finite differences at the same
// noise, and its bound with an importance-weighted one. `--toy` changes nothing.
#include <cmath>
#include <exception>
#include <iomanip>
#include <iostream>
#include <vector>

#include <variad/variad.hpp>

/// y_i = x_0 + … + x_i of each event.
struct running_sum {
  static constexpr std::string_view name = "running_sum";
  static constexpr variad::op_traits traits{.linear = true};
  static constexpr variad::shape event(std::span<const variad::shape> in) { return in[0]; }

  template <class T>
  void forward(const variad::kernel_call<T>& call) const {
    const std::size_t n = call.output.size;
    for (std::size_t row = 0; row < call.rows; ++row) {
      T total = 0;
      for (std::size_t i = row * n; i < (row + 1) * n; ++i)
        call.output.value[i] = total += call.inputs[0].value[i];
    }
  }
  template <class T>
  void pull_back(const variad::kernel_call<T>& call) const {
    const std::size_t n = call.output.size;
    for (std::size_t row = 0; row < call.rows; ++row) {
      T total = 0;
      for (std::size_t i = (row + 1) * n; i-- > row * n;)
        call.inputs[0].adjoint[i] += total += call.output.adjoint[i];
    }
  }
};

/// The logistic distribution with a location and a scale per variable: a log-density and the noise
/// of the standard one. Score, path and their derivatives are derived.
struct logistic : variad::location_scale<logistic> {
  static constexpr std::string_view name = "logistic";
  static constexpr variad::family_traits traits{.values = variad::support::real};
  static constexpr std::array<variad::parameter_rule, 2> parameter_rules{
      {{"loc"}, {"scale", variad::parameter_constraint::positive}}};

  template <class T>
  static void fill_noise(variad::stream_key random, T* out, std::size_t n) {
    variad::fill_uniform(random, out, n);  // in (0, 1)
    for (std::size_t i = 0; i < n; ++i) out[i] = std::log(out[i]) - std::log1p(-out[i]);
  }
  /// −r − 2 log(1 + e^−r) − log scale, with r = (x − loc)/scale
  struct log_prob : variad::ops::summed<3> {
    static constexpr std::string_view name = "logistic.log_prob";
    template <class V>
    V forward(const std::array<V, 3>& x) const {
      const V r = (x[0] - x[1]) / x[2];
      return -r - V(2) * variad::math::softplus(V(-r)) - variad::math::log(x[2]);
    }
  };
};

namespace trend {
using namespace variad;

constexpr int days = 8;
constexpr auto moves = latent<"moves", days>;
constexpr auto series = observed<"series", days>;

constexpr auto p =
    model(plate<"series">(moves = ~make_distribution<logistic>(0, 0.3),
                          series = ~normal(apply(running_sum{}, moves), exp(param<>(-1.0)))));
constexpr auto q = guide(plate<"series">(
    moves = ~make_distribution<logistic>(dense<days>(series), exp(param<days>(-1.0)))));

/// Whether the gradient is the derivative of the bound at the same noise.
template <class Inference>
bool gradient_is_that_of_the_bound(Inference& vi, const loaded_data<double>& loaded) {
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4};
  const step_settings same_noise{.seed = 3};
  vi.gradient(loaded, rows, same_noise);
  const std::vector<double> gradient(vi.gradient().begin(), vi.gradient().end());
  double farthest = 0;
  for (const parameter_info& block : vi.parameter_table())
    for (std::size_t i = 0; i < block.size; ++i) {
      auto value = vi.parameter(block.name);
      const double at = value.flat(i), h = 1e-5;
      const auto bound_at = [&](double to) {
        value.flat(i) = to;
        vi.set_parameter(block.name, value);
        return vi.gradient(loaded, rows, same_noise).bound;
      };
      const double slope = (bound_at(at + h) - bound_at(at - h)) / (2 * h);
      bound_at(at);
      farthest = std::max(farthest, std::abs(gradient[block.offset + i] - slope));
    }
  std::cout << "the gradient is within " << farthest << " of finite differences\n";
  return farthest < 1e-6;
}

int run() {
  auto rows = array<double>::from_shape({400, days});
  for (std::size_t r = 0; r < rows.shape(0); ++r)
    for (std::size_t i = 0; i < days; ++i) {
      const double at = static_cast<double>(i), phase = static_cast<double>(r);
      rows(r, i) = std::sin(0.4 * at + phase) + 0.3 * std::sin(17 * at + 5 * phase);
    }
  auto vi = infer<elbo<4>, double>(p, q);
  std::cout << vi.plan() << '\n';
  const auto all = data(series = rows);
  const bool good = gradient_is_that_of_the_bound(vi, vi.load(all));
  const double before = vi.bound(all).value;
  vi.fit(all, {.epochs = 30, .batch = 100, .optimizer = adam{0.01}});
  const double bound = vi.bound(all).value, weighted = vi.log_likelihood(all, samples(500)).value;
  std::cout << std::fixed << std::setprecision(3) << "bound " << before << " -> " << bound
            << ", of 500 samples " << weighted << " nats a series\n";
  return good && bound > before && weighted > bound ? 0 : 1;
}

}  // namespace trend

int main() try { return trend::run(); } catch (const std::exception& e) {
  std::cerr << "extensions: " << e.what() << '\n';
  return 1;
}
