// An objective written outside the library: the jackknife of the importance-weighted bound (Nowozin
// 2018), whose bias falls as 1/K² where that of iwae<K> falls as 1/K. Its gradient is compared with
// finite differences at the same noise, and its bound with the exact log-likelihood. `--toy`
// changes nothing.
#include <array>
#include <cmath>
#include <exception>
#include <iomanip>
#include <iostream>
#include <vector>

#include <variad/variad.hpp>

/// K L_K − (K − 1)/K Σ_k L₋ₖ, where L_K is the logarithm of the mean of K weights and L₋ₖ that of
/// the others than k; equation 10 of the paper for one order.
template <int K>
struct jackknife {
  static_assert(K >= 2);
  static constexpr variad::objective_traits traits{
      .name = "jackknife", .importance = K, .weighs_samples = true, .closed_forms = false};

  /// The value by the log-weights of a datum's samples; the seed of a sample is the derivative of
  /// the value by its log-weight.
  template <class Samples>
  static auto evaluate(const Samples& samples) {
    using V = typename Samples::value_type;  // a number, or a SIMD register of them
    const V all(static_cast<variad::scalar_of<V>>(K)),
        others(static_cast<variad::scalar_of<V>>(K - 1));
    std::array<V, count> share;
    V value = all * log_mean_but(samples, count, all, share);
    for (std::size_t k = 0; k < count; ++k) samples.seed(k, V(all * share[k]));
    for (std::size_t left_out = 0; left_out < count; ++left_out) {
      value = value - others / all * log_mean_but(samples, left_out, others, share);
      for (std::size_t k = 0; k < count; ++k)
        samples.seed(k, V(samples.seed(k) - others / all * share[k]));
    }
    return value;
  }

 private:
  static constexpr auto count = static_cast<std::size_t>(K);

  /// log of the mean of all weights but one, `number` of them, and the share of each in their sum.
  template <class Samples, class V>
  static V log_mean_but(const Samples& samples, std::size_t left_out, const V& number,
                        std::array<V, count>& share) {
    namespace math = variad::math;
    V top = samples.log_weight(left_out == 0 ? 1 : 0), total(0);
    for (std::size_t k = 0; k < count; ++k)
      if (k != left_out) top = math::max(top, samples.log_weight(k));
    for (std::size_t k = 0; k < count; ++k) {
      share[k] = k == left_out ? V(0) : math::exp(V(samples.log_weight(k) - top));
      total = total + share[k];
    }
    for (V& s : share) s = s / total;
    return top + math::log(V(total / number));
  }
};

namespace small {
using namespace variad;

constexpr auto x = observed<"x">;
constexpr auto z = latent<"z">;

constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(param<>() * z, 1)));
constexpr auto q = guide(plate<"row">(z = ~normal(param<>() * x, exp(param<>()))));

constexpr int samples_of_a_datum = 5;

/// Whether the gradient is the derivative of the bound at the same noise.
bool gradient_is_that_of_the_value() {
  auto vi = infer<jackknife<samples_of_a_datum>, double>(p, q);
  std::cout << vi.plan() << '\n';
  auto rows = array<double>::from_shape({40});
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows(i) = 1.5 * std::sin(2.0 * static_cast<double>(i));
  const auto loaded = vi.load(data(x = rows));
  std::vector<std::uint32_t> all(rows.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  const step_settings same_noise{.seed = 3};

  const auto set = [&](const std::string& name, double value) {
    auto block = vi.parameter(name);
    block.fill(value);
    vi.set_parameter(name, block);
  };
  set("p.x.param0.value", 0.9);
  set("q.z.param0.value", 0.2);
  set("q.z.param1.value", -0.3);
  bool good = true;
  std::cout << "parameter           gradient  differences\n" << std::fixed << std::setprecision(6);
  for (const parameter_info& block : vi.parameter_table()) {
    const double at = vi.parameter(block.name).flat(0), h = 1e-5;
    set(block.name, at + h);
    const double up = vi.gradient(loaded, all, same_noise).bound;
    set(block.name, at - h);
    const double down = vi.gradient(loaded, all, same_noise).bound;
    set(block.name, at);
    vi.gradient(loaded, all, same_noise);
    const double found = vi.gradient()[block.offset], expected = (up - down) / (2 * h);
    std::cout << block.name << std::setw(12) << found << std::setw(12) << expected << '\n';
    good = good && std::abs(found - expected) < 1e-6 * (1 + std::abs(expected));
  }
  return good;
}

/// How far the mean of a bound is from log p(x), the density of normal(0, √2) at x.
template <class Objective>
double bias() {
  auto vi = infer<Objective, double>(p, q);
  const auto set = [&](const char* name, double value) {
    auto block = vi.parameter(name);
    block.fill(value);
    vi.set_parameter(name, block);
  };
  set("p.x.param0.value", 1);
  set("q.z.param0.value", 0.2);
  set("q.z.param1.value", 0);
  auto rows = array<double>::from_shape({1000});
  rows.fill(1.3);
  const auto bound = vi.bound(data(x = rows), samples(200));
  const double exact = -1.3 * 1.3 / 4 - 0.5 * std::log(4 * 3.14159265358979323846);
  std::cout << vi.plan().objective << ": " << bound.value - exact << " ± " << bound.standard_error
            << " nats from log p(x)\n";
  return std::abs(bound.value - exact);
}

int run() {
  const bool good = gradient_is_that_of_the_value();
  // 200,000 draws of each leave standard errors below 0.001.
  const double plain = bias<iwae<samples_of_a_datum>>(),
               less = bias<jackknife<samples_of_a_datum>>();
  return good && plain > 0.02 && less < plain / 3 ? 0 : 1;
}

}  // namespace small

int main() try { return small::run(); } catch (const std::exception& e) {
  std::cerr << "custom_objective: " << e.what() << '\n';
  return 1;
}
