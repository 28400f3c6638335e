#include "estimator_check.hpp"

// What an estimator of one's own can ask of the engine: relaxed values, adjoints and costs at once,
// the weights of all importance samples, scratch for events of any size.

namespace tests {
namespace {

using namespace variad;
using namespace variad::internals;

constexpr auto x = observed<"x">;
constexpr auto w = latent<"w">;
constexpr auto z = latent<"z">;

constexpr double datum = 0.7;

constexpr latent_traits discrete{
    .discrete = true, .variables = 2, .categories = 3, .differentiable_downstream = true};
constexpr latent_traits blocked{.discrete = true, .variables = 2, .categories = 3};
constexpr latent_traits weighted{
    .discrete = true, .variables = 2, .categories = 3, .importance = 5, .weighs_samples = true};
constexpr auto joint_probes = probe_set::kind::joint, sites = probe_set::kind::one_site;
static_assert(can_evaluate({}, discrete).yes);
static_assert(
    can_evaluate({.role = probe_role::both, .form = representation::relaxed}, discrete).yes);
static_assert(can_evaluate({.values = joint_probes, .count = 2}, weighted).yes);
static_assert(can_evaluate({.values = sites, .count = 6}, weighted).yes);
static_assert(
    can_evaluate({.values = joint_probes, .count = 9, .role = probe_role::both, .weighted = true},
                 discrete)
        .yes);
static_assert(!can_evaluate({.count = 2}, discrete).yes);
static_assert(!can_evaluate({.values = sites, .count = 5}, discrete).yes);
static_assert(!can_evaluate({.values = sites, .count = 6, .weighted = true}, discrete).yes);
static_assert(!can_evaluate({.weighted = true}, weighted).yes);
static_assert(
    !can_evaluate({.values = joint_probes, .count = 3, .role = probe_role::both}, discrete).yes);
static_assert(!can_evaluate({.role = probe_role::adjoint}, blocked).yes);
static_assert(
    !can_evaluate({.values = sites, .count = 6, .form = representation::relaxed}, discrete).yes);
static_assert(!can_evaluate({.form = representation::relaxed}, {}).yes);

/// Gumbel-Softmax (Jang, Gu and Poole 2017) of temperature 1.
struct gumbel_softmax {
  static constexpr estimator_traits traits{.name = "gumbel_softmax", .bias = bias_class::biased};
  static constexpr verdict accepts(const latent_traits& t) { return {t.discrete, "a relaxation"}; }
  static constexpr probe_set probes(const latent_traits&) {
    return {
        .role = probe_role::adjoint, .form = representation::relaxed, .sampled_divergence = true};
  }
  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    T* l = site.scratch();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const std::span<T> value = site.value(row);
      fill_gumbel(site.random(row), value.data(), n * k);
      site.logits(row, l);
      for (std::size_t j = 0; j < n * k; ++j) value[j] += l[j];
      for (std::size_t i = 0; i < n; ++i)
        math::softmax(value.data() + i * k, value.data() + i * k, k);
    }
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    T* adjoint = site.scratch();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const std::span<const T> value = site.value(row), of_value = site.adjoint(row);
      for (std::size_t i = 0; i < n * k; i += k) {
        T mean = 0;
        for (std::size_t j = i; j < i + k; ++j) mean += value[j] * of_value[j];
        for (std::size_t j = i; j < i + k; ++j) adjoint[j] = value[j] * (of_value[j] - mean);
      }
      site.add_logits(row, adjoint);
    }
  }
};

// What an estimator need not say.
static_assert(gumbel_softmax::traits.knob_name().empty() && gumbel_softmax::traits.source.empty());
static_assert(variad::gumbel_softmax::traits.knob_name() == "tau");
static_assert(disarm::traits.source == "Dong, Mnih and Tucker 2020");

TEST_CASE("a relaxed value has the derivative of the bound at its noise") {
  constexpr auto p = model(
      plate<"row">(z = ~categorical<3>(logits = param<3>()), x = ~normal(take(param<3>(), z), 1)));
  constexpr auto q =
      guide(plate<"row">(z = ~categorical<3>(logits = param<3>()).by(gumbel_softmax{})));
  auto vi = infer<elbo<2>, double>(p, q);
  spread_parameters(vi);
  const auto loaded = vi.load(data(x = repeated(datum, 5)));
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4};
  const auto bound = [&] { return vi.gradient(loaded, rows, {.seed = 3, .step = 8}).bound; };
  bound();
  const std::vector<double> gradient(vi.gradient().begin(), vi.gradient().end());
  for (const auto& entry : vi.parameter_table()) {
    auto value = vi.parameter(entry.name);
    for (std::size_t i = 0; i < entry.size; ++i) {
      const double at = value.data()[i], h = 1e-6;
      const auto move = [&](double to) {
        value.data()[i] = to;
        vi.set_parameter(entry.name, value);
        return bound();
      };
      const double up = move(at + h), down = move(at - h);
      move(at);
      INFO(entry.name << "[" << i << "]");
      CHECK(gradient[entry.offset + i] == Approx((up - down) / (2 * h)).epsilon(1e-6).margin(1e-8));
    }
  }
}

/// Half the reparameterization gradient and half the score function: unbiased, and wants the cost
/// and the adjoint of one value.
struct half_and_half {
  static constexpr estimator_traits traits{.name = "half_and_half", .bias = bias_class::unbiased};
  static constexpr verdict accepts(const latent_traits& t) { return pathwise::accepts(t); }
  static constexpr probe_set probes(const latent_traits&) { return {.role = probe_role::both}; }
  static constexpr std::size_t kept(const latent_traits& t) { return pathwise::kept(t); }
  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    pathwise{}.propose(site);
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    T* half = site.scratch();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      site.add_score(row, site.weight(row) * site.cost(row) / 2);
      for (std::size_t i = 0; i < site.variables(); ++i) half[i] = site.adjoint(row)[i] / 2;
      const parameter_rows<T> p = site.parameters(row);
      site.add(row, [&](const adjoint_rows<T>& to) {
        Family::transform_pull_back(static_cast<const T*>(site.kept(row).data()), p,
                                    static_cast<const T*>(site.value(row).data()),
                                    static_cast<const T*>(half), to, site.variables());
      });
    }
  }
};

TEST_CASE("the cost and the adjoint of one value") {
  constexpr auto p = model(plate<"row">(w = ~normal(0, 1), x = ~normal(w, 1)));
  constexpr auto q =
      guide(plate<"row">(w = ~normal(param<>(), exp(param<>())).by(half_and_half{})));
  auto vi = infer<elbo<2>, double>(p, q);
  spread_parameters(vi);
  const auto exact = [](const parameters& at) {
    const double m = at.at("q.w.param0.value")[0], s = std::exp(at.at("q.w.param1.value")[0]);
    return std::log(s) - 0.5 * (s * s + m * m - 1) + log_normal_density(datum, m, 1) - 0.5 * s * s;
  };
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, vi.load(data(x = repeated(datum, 200))), 400),
                   finite_differences(exact, at), exact(at));
}

/// A normal variable by the transform of Box and Muller, of two uniform numbers each.
struct of_two_numbers : location_scale<of_two_numbers> {
  static constexpr std::string_view name = "of_two_numbers";
  static constexpr family_traits traits{.values = support::real};
  static constexpr auto parameter_rules = families::normal::parameter_rules;
  using log_prob = families::normal::log_prob;

  static constexpr std::size_t noise_size(std::size_t n) { return 2 * n; }
  template <class T>
  static void fill_noise(stream_key random, T* out, std::size_t n) {
    fill_uniform(random, out, n);
  }
  template <class T>
  static T standard(const T* noise, std::size_t i) {
    return std::sqrt(-2 * std::log1p(-noise[2 * i])) *
           std::cos(2 * std::numbers::pi_v<T> * noise[2 * i + 1]);
  }
  template <class T>
  static void transform(const T* noise, const parameter_rows<T>& p, T* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) out[i] = p[0][i] + p[1][i] * standard(noise, i);
  }
  template <class T>
  static void transform_pull_back(const T* noise, const parameter_rows<T>&, const T*,
                                  const T* adjoint, const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      if (to[0] != nullptr) to[0][i] += adjoint[i];
      if (to[1] != nullptr) to[1][i] += adjoint[i] * standard(noise, i);
    }
  }
  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    std::vector<T> noise(noise_size(n));
    fill_noise(random, noise.data(), noise.size());
    transform(static_cast<const T*>(noise.data()), p, out, n);
  }
};

TEST_CASE("a draw of more noise than it has variables") {
  constexpr auto three = latent<"three", 3>;
  constexpr auto p = model(plate<"row">(three = ~normal(0, 1), x = ~normal(sum(three), 1)));
  constexpr auto q = guide(plate<"row">(
      three = ~make_distribution<of_two_numbers>(param<3>(), exp(param<3>())).by(pathwise{})));
  auto vi = infer<elbo<2>, double>(p, q);
  spread_parameters(vi);
  const auto exact = [](const parameters& at) {
    double total = 0, mean_of_sum = 0, variance = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double m = at.at("q.three.param0.value")[i],
                   s = std::exp(at.at("q.three.param1.value")[i]);
      total += std::log(s) - 0.5 * (s * s + m * m - 1);
      mean_of_sum += m;
      variance += s * s;
    }
    return total + log_normal_density(datum, mean_of_sum, 1) - 0.5 * variance;
  };
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, vi.load(data(x = repeated(datum, 200))), 400),
                   finite_differences(exact, at), exact(at));
}

/// VIMCO (Mnih and Rezende 2016): the baseline of a sample is the bound with the geometric mean of
/// the other weights in the place of its own.
struct vimco {
  static constexpr estimator_traits traits{.name = "vimco", .bias = bias_class::unbiased};
  static constexpr verdict accepts(const latent_traits& t) {
    return {t.importance > 1, "VIMCO needs importance samples: iwae<K> with K of at least 2"};
  }
  static constexpr probe_set probes(const latent_traits&) { return {}; }
  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t k = site.importance_samples();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T others = 0, total = 0;
      for (std::size_t i = 0; i < k; ++i)
        if (i != site.importance_sample(row)) {
          others += site.log_weight(row, i) / static_cast<T>(k - 1);
          total += std::exp(site.log_weight(row, i));
        }
      const T baseline = std::log((total + std::exp(others)) / static_cast<T>(k));
      site.add_score(row, site.weight(row) * (site.cost(row) - baseline));
      largest =
          std::max(largest, std::abs(static_cast<double>(
                                std::exp(site.cost(row)) * static_cast<T>(k) - total -
                                std::exp(site.log_weight(row, site.importance_sample(row))))));
    }
  }
  /// How far the weights of a row are from its bound.
  static inline double largest = 0;
};

TEST_CASE("the weights of all importance samples") {
  constexpr auto p = model(
      plate<"row">(z = ~categorical<3>(logits = param<3>()), x = ~normal(take(param<3>(), z), 1)));
  constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = param<3>()).by(vimco{})));
  const auto exact = [](const parameters& at) {
    const auto of_q = softmax(at.at("q.z.param0.value")),
               prior = softmax(at.at("p.z.param0.value"));
    double total = 0;
    for (std::size_t i = 0; i < 27; ++i) {
      double share = 1, mean = 0;
      for (const std::size_t k : {i / 9, i / 3 % 3, i % 3}) {
        share *= of_q[k];
        mean += prior[k] / of_q[k] *
                std::exp(log_normal_density(datum, at.at("p.x.param0.value")[k], 1)) / 3;
      }
      total += share * std::log(mean);
    }
    return total;
  };
  auto vi = infer<iwae<3, 2>, double>(p, q);
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, vi.load(data(x = repeated(datum, 200))), 400),
                   finite_differences(exact, at), exact(at));
  CHECK(vimco::largest < 1e-12);
}

TEST_CASE("events of any size with parameters of one number") {
  constexpr auto picture = observed<"picture", 3, 160, 160>;
  constexpr auto field = latent<"field", 30000>;
  constexpr auto p = model(plate<"row">(field = ~normal(0, 1), x = ~normal(mean(field), 1),
                                        picture = ~normal(mean(field), 1)));
  constexpr auto q = guide(plate<"row">(field = ~normal(param<>(), exp(param<>())).by(pathwise{})));
  auto vi = infer<elbo<1>>(p, q);
  CHECK(vi.generate<"picture">(2).size() == 2 * 3 * 160 * 160);
  const auto drawn = vi.sample<"picture">(2);
  REQUIRE(drawn.size() == 2 * 3 * 160 * 160);
  double square = 0;
  for (const float v : drawn) square += static_cast<double>(v) * static_cast<double>(v);
  // The mean of 30000 has a variance of 1/30000. Squares have a variance of 2 about 1; five
  // standard errors of their mean are below 0.019: a false alarm has probability below 1e-6.
  CHECK(square / static_cast<double>(drawn.size()) == Approx(1).margin(0.019));

  auto pictures = array<float>::from_shape({2, 3, 160, 160});
  pictures.fill(0.5f);
  const auto loaded = vi.load(data(x = repeated(datum, 2), picture = pictures));
  const std::vector<std::uint32_t> rows{0, 1};
  CHECK(std::isfinite(vi.gradient(loaded, rows).bound));
  // −KL has the derivative −m = 0 in the mean; each pixel pulls it by 0.5 at first.
  CHECK(vi.gradient()[0] == Approx(76800 * 0.5).epsilon(0.05));
}

}  // namespace
}  // namespace tests
