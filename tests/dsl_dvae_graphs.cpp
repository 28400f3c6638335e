#include "dvae_models.hpp"

// dVAE and dVAE++ in graphs with other latents: normal, enumerated, by direct argmax, outside of
// the data's plate. Bound and gradient of a step, against differences at its noise.

namespace tests {
namespace {

using namespace smoothed;
using boltzmann::pixels;

constexpr double divergence = at_step.kl_weight;
constexpr auto w = latent<"w", 2>;

// --- a normal latent by pathwise -----------------------------------------------------------------

constexpr auto with_normal =
    model(plate<"row">(w = ~normal(0, 1), joint(z1, z2) = ~restricted_boltzmann(settings),
                       h = tanh(dense<2>(z1, z2, w)), x = ~bernoulli(logits = dense<4>(h))));
constexpr auto normal_first =
    guide(plate<"row">(w = ~normal(mean = dense<2>(x), scale = exp(param<2>())),
                       z1 = ~bernoulli(logits = dense<2>(x, w)).by(spiked),
                       z2 = ~bernoulli(logits = dense<1>(x, z1)).by(overlapping)));
// z2 feeds no draw, z1 one that the prior of z1 does not read.
constexpr auto units_first =
    guide(plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)).by(overlapping),
                       z2 = ~bernoulli(logits = dense<1>(x)).by(spiked),
                       w = ~normal(mean = dense<2>(x, z1), scale = exp(param<2>()))));

struct normal_draw {
  std::vector<double> value;
  double divergence = 0;
};
normal_draw draw_normal(const parameters& p, const std::vector<double>& mean, std::size_t sample,
                        std::size_t row) {
  double noise[2];
  fill_normal(stream_of("w", sample, row), noise, 2);
  normal_draw out;
  for (std::size_t i = 0; i < 2; ++i) {
    const double scale = std::exp(p.at("q.w.param0.value")[i]);
    out.value.push_back(mean[i] + scale * noise[i]);
    out.divergence += 0.5 * (scale * scale + mean[i] * mean[i] - 1) - std::log(scale);
  }
  return out;
}

TEST_CASE("below a normal latent by pathwise") {
  auto vi = infer<elbo<2>, double>(with_normal, normal_first);
  static_assert(vi.estimator<"w">() == "pathwise" && vi.estimator<"z1">() == "dvae");
  static_assert(vi.estimator<"z2">() == "dvae_plus_plus");
  const auto rows = pixels(5);
  check_step(vi, rows, 2, [&](const parameters& at, std::vector<place>& places) {
    return mean_over(rows, 2, [&](const auto& row, std::size_t r, std::size_t s) {
      std::vector<double> mean = at.at("q.w.dense0.bias");
      add_product(row, at.at("q.w.dense0.weight"), mean);
      const normal_draw drawn = draw_normal(at, mean, s, r);
      parameters p = at;  // what reads w has it in the bias
      add_product(drawn.value, at.at("p.h.dense2.weight"), p.at("p.h.dense0.bias"));
      add_product(drawn.value, at.at("q.z1.dense1.weight"), p.at("q.z1.dense0.bias"));
      return by_hand(p, two_draws, {of_spiked, of_overlapping})
                 .at_noise(row, noise_of(two_draws, s, r), divergence, places[2 * r + s]) -
             divergence * drawn.divergence;
    });
  });
}
TEST_CASE("above a normal latent by pathwise") {
  auto vi = infer<elbo<2>, double>(with_normal, units_first);
  const auto rows = pixels(5);
  check_step(vi, rows, 2, [&](const parameters& at, std::vector<place>& places) {
    return mean_over(rows, 2, [&](const auto& row, std::size_t r, std::size_t s) {
      const std::vector<smoothing> by{of_overlapping, of_spiked};
      const by_hand units(at, two_draws, by);
      const auto noise = noise_of(two_draws, s, r);
      sample drawn;
      double total = 0;
      for (const std::size_t d : {0u, 1u})
        total += divergence * units.draw(d, row, noise, drawn, places[2 * r + s]);
      std::vector<double> mean = at.at("q.w.dense0.bias");
      add_product(row, at.at("q.w.dense0.weight"), mean);
      add_product({drawn.zeta[0], drawn.zeta[1]}, at.at("q.w.dense1.weight"), mean);
      const normal_draw normal = draw_normal(at, mean, s, r);
      parameters p = at;
      add_product(normal.value, at.at("p.h.dense2.weight"), p.at("p.h.dense0.bias"));
      return total - divergence * normal.divergence +
             by_hand(p, two_draws, by).terms(row, drawn, divergence);
    });
  });
}

// --- units that are enumerated -------------------------------------------------------------------

template <class E>
void check_below_enumerated(const E& e, const smoothing& by) {
  auto vi = infer<elbo<2>, double>(of_two, hierarchy(enumerate{}, e));
  const auto rows = pixels(60);
  check_step(vi, rows, 2, [&](const parameters& at, std::vector<place>& places) {
    const by_hand exact(at, two_draws, {of_spiked, by});
    places.resize(60 * 2 * 4);  // one for each value of z1
    return mean_over(rows, 2, [&](const auto& row, std::size_t r, std::size_t s) {
      const std::vector<double> l = exact.logits(0, row, {});
      double total = divergence * (entropy(l[0]) + entropy(l[1]));
      for (std::uint64_t k = 0; k < 4; ++k) {
        sample drawn;
        drawn.prior = drawn.zeta = variad_tests::state_of(k, units);
        const double rest =
            exact.draw(1, row, noise_of(two_draws, s, r), drawn, places[(2 * r + s) * 4 + k]);
        total += std::exp(log_bernoulli({drawn.zeta[0], drawn.zeta[1]}, l)) *
                 (exact.terms(row, drawn, divergence) + divergence * rest);
      }
      return total;
    });
  });
}
TEST_CASE("below units that are enumerated") {
  check_below_enumerated(spiked, of_spiked);
  check_below_enumerated(overlapping, of_overlapping);
}

// --- units by direct argmax ----------------------------------------------------------------------

constexpr double epsilon = 0.8;

/// What direct argmax did at a row: its values, their logits, and the derivatives that it gave
/// them.
struct choice {
  std::vector<double> value, logit, derivative;
};

/// The bound of a step where draw `hard` is by direct argmax, the other by dVAE or dVAE++. It moves
/// in the logits of the hard units as direct argmax says.
double bound_with_argmax(const by_hand& exact, std::size_t hard, const std::vector<double>& row,
                         std::size_t r, place& at, choice& chosen) {
  const auto noise = noise_of(two_draws, 0, r);
  const std::size_t n = exact.size_of(hard), first = exact.first_of(hard);
  std::vector<double> l;
  const auto bound_at = [&](const std::vector<double>& value, place& of_others) {
    sample drawn;
    double total = 0;
    for (const std::size_t d : {std::size_t{0}, std::size_t{1}}) {
      if (d != hard) {
        total += divergence * exact.draw(d, row, noise, drawn, of_others);
        continue;
      }
      l = exact.logits(d, row, drawn.zeta);
      for (std::size_t i = 0; i < n; ++i) {
        total += divergence * entropy(l[i]);
        drawn.prior[first + i] = drawn.zeta[first + i] = value[i];
      }
    }
    return total + exact.terms(row, drawn, divergence);
  };
  const auto again = [&](const std::vector<double>& value) {
    place fresh;  // units below are drawn anew
    return bound_at(value, fresh);
  };
  if (chosen.value.empty()) {
    again(std::vector<double>(n, 0.0));
    std::vector<double> perturbed(2 * n);
    fill_gumbel(stream_of(two_draws[hard].first, 0, r), perturbed.data(), 2 * n);
    for (std::size_t i = 0; i < n; ++i) {
      perturbed[2 * i + 1] += l[i];
      chosen.value.push_back(perturbed[2 * i + 1] > perturbed[2 * i] ? 1 : 0);
    }
    chosen.logit = l;
    for (std::size_t i = 0; i < n; ++i) {
      auto zero = chosen.value, one = chosen.value;
      zero[i] = 0;
      one[i] = 1;
      const double gain = again(one) - again(zero);
      const auto maximum = [&](double e) {
        return perturbed[2 * i + 1] + e * gain > perturbed[2 * i] ? 1.0 : 0.0;
      };
      chosen.derivative.push_back((maximum(epsilon) - maximum(-epsilon)) / (2 * epsilon));
    }
  }
  double total = bound_at(chosen.value, at);
  for (std::size_t i = 0; i < n; ++i) total += chosen.derivative[i] * (l[i] - chosen.logit[i]);
  return total;
}

template <class Guide>
void check_with_argmax(const Guide& q, std::size_t hard, const smoothing& by) {
  auto vi = infer<elbo<1>, double>(of_two, q);
  const auto rows = pixels(60);
  std::vector<choice> choices(60);
  check_step(vi, rows, 1, [&](const parameters& at, std::vector<place>& places) {
    const by_hand exact(at, two_draws, {by, by});
    return mean_over(rows, 1, [&](const auto& row, std::size_t r, std::size_t) {
      return bound_with_argmax(exact, hard, row, r, places[r], choices[r]);
    });
  });
  double moved = 0;
  for (const choice& c : choices)
    for (const double d : c.derivative) moved += d != 0;
  CHECK(moved > 5);  // some alternatives win
}

TEST_CASE("below units by direct argmax, whose alternatives draw them again") {
  check_with_argmax(hierarchy(direct_argmax{epsilon}, spiked), 0, of_spiked);
  check_with_argmax(hierarchy(direct_argmax{epsilon}, overlapping), 0, of_overlapping);
}
TEST_CASE("above units by direct argmax, whose costs read what the prior reads") {
  check_with_argmax(hierarchy(spiked, direct_argmax{epsilon}), 1, of_spiked);
  check_with_argmax(hierarchy(overlapping, direct_argmax{epsilon}), 1, of_overlapping);
}

// --- outside of the data's plate -----------------------------------------------------------------

TEST_CASE("units that all rows share") {
  constexpr auto p =
      model(joint(z1, z2) = ~restricted_boltzmann(settings), h = tanh(dense<2>(z1, z2)),
            plate<"row">(x = ~bernoulli(logits = dense<4>(h))));
  constexpr auto q = guide(z1 = ~bernoulli(logits = param<2>()).by(spiked),
                           z2 = ~bernoulli(logits = dense<1>(z1)).by(overlapping));
  auto vi = infer<elbo<2>, double>(p, q);
  const auto rows = pixels(110);  // two shards
  check_step(vi, rows, 2, [&](const parameters& at, std::vector<place>& places) {
    const by_hand exact(at, two_draws, {of_spiked, of_overlapping});
    double total = 0;
    for (std::size_t s = 0; s < 2; ++s) {
      const auto noise = noise_of(two_draws, s, 0);
      sample drawn;
      for (const std::size_t d : {0u, 1u})
        total += divergence * exact.draw(d, {}, noise, drawn, places[s]) / 2;
      total += divergence * exact.log_prior(drawn.prior) / 2;
      for (std::size_t r = 0; r < 110; ++r)
        total += exact.log_likelihood(boltzmann::row_of(rows, r), drawn.zeta) / 2;
    }
    return total / 110;
  });
}

}  // namespace
}  // namespace tests
