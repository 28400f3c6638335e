#pragma once

#include "estimator_check.hpp"
#include "runtime_boltzmann_systems.hpp"

/// A model with a Boltzmann prior over 3 and 2 binary units and four pixels, its guides, and what
/// they say, written out plainly in double: at states of the units, and at relaxed ones.
namespace tests::boltzmann {

using namespace variad;

inline constexpr std::size_t n1 = 3, n2 = 2, units = n1 + n2, states = 1u << units, width = 4;

inline constexpr auto x = observed<"x", 4>;
inline constexpr auto z1 = latent<"z1", 3>;
inline constexpr auto z2 = latent<"z2", 2>;

constexpr auto small_model(const boltzmann_settings& settings = {}) {
  return model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(settings),
                            x = ~bernoulli(logits = dense<4>(z1, z2))));
}

inline const std::string biases = "p.z1,z2.restricted_boltzmann0.biases",
                         couplings = "p.z1,z2.restricted_boltzmann0.couplings";

/// Pixels of any number of rows, four kinds that differ.
inline array<double> pixels(std::size_t n) {
  const double bits[4][width] = {{1, 0, 1, 1}, {0, 0, 1, 0}, {1, 1, 0, 0}, {0, 1, 1, 1}};
  auto rows = array<double>::from_shape({n, width});
  for (std::size_t i = 0; i < rows.size(); ++i) rows.data()[i] = bits[i / width % 4][i % width];
  return rows;
}
inline std::vector<double> row_of(const array<double>& rows, std::size_t r) {
  return {&rows(r, 0), &rows(r, 0) + width};
}
inline std::vector<std::uint32_t> first_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::uint32_t>(i);
  return rows;
}

/// out += in · W, for the weights [in, out] of a layer.
inline void add_product(const std::vector<double>& in, const std::vector<double>& weights,
                        std::vector<double>& out) {
  for (std::size_t i = 0; i < in.size(); ++i)
    for (std::size_t j = 0; j < out.size(); ++j) out[j] += in[i] * weights[i * out.size() + j];
}
/// v·l − log(1 + e^l), summed: at relaxed v the mass that eq. 9 of the paper takes.
inline double log_bernoulli(const std::vector<double>& v, const std::vector<double>& l) {
  double total = 0;
  for (std::size_t i = 0; i < l.size(); ++i)
    total += v[i] * l[i] - std::max(l[i], 0.0) - std::log1p(std::exp(-std::abs(l[i])));
  return total;
}

/// Logits of the units of a guide at a row of pixels; those of z2 may depend on z1.
using guide_logits = std::vector<double> (*)(const parameters&, const std::vector<double>& pixels,
                                             const std::vector<double>& z);

// q(z1, z2 | x) in one draw.
template <class E = variad::internals::by_default>
constexpr auto together(const E& e = {}) {
  return guide(plate<"row">(joint(z1, z2) = ~bernoulli(logits = dense<5>(x)).by(e)));
}
inline std::vector<double> together_logits(const parameters& p, const std::vector<double>& pixels,
                                           const std::vector<double>&) {
  std::vector<double> l = p.at("q.z1,z2.dense0.bias");
  add_product(pixels, p.at("q.z1,z2.dense0.weight"), l);
  return l;
}

// q(z1 | x) q(z2 | x).
template <class E1 = variad::internals::by_default, class E2 = variad::internals::by_default>
constexpr auto apart(const E1& e1 = {}, const E2& e2 = {}) {
  return guide(plate<"row">(z1 = ~bernoulli(logits = dense<3>(x)).by(e1),
                            z2 = ~bernoulli(logits = dense<2>(x)).by(e2)));
}
inline std::vector<double> apart_logits(const parameters& p, const std::vector<double>& pixels,
                                        const std::vector<double>&) {
  std::vector<double> l = p.at("q.z1.dense0.bias"), of_z2 = p.at("q.z2.dense0.bias");
  add_product(pixels, p.at("q.z1.dense0.weight"), l);
  add_product(pixels, p.at("q.z2.dense0.weight"), of_z2);
  l.insert(l.end(), of_z2.begin(), of_z2.end());
  return l;
}

// q(z1 | x) q(z2 | x, z1).
template <class E1 = variad::internals::by_default, class E2 = variad::internals::by_default>
constexpr auto hierarchy(const E1& e1 = {}, const E2& e2 = {}) {
  return guide(plate<"row">(z1 = ~bernoulli(logits = dense<3>(x)).by(e1),
                            z2 = ~bernoulli(logits = dense<2>(x, z1)).by(e2)));
}
inline std::vector<double> hierarchy_logits(const parameters& p, const std::vector<double>& pixels,
                                            const std::vector<double>& z) {
  std::vector<double> l = p.at("q.z1.dense0.bias"), of_z2 = p.at("q.z2.dense0.bias");
  add_product(pixels, p.at("q.z1.dense0.weight"), l);
  add_product(pixels, p.at("q.z2.dense0.weight"), of_z2);
  add_product({z.begin(), z.begin() + n1}, p.at("q.z2.dense1.weight"), of_z2);
  l.insert(l.end(), of_z2.begin(), of_z2.end());
  return l;
}

/// The machine that the parameters make.
inline variad_tests::restricted_system<double> machine_of(const parameters& p) {
  variad_tests::restricted_system<double> machine(n1, n2, 0);
  machine.theta = p.at(biases);
  machine.theta.insert(machine.theta.end(), p.at(couplings).begin(), p.at(couplings).end());
  return machine;
}

/// What model and guide say for one value of the parameters.
class by_hand {
 public:
  by_hand(const parameters& p, guide_logits guide)
      : p_(p),
        guide_(guide),
        machine_(machine_of(p)),
        log_z_(variad_tests::enumerate_log_z(machine_)) {}

  double log_z() const { return log_z_; }
  double log_prior(const std::vector<double>& z) const { return -machine_.energy(z) - log_z_; }
  double log_likelihood(const std::vector<double>& pixels, const std::vector<double>& z) const {
    std::vector<double> l = p_.at("p.x.dense0.bias");
    add_product({z.begin(), z.begin() + n1}, p_.at("p.x.dense0.weight"), l);
    add_product({z.begin() + n1, z.end()}, p_.at("p.x.dense1.weight"), l);
    return log_bernoulli(pixels, l);
  }
  double log_q(const std::vector<double>& pixels, const std::vector<double>& z) const {
    return log_bernoulli(z, guide_(p_, pixels, z));
  }
  /// The logarithm in eq. 9 of one sample, with log Z: the terms but the likelihood are weighted.
  double log_weight(const std::vector<double>& pixels, const std::vector<double>& z,
                    double divergence = 1) const {
    return log_likelihood(pixels, z) + divergence * (log_prior(z) - log_q(pixels, z));
  }
  /// Units drawn from the guide with this noise of standard logistic distribution, relaxed.
  std::vector<double> relax(const std::vector<double>& pixels, const std::vector<double>& noise,
                            double tau) const {
    std::vector<double> zeta(units, 0.0);
    for (const auto& [first, last] : {std::pair(std::size_t{0}, n1), std::pair(n1, units)}) {
      const std::vector<double> l = guide_(p_, pixels, zeta);
      for (std::size_t i = first; i < last; ++i)
        zeta[i] = 1 / (1 + std::exp(-(l[i] + noise[i]) / tau));
    }
    return zeta;
  }

  /// Sums f(z) over all states of the units.
  template <class F>
  static double sum_over_states(F&& f) {
    double total = 0;
    for (std::uint64_t s = 0; s < states; ++s) total += f(variad_tests::state_of(s, units));
    return total;
  }
  double elbo(const std::vector<double>& pixels) const {
    return sum_over_states([&](const std::vector<double>& z) {
      return std::exp(log_q(pixels, z)) * log_weight(pixels, z);
    });
  }
  /// The importance-weighted bound of k samples.
  double iwae(const std::vector<double>& pixels, std::size_t k) const {
    std::vector<double> weight, q;
    for (std::uint64_t s = 0; s < states; ++s) {
      const auto z = variad_tests::state_of(s, units);
      weight.push_back(std::exp(log_weight(pixels, z)));
      q.push_back(std::exp(log_q(pixels, z)));
    }
    const auto mean = [&](auto& self, std::size_t left, double sum) -> double {
      if (left == 0) return std::log(sum / static_cast<double>(k));
      double total = 0;
      for (std::size_t s = 0; s < states; ++s)
        total += q[s] * self(self, left - 1, sum + weight[s]);
      return total;
    };
    return mean(mean, k, 0);
  }
  /// log p(x)
  double log_evidence(const std::vector<double>& pixels) const {
    return std::log(sum_over_states([&](const std::vector<double>& z) {
      return std::exp(log_prior(z) + log_likelihood(pixels, z));
    }));
  }

 private:
  const parameters& p_;
  guide_logits guide_;
  variad_tests::restricted_system<double> machine_;
  double log_z_;
};

/// The mean of f(pixels of a row) over the four kinds of rows.
template <class F>
double mean_over_kinds(F&& f) {
  const array<double> rows = pixels(4);
  double total = 0;
  for (std::size_t r = 0; r < 4; ++r) total += f(row_of(rows, r)) / 4;
  return total;
}

}  // namespace tests::boltzmann
