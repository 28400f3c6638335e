#include "begins_anew.hpp"
#include "count_allocations.hpp"
#include "estimator_check.hpp"
#include "scratch_folder.hpp"

// nvil and relax, and the networks that they learn: against enumeration, and against central
// differences of what the networks descend.

namespace tests {
namespace {

using namespace variad;

constexpr auto x = observed<"x">;
constexpr auto z = latent<"z", 3>;
constexpr double datum = 0.7;

template <class Draw>
constexpr auto product_model(const Draw& draw) {
  return model(plate<"row">(z = ~draw, x = ~normal(sum(tanh(dense<4>(z))), 1)));
}
template <class E>
auto binary_by(const E& e) {
  return infer<elbo<1>, double>(product_model(bernoulli(logits = param<3>())),
                                guide(plate<"row">(z = ~bernoulli(logits = param<3>()).by(e))));
}
template <class E>
auto ternary_by(const E& e) {
  return infer<elbo<1>, double>(
      product_model(categorical<3>(logits = param<3, 3>())),
      guide(plate<"row">(z = ~categorical<3>(logits = param<3, 3>()).by(e))));
}

/// Spreads the parameters of the model and the guide, alike whatever networks stand beside them.
template <class Inference>
void spread_model(Inference& vi) {
  double at = 0.3;
  for (const auto& p : vi.parameter_table()) {
    if (!p.name.starts_with("p.") && !p.name.starts_with("q.")) continue;
    auto value = vi.parameter(p.name);
    for (auto& v : value) v = 0.8 * std::sin(7.0 * (at += 0.37));
    vi.set_parameter(p.name, value);
  }
}

template <class Inference, class Reference>
parameters errors_of(Inference vi, Reference reference, std::size_t steps = 400,
                     std::size_t data_rows = 200) {
  spread_model(vi);
  spread_model(reference);
  const estimate exact = mean_gradient(reference, reference.load(data(x = repeated(datum, 1))), 1);
  estimate found = mean_gradient(vi, vi.load(data(x = repeated(datum, data_rows))), steps);
  parameters out;
  for (const auto& [name, mean] : exact.mean)
    for (std::size_t i = 0; i < mean.size(); ++i)
      out[name].push_back(std::abs(found.mean.at(name)[i] - mean[i]) /
                          (found.error.at(name)[i] + 1e-9));
  return out;
}
template <class Inference, class Reference>
double worst_error(Inference vi, Reference reference) {
  double most = 0;
  for (const auto& [name, errors] : errors_of(std::move(vi), std::move(reference)))
    for (const double e : errors) most = std::max(most, e);
  return most;
}
// A false alarm of one comparison at 4.8 standard errors has probability 2e-6.
constexpr double limit = 4.8;

constexpr auto baseline = dense<1>(tanh(dense<5>(x)));
constexpr auto surrogate = dense<1>(tanh(dense<5>(drawn_value, x)));

TEST_CASE("nvil is unbiased for any baseline") {
  CHECK(worst_error(binary_by(nvil{}), binary_by(enumerate{})) < limit);
  CHECK(worst_error(binary_by(nvil(baseline)), binary_by(enumerate{})) < limit);
  CHECK(worst_error(ternary_by(nvil(baseline)), ternary_by(enumerate{})) < limit);
}

constexpr auto h = quantity<"h">;
/// A quantity that the draw learns through, and networks read as it is.
template <class E>
auto beside_quantity(const E& e) {
  return infer<elbo<1>, double>(
      product_model(bernoulli(logits = param<3>())),
      guide(plate<"row">(h = tanh(dense<4>(x)),
                         z = ~bernoulli(logits = param<3>() + linear<3>(h)).by(e))));
}
/// A residual sum, a softmax, a parameter that all rows share, and all of them in one vector.
constexpr auto wide_baseline =
    dense<1>(concat(h + tanh(dense<4>(h)), softmax(dense<3>(h)), x, param<2>()));

TEST_CASE("nvil takes a baseline of any ops") {
  CHECK(worst_error(beside_quantity(nvil(wide_baseline)), beside_quantity(enumerate{})) < limit);
}

template <bool Attached, class Surrogate>
struct fixed_relax : variad::internals::relax_gradient<Attached, Surrogate> {
  static constexpr estimator_traits traits{.name = "fixed_relax", .bias = bias_class::unbiased};
};
template <bool Attached, class Surrogate = decltype(surrogate)>
auto relax_at(double tau, const Surrogate& r = surrogate) {
  fixed_relax<Attached, std::remove_cv_t<Surrogate>> e;
  e.network = r;
  e.tau = tau;
  e.learn = false;
  return e;
}
/// A residual sum, several vectors in one, softmax, and products with what stands still.
constexpr auto wide_surrogate =
    dense<1>(
        softplus(dense<4>(concat(drawn_value + tanh(dense<3>(drawn_value)),
                                 mean(square(drawn_value)), softmax(dense<2>(h)), param<2>()))) *
        tanh(linear<4>(h))) +
    sum(slice<1, 3>(softmax(drawn_value)) * param<2>());

TEST_CASE("relax is unbiased for any surrogate") {
  CHECK(worst_error(binary_by(relax_at<true>(0.5)), binary_by(enumerate{})) < limit);
  CHECK(worst_error(ternary_by(relax_at<true>(0.4)), ternary_by(enumerate{})) < limit);
  CHECK(worst_error(binary_by(relax{}), binary_by(enumerate{})) < limit);
  CHECK(worst_error(ternary_by(relax(surrogate)), ternary_by(enumerate{})) < limit);
  CHECK(worst_error(beside_quantity(relax_at<true>(0.5, wide_surrogate)),
                    beside_quantity(enumerate{})) < limit);
}

constexpr auto single = latent<"s">;
template <class E>
auto one_by(const E& e) {
  return infer<elbo<1>, double>(
      model(plate<"row">(single = ~categorical<3>(logits = param<3>()),
                         x = ~normal(sum(tanh(dense<2>(single))), 1))),
      guide(plate<"row">(single = ~categorical<3>(logits = param<3>()).by(e))));
}

TEMPLATE_TEST_CASE("one variable", "", local_expectation, ars, ars_plus, arsm, arsm_plus, rebar,
                   relax<>, muprop, nvil<>) {
  CHECK(worst_error(one_by(TestType{}), one_by(enumerate{})) < limit);
}

TEST_CASE("a conditional sample that is detached biases relax") {
  CHECK(worst_error(binary_by(relax_at<false>(0.5)), binary_by(enumerate{})) > 12);
  CHECK(worst_error(ternary_by(relax_at<false>(0.4)), ternary_by(enumerate{})) > 12);
}

/// The sum of the squares of the gradient of the logits, over one row, averaged over steps.
template <class Inference>
double mean_square(Inference& vi, std::uint64_t from, std::size_t steps) {
  const auto one = vi.load(data(x = repeated(datum, 1)));
  const std::vector<std::uint32_t> row{0};
  const auto& table = vi.parameter_table();
  const auto logits = std::find_if(table.begin(), table.end(),
                                   [](const auto& p) { return p.name == "q.z.param0.value"; });
  double total = 0;
  for (std::size_t s = 0; s < steps; ++s) {
    vi.gradient(one, row, {.seed = 9, .step = from + s, .kl_weight = 0.0});
    for (std::size_t i = 0; i < logits->size; ++i) {
      const double g = vi.gradient()[logits->offset + i];
      total += g * g / static_cast<double>(steps);
    }
  }
  return total;
}

/// Spreads the parameters of a network, by the name of its estimator.
template <class Inference>
void spread_network(Inference& vi, std::string_view estimator) {
  double at = 0.1;
  for (const auto& p : vi.parameter_table()) {
    if (!p.name.starts_with(estimator)) continue;
    auto value = vi.parameter(p.name);
    for (auto& v : value) v = 0.6 * std::sin(5.0 * (at += 0.41));
    vi.set_parameter(p.name, value);
  }
}
/// Compares what the parameters of a network have learnt in a step with `factor` times the slope of
/// the mean square, by central differences at the step's noise. Returns their number.
template <class Inference>
std::size_t check_network(Inference& vi, std::string_view estimator,
                          const std::vector<double>& gradient, double factor) {
  const double apart = 1e-5;
  std::size_t checked = 0;
  for (const auto& p : std::vector(vi.parameter_table())) {
    if (!p.name.starts_with(estimator)) continue;
    CAPTURE(p.name);
    for (std::size_t i = 0; i < p.size; ++i, ++checked) {
      auto value = vi.parameter(p.name);
      double& v = *(value.begin() + static_cast<std::ptrdiff_t>(i));
      const double before = v;
      const auto square_at = [&](double shift) {
        v = before + shift;
        vi.set_parameter(p.name, value);
        return mean_square(vi, 4, 1);
      };
      const double slope = (square_at(apart) - square_at(-apart)) / (2 * apart);
      square_at(0);
      CHECK(gradient[p.offset + i] == Approx(factor * slope).epsilon(1e-5).margin(1e-7));
    }
  }
  return checked;
}

TEST_CASE("the surrogate of relax learns the gradient of the variance") {
  // Its update is −∂|g|²/∂φ of each step.
  const auto check = [](auto vi) {
    spread_model(vi);
    spread_network(vi, "fixed_relax/");
    mean_square(vi, 4, 1);
    const std::vector<double> gradient(vi.gradient().begin(), vi.gradient().end());
    return check_network(vi, "fixed_relax/", gradient, -1);
  };
  CHECK(check(ternary_by(relax_at<true>(0.5))) == 9 * 5 + 5 + 5 + 5 + 1);
  CHECK(check(beside_quantity(relax_at<true>(0.5, wide_surrogate))) ==
        (3 * 3 + 3) + (4 * 2 + 2) + 2 + (8 * 4 + 4) + 4 * 4 + (4 + 1) + 2);
}

TEST_CASE("the baseline of nvil learns the gradient of its squared error") {
  // Of one row the gradient of the logits is e · (z − p), e being what the baseline leaves of the
  // cost. The network descends e² / 2, so that the bias of its output learns e.
  auto e = nvil(wide_baseline);
  e.decay = 1;  // the running mean is that of the first step
  auto vi = beside_quantity(e);
  spread_model(vi);
  spread_network(vi, "nvil/");
  mean_square(vi, 3, 1);
  const double square = mean_square(vi, 4, 1);
  const std::vector<double> gradient(vi.gradient().begin(), vi.gradient().end());
  double error = 0;
  for (const auto& p : vi.parameter_table())
    if (p.name == "nvil/z.dense2.bias") error = gradient[p.offset];
  REQUIRE(error != 0);
  CHECK(check_network(vi, "nvil/", gradient, -error * error / (2 * square)) ==
        (4 * 4 + 4) + (4 * 3 + 3) + 2 + (10 + 1));
}

/// Trains what the estimator learns of its own, and not the model and the guide.
template <class Inference>
void train_networks(Inference& vi, std::size_t steps) {
  const auto some = vi.load(data(x = repeated(datum, 50)));
  std::vector<std::uint32_t> all(50);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  for (std::size_t s = 1; s <= steps; ++s) {
    vi.step(some, all, adam{0.02}, {.seed = 4, .step = s});
    spread_model(vi);
  }
}

TEST_CASE("what nvil and relax learn lowers the variance") {
  const auto variance = [](auto vi, std::size_t training) {
    spread_model(vi);
    train_networks(vi, training);
    return mean_square(vi, 100000, 20000);
  };
  const double untrained = variance(ternary_by(score_function(no_baseline)), 0);
  CHECK(variance(ternary_by(nvil(baseline)), 300) < 0.8 * untrained);
  CHECK(variance(ternary_by(relax(surrogate)), 600) < 0.8 * untrained);
  CHECK(variance(ternary_by(relax_at<true>(0.5)), 600) <
        0.8 * variance(ternary_by(relax_at<true>(0.5)), 0));
}

TEST_CASE("rebar learns its temperature") {
  // From far too warm: the weight of the control variate is learnt in both.
  const auto variance = [](double learning_rate) {
    rebar e;
    e.tau = 10;
    e.learning_rate = learning_rate;
    auto vi = ternary_by(e);
    spread_model(vi);
    mean_square(vi, 1, 2000);
    return mean_square(vi, 100000, 20000);
  };
  CHECK(variance(0.02) < 0.95 * variance(0));
}

TEST_CASE("nvil divides large signals by their deviation") {
  const auto by = [](const auto& e) {
    auto vi =
        infer<elbo<1>, double>(model(plate<"row">(z = ~bernoulli(logits = param<3>()),
                                                  x = ~normal(sum(tanh(dense<4>(z))), 0.1))),
                               guide(plate<"row">(z = ~bernoulli(logits = param<3>()).by(e))));
    spread_model(vi);
    mean_square(vi, 1, 30);
    return std::vector<double>(vi.gradient().begin(), vi.gradient().end());
  };
  const std::vector<double> plain = by(nvil{}), divided = by(nvil{}.normalized());
  const double factor = divided[0] / plain[0];
  CHECK(factor > 0);
  CHECK(factor < 0.5);
  for (std::size_t i = 0; i < 3; ++i) CHECK(divided[i] == Approx(factor * plain[i]));
}

// Two draws, z and b given z, and what networks may read of them.
constexpr auto b = latent<"b">;
constexpr auto chain_model = model(
    plate<"row">(z = ~bernoulli(logits = param<3>()), b = ~categorical<3>(logits = dense<3>(z)),
                 x = ~normal(sum(tanh(dense<4>(z))) + take(param<3>(), b), 1)));
template <class Objective = elbo<1>, class E, class F>
auto chain_by(const E& e, const F& f) {
  return infer<Objective, double>(
      chain_model, guide(plate<"row">(z = ~bernoulli(logits = param<3>()).by(e),
                                      b = ~categorical<3>(logits = dense<3>(z)).by(f))));
}

TEST_CASE("two draws with estimators of several weighted values or alternatives") {
  const auto exact = [] { return chain_by(enumerate{}, enumerate{}); };
  CHECK(worst_error(chain_by(relax_at<true>(0.5), relax_at<true>(0.4)), exact()) < limit);
  CHECK(worst_error(chain_by(muprop{}, nvil(dense<1>(tanh(dense<3>(z, x))))), exact()) < limit);
  CHECK(worst_error(chain_by(nvil(baseline), muprop{}), exact()) < limit);
  // Statistics of a batch of draws normalise the baseline of the other.
  CHECK(worst_error(chain_by(nvil(baseline), nvil(dense<1>(batch_norm(dense<3>(z))))), exact()) <
        limit);
  // Alternatives of z evaluate b's three rows again for each.
  CHECK(worst_error(chain_by(local_expectation{}, rebar{}), exact()) < limit);
  CHECK(worst_error(chain_by(local_expectation{}, muprop{}), exact()) < limit);
  CHECK(worst_error(chain_by(local_expectation{}, relax_at<true>(0.4)), exact()) < limit);
  CHECK(worst_error(chain_by(arm{}, muprop{}), exact()) < limit);
  CHECK(worst_error(chain_by<elbo<3>>(nvil(baseline), relax_at<true>(0.4)), exact()) < limit);
}

constexpr auto separate = latent<"c">;

TEST_CASE("a network reads an enumerated latent that its draw does not depend on") {
  const auto by = [](const auto& e) {
    return infer<elbo<1>, double>(
        model(plate<"row">(b = ~categorical<3>(logits = param<3>()), separate = ~laplace(0, 1),
                           x = ~normal(take(param<3>(), b) + separate, 1))),
        guide(plate<"row">(b = ~categorical<3>(logits = param<3>()).by(enumerate{}),
                           separate = ~normal(param(), exp(param())).by(e))));
  };
  auto with = by(nvil(dense<1>(b)));
  auto without = by(score_function(no_baseline));
  spread_model(with);
  spread_model(without);
  const estimate found = mean_gradient(with, with.load(data(x = repeated(datum, 200))), 1500),
                 expected =
                     mean_gradient(without, without.load(data(x = repeated(datum, 200))), 1500);
  CHECK(std::abs(found.bound - expected.bound) <
        limit * std::hypot(found.bound_error, expected.bound_error));
  for (const auto& [name, mean] : expected.mean)
    for (std::size_t i = 0; i < mean.size(); ++i)
      CHECK(std::abs(found.mean.at(name)[i] - mean[i]) <
            limit * std::hypot(found.error.at(name)[i], expected.error.at(name)[i]) + 1e-9);
}

constexpr auto hint = given<"hint", 2>;

TEST_CASE("evaluation and generation know no networks") {
  auto vi = ternary_by(nvil(dense<1>(tanh(dense<3>(hint)))));
  const array<double> hints = xt::zeros<double>({50, 2});
  vi.fit(data(x = repeated(datum, 50), hint = hints),
         {.epochs = 2, .batch = 10, .progress = false});
  CHECK(std::isfinite(vi.log_likelihood(data(x = repeated(datum, 50)), samples(20)).value));
  CHECK(vi.template generate<"x">(5).size() == 5);
}

TEST_CASE("networks give the same bits with any number of threads") {
  const auto trained = [](unsigned threads) {
    auto vi = ternary_by(relax(surrogate));
    vi.fit(data(x = repeated(datum, 500)), {.epochs = 3,
                                            .batch = 200,
                                            .optimizer = adam{0.05},
                                            .seed = 2,
                                            .threads = threads,
                                            .progress = false});
    std::vector<double> all;
    for (const auto& p : vi.parameter_table()) {
      const auto value = vi.parameter(p.name);
      all.insert(all.end(), value.begin(), value.end());
    }
    return all;
  };
  CHECK(trained(1) == trained(2));
}

TEST_CASE("a step with a network allocates nothing") {
  auto vi = ternary_by(relax(surrogate));
  const auto some = vi.load(data(x = repeated(datum, 100)));
  std::vector<std::uint32_t> all(100);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  vi.gradient(some, all, {.seed = 1, .step = 1});
  const std::size_t before = variad_tests::allocations;
  vi.gradient(some, all, {.seed = 1, .step = 2});
  CHECK(variad_tests::allocations == before);
}

TEST_CASE("a run begins anew, with control variates and surrogates that are learnt") {
  const auto some = data(x = repeated(datum, 20));
  variad_tests::check_begins_anew([] { return ternary_by(rebar{}); }, some, adam{0.05});
  variad_tests::check_begins_anew([] { return ternary_by(relax(surrogate)); }, some, adam{0.05});
}

TEST_CASE("a checkpoint of one estimator serves another") {
  const variad_tests::scratch_folder folder;
  const std::string path = folder / "nvil.safetensors";
  auto trained = ternary_by(nvil(baseline));
  trained.fit(data(x = repeated(datum, 50)),
              {.epochs = 3, .batch = 10, .checkpoint = path, .progress = false});
  auto exact = ternary_by(enumerate{});
  exact.load_checkpoint(path);
  auto other = ternary_by(relax(surrogate));
  other.load_checkpoint(path);
  for (const auto& p : exact.parameter_table()) {
    CHECK((exact.parameter(p.name) == trained.parameter(p.name)));
    CHECK((other.parameter(p.name) == trained.parameter(p.name)));
  }
  trained.fit(data(x = repeated(datum, 50)),
              {.epochs = 4, .batch = 10, .checkpoint = path, .resume = true, .progress = false});
}

}  // namespace
}  // namespace tests
