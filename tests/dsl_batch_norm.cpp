#include <cstring>

#include "boltzmann_models.hpp"
#include "count_allocations.hpp"
#include "scratch_folder.hpp"
#include "tensor_file.hpp"
#include "value_of.hpp"

#include <variad/dsl/inference/lab.hpp>
#include <variad/runtime/io/safetensors.hpp>

// Batch normalisation over the whole batch, whatever the shards that it is cut into; and training
// with what ops keep from step to step: running averages and Markov chains.

namespace tests {
namespace {

using namespace variad;
using namespace variad::internals;
using boltzmann::add_product;
using boltzmann::first_rows;
using boltzmann::log_bernoulli;
using boltzmann::pixels;
using matrix = std::vector<std::vector<double>>;

constexpr auto x = observed<"x", 4>;
constexpr auto y = observed<"y">;
constexpr auto u = given<"u", 3>;
constexpr auto z = latent<"z", 2>;
constexpr auto z1 = latent<"z1", 3>;
constexpr auto z2 = latent<"z2", 2>;
constexpr auto w = latent<"w", 2>;
constexpr auto h = quantity<"h">;
constexpr auto g = quantity<"g">;

/// Rows that differ from each other, each column with a mean and a scale of its own.
array<double> inputs(std::size_t n) {
  auto a = array<double>::from_shape({n, 3});
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t j = 0; j < 3; ++j)
      a(r, j) = static_cast<double>(j) +
                (0.5 + static_cast<double>(j)) * std::sin(1.7 * static_cast<double>(r * 3 + j));
  return a;
}
array<double> targets(std::size_t n) {
  auto a = array<double>::from_shape({n});
  for (std::size_t r = 0; r < n; ++r) a(r) = std::cos(0.9 * static_cast<double>(r));
  return a;
}

// --- the op, by hand -----------------------------------------------------------------------------

matrix product(const matrix& rows, const std::vector<double>& weights, std::size_t size) {
  matrix out;
  for (const auto& r : rows) {
    out.emplace_back(size, 0.0);
    add_product(r, weights, out.back());
  }
  return out;
}
struct moments {
  std::vector<double> mean, variance;
};
moments moments_of(const matrix& rows) {
  const std::size_t n = rows.front().size();
  const double count = static_cast<double>(rows.size());
  moments m{std::vector<double>(n, 0.0), std::vector<double>(n, 0.0)};
  for (const auto& r : rows)
    for (std::size_t i = 0; i < n; ++i) m.mean[i] += r[i] / count;
  for (const auto& r : rows)
    for (std::size_t i = 0; i < n; ++i)
      m.variance[i] += (r[i] - m.mean[i]) * (r[i] - m.mean[i]) / count;
  return m;
}
void normalise(matrix& rows, const moments& m, const parameters& p, const std::string& name) {
  for (auto& r : rows)
    for (std::size_t i = 0; i < r.size(); ++i)
      r[i] = p.at(name + ".scale")[i] * (r[i] - m.mean[i]) / std::sqrt(m.variance[i] + 1e-5) +
             p.at(name + ".shift")[i];
}
void squash(matrix& rows) {
  for (auto& r : rows)
    for (double& v : r) v = std::tanh(v);
}

// --- values and derivatives ----------------------------------------------------------------------

// The inputs and two layers; 17 units do not fill SIMD registers.
constexpr auto layers(double decay) {
  return model(
      plate<"row">(h = tanh(batch_norm(linear<17>(batch_norm(u, decay)), decay)),
                   y = ~normal(sum(dense<2>(tanh(batch_norm(linear<5>(h), decay)))), 0.5)));
}

/// The bound per datum, with these statistics of the inputs and both layers, or those of the batch,
/// which are noted in `seen`.
double bound_of_layers(const parameters& p, std::size_t n,
                       const std::vector<moments>& statistics = {},
                       std::vector<moments>* seen = nullptr) {
  const auto in = inputs(n);
  const auto out = targets(n);
  matrix rows;
  for (std::size_t r = 0; r < n; ++r) rows.push_back({in(r, 0), in(r, 1), in(r, 2)});
  std::size_t count = 0;
  const auto norm = [&](const std::string& name) {
    const moments own = moments_of(rows);
    if (seen) seen->push_back(own);
    normalise(rows, statistics.empty() ? own : statistics[count++], p, name);
  };
  norm("p.h.batch_norm0");
  rows = product(rows, p.at("p.h.dense0.weight"), 17);
  norm("p.h.batch_norm1");
  squash(rows);
  rows = product(rows, p.at("p.y.dense0.weight"), 5);
  norm("p.y.batch_norm0");
  squash(rows);
  double total = 0;
  for (std::size_t r = 0; r < n; ++r) {
    std::vector<double> last = p.at("p.y.dense1.bias");
    add_product(rows[r], p.at("p.y.dense1.weight"), last);
    total += log_normal_density(out(r), last[0] + last[1], 0.5) / static_cast<double>(n);
  }
  return total;
}

/// The gradient of a program whose bound at `settings` is a smooth function of its parameters,
/// against differences of this bound; parameters named in `skip` are left out.
template <class Inference, class Loaded>
void check_gradient(Inference& vi, const Loaded& loaded, const step_settings& settings,
                    const std::vector<std::string>& skip = {}) {
  const auto rows = first_rows(loaded.rows.rows());
  vi.gradient(loaded, rows, settings);
  const std::vector<double> gradient(vi.gradient().begin(), vi.gradient().end());
  for (const auto& p : vi.parameter_table()) {
    if (std::find(skip.begin(), skip.end(), p.name) != skip.end()) continue;
    auto value = vi.parameter(p.name);
    for (std::size_t i = 0; i < p.size; ++i) {
      const auto bound_at = [&](double v) {
        value.data()[i] = v;
        vi.set_parameter(p.name, value);
        return vi.gradient(loaded, rows, settings).bound;
      };
      const double v = value.data()[i], d = 1e-5;
      const double difference = (bound_at(v + d) - bound_at(v - d)) / (2 * d);
      bound_at(v);
      CAPTURE(p.name, i);
      CHECK(gradient[p.offset + i] == Approx(difference).epsilon(1e-6).margin(1e-8));
    }
  }
}

TEST_CASE("a step normalises by the whole batch, however it is cut") {
  for (const auto& [n, threads] : {std::pair{std::size_t{130}, 2u}, {261, 2u}, {7, 1u}, {2, 2u}}) {
    CAPTURE(n, threads);
    auto vi = infer<elbo<1>, double>(layers(0.9), guide());
    vi.use_threads(threads);
    spread_parameters(vi);
    const auto loaded = vi.load(data(u = inputs(n), y = targets(n)));
    const double bound = vi.gradient(loaded, first_rows(n)).bound;
    CHECK(bound == Approx(bound_of_layers(parameters_of(vi), n)).epsilon(1e-11));
    if (n != 2) check_gradient(vi, loaded, {});
  }
}

TEST_CASE("evaluation normalises by running averages") {
  auto vi = infer<elbo<1>, double>(layers(0.75), guide());
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto loaded = vi.load(data(u = inputs(130), y = targets(130)));
  const auto some = data(u = inputs(20), y = targets(20));
  const auto check = [&](const std::vector<moments>& running) {
    const double exact = bound_of_layers(at, 20, running);
    CHECK(value_of(vi.bound(some)) == Approx(exact).epsilon(1e-11));
    CHECK(value_of(vi.log_likelihood(some, samples(3))) == Approx(exact).epsilon(1e-11));
  };
  std::vector<moments> begin, batch;  // before the first step: mean 0, variance 1
  for (const std::size_t n : {3u, 17u, 5u})
    begin.push_back({std::vector<double>(n, 0.0), std::vector<double>(n, 1.0)});
  check(begin);

  bound_of_layers(at, 130, {}, &batch);
  std::vector<moments> running = begin;
  for (int s = 0; s < 2; ++s) {
    vi.gradient(loaded, first_rows(130), {.step = 1});
    for (std::size_t l = 0; l < batch.size(); ++l)
      for (std::size_t i = 0; i < batch[l].mean.size(); ++i) {
        running[l].mean[i] = 0.75 * running[l].mean[i] + 0.25 * batch[l].mean[i];
        running[l].variance[i] = 0.75 * running[l].variance[i] + 0.25 * batch[l].variance[i];
      }
    check(running);
    check(running);  // evaluation changes nothing
  }

  vi.initialise(0);
  for (const auto& [name, values] : at) {
    auto value = vi.parameter(name);
    std::copy(values.begin(), values.end(), value.begin());
    vi.set_parameter(name, value);
  }
  check(begin);
}

// --- with draws ----------------------------------------------------------------------------------

// In the guide, the model and a hierarchy of relaxed units, over data and replicates.
constexpr auto deep_model(const boltzmann_settings& settings) {
  return model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(settings),
                            h = tanh(batch_norm(linear<5>(z1) + linear<5>(z2))),
                            x = ~bernoulli(logits = dense<4>(h))));
}
constexpr auto deep_guide = guide(plate<"row">(
    h = tanh(batch_norm(linear<6>(x))), z1 = ~bernoulli(logits = dense<3>(h)),
    g = tanh(batch_norm(linear<6>(x) + linear<6>(z1))), z2 = ~bernoulli(logits = dense<2>(g))));

TEST_CASE("in the guide and in the model of relaxed units, above and below draws") {
  // The parameters of the machine, whose log Z has a gradient by chains, have their tests
  // elsewhere.
  const std::vector<std::string> skip{boltzmann::biases, boltzmann::couplings};
  const auto check = [&](auto vi) {
    vi.use_threads(2);
    spread_parameters(vi);
    const auto loaded = vi.load(data(x = pixels(130)));
    check_gradient(vi, loaded, {.seed = 3, .step = 5}, skip);
  };
  const auto p = deep_model({.chains = 1, .sweeps = 1});
  check(infer<elbo<2>, double>(p, deep_guide));
  check(infer<iwae<2>, double>(p, deep_guide));
}

// A global latent: the rows of the batch are its four replicates.
constexpr auto outside =
    model(w = ~normal(0, 1), h = batch_norm(w), plate<"row">(y = ~normal(sum(h * w), 1)));
constexpr auto outside_guide =
    guide(w = ~normal(mean = param<2>(constant(0.3)), scale = exp(param<2>(constant(-1)))));

TEST_CASE("outside of the data plate") {
  auto vi = infer<elbo<4>, double>(outside, outside_guide);
  spread_parameters(vi);
  for (const std::size_t n : {20u, 120u}) {
    const auto loaded = vi.load(data(y = targets(n)));
    check_gradient(vi, loaded, {.seed = 3, .step = 5});
  }
}

// Alternatives of a draw above it.
constexpr double epsilon = 0.7;
constexpr auto hard = model(
    plate<"row">(z = ~bernoulli(logits = 0.4),
                 x = ~bernoulli(logits = dense<4>(tanh(batch_norm(linear<3>(z) + linear<3>(u)))))));
constexpr auto hard_guide =
    guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x)).by(direct_argmax{epsilon})));

TEST_CASE("alternatives are normalised by the statistics of the batch as it was drawn") {
  constexpr std::size_t n = 130, replicates = 2;
  auto vi = infer<elbo<replicates>, double>(hard, hard_guide);
  vi.use_threads(2);
  spread_parameters(vi);
  const parameters p = parameters_of(vi);
  const auto loaded = vi.load(data(x = pixels(n), u = inputs(n)));
  const step_settings settings{.seed = 3, .step = 5};
  const double bound = vi.gradient(loaded, first_rows(n), settings).bound;

  // The draws, their layer and its statistics.
  const auto all = pixels(n);
  matrix drawn, perturbed;
  for (std::size_t s = 0; s < replicates; ++s)
    for (std::size_t r = 0; r < n; ++r) {
      std::vector<double> l = p.at("q.z.dense0.bias"), noise(4);
      add_product(boltzmann::row_of(all, r), p.at("q.z.dense0.weight"), l);
      fill_gumbel(row_stream(make_stream(settings.seed, settings.step, hash_name("z")),
                             static_cast<std::uint32_t>(s), static_cast<std::uint32_t>(r)),
                  noise.data(), 4);
      for (std::size_t i = 0; i < 2; ++i) noise[2 * i + 1] += l[i];
      perturbed.push_back(noise);
      drawn.push_back({noise[1] > noise[0] ? 1.0 : 0.0, noise[3] > noise[2] ? 1.0 : 0.0});
    }
  const auto in = inputs(n);
  const auto layer = [&](std::size_t row, const std::vector<double>& value) {
    std::vector<double> out(3, 0.0);
    add_product(value, p.at("p.x.dense0.weight"), out);
    add_product({in(row % n, 0), in(row % n, 1), in(row % n, 2)}, p.at("p.x.dense1.weight"), out);
    return out;
  };
  matrix of_draws;
  for (std::size_t row = 0; row < drawn.size(); ++row) of_draws.push_back(layer(row, drawn[row]));
  const moments batch = moments_of(of_draws);
  const auto log_likelihood = [&](std::size_t row, const std::vector<double>& value) {
    matrix one{layer(row, value)};
    normalise(one, batch, p, "p.x.batch_norm0");
    squash(one);
    std::vector<double> l = p.at("p.x.dense2.bias");
    add_product(one[0], p.at("p.x.dense2.weight"), l);
    return log_bernoulli(boltzmann::row_of(all, row % n), l);
  };

  // The KL term is exact; the likelihood's gradient is the central difference of maxima.
  double expected = 0;
  std::vector<double> bias(2, 0.0);
  constexpr double share = 1.0 / (n * replicates);
  for (std::size_t row = 0; row < drawn.size(); ++row) {
    std::vector<double> l = p.at("q.z.dense0.bias");
    add_product(boltzmann::row_of(all, row % n), p.at("q.z.dense0.weight"), l);
    expected += share * log_likelihood(row, drawn[row]);
    for (std::size_t i = 0; i < 2; ++i) {
      const double q = 1 / (1 + std::exp(-l[i]));
      expected -=
          share * (q * (l[i] - 0.4) - std::log1p(std::exp(l[i])) + std::log1p(std::exp(0.4)));
      bias[i] -= share * q * (1 - q) * (l[i] - 0.4);
      std::vector<double> zero = drawn[row], one = drawn[row];
      zero[i] = 0;
      one[i] = 1;
      const double gain = log_likelihood(row, one) - log_likelihood(row, zero);
      const auto maximum = [&](double e) {
        return perturbed[row][2 * i + 1] + e * gain > perturbed[row][2 * i] ? 1.0 : 0.0;
      };
      bias[i] += share * (maximum(epsilon) - maximum(-epsilon)) / (2 * epsilon);
    }
  }
  CHECK(bound == Approx(expected).epsilon(1e-11));
  for (const auto& info : vi.parameter_table())
    if (info.name == "q.z.dense0.bias")
      for (std::size_t i = 0; i < 2; ++i)
        CHECK(vi.gradient()[info.offset + i] == Approx(bias[i]).epsilon(1e-9));
}

// --- estimators above it -------------------------------------------------------------------------

// A binary draw a row, and a layer of it that is normalised: with data beside it, and alone.
constexpr auto bit = latent<"bit">;
constexpr auto with_data = model(
    plate<"row">(bit = ~bernoulli(logits = 0.4),
                 y = ~normal(sum(linear<2>(batch_norm(linear<2>(bit) + linear<2>(u)))), 0.7)));
constexpr auto of_draws_alone = model(plate<"row">(
    bit = ~bernoulli(logits = 0.4), y = ~normal(sum(linear<2>(batch_norm(linear<2>(bit)))), 0.7)));
template <class E>
constexpr auto bit_by(const E& by) {
  return guide(plate<"row">(bit = ~bernoulli(logits = param<>() + 0 * sum(u)).by(by)));
}
constexpr auto usual_bit = guide(plate<"row">(bit = ~bernoulli(logits = param<>() + 0 * sum(u))));

/// The bound per datum of a step of n rows and some replicates, summed over all their draws.
double expected_bound(const parameters& p, std::size_t n, std::size_t replicates,
                      bool data_beside) {
  const auto in = inputs(n);
  const auto out = targets(n);
  const double l = p.at("q.bit.param0.value")[0], q = 1 / (1 + std::exp(-l)),
               prior = 1 / (1 + std::exp(-0.4));
  const std::size_t rows = n * replicates;
  double bound = -(q * std::log(q / prior) + (1 - q) * std::log((1 - q) / (1 - prior)));
  for (std::size_t draws = 0; draws < std::size_t{1} << rows; ++draws) {
    double mass = 1, total = 0;
    matrix layer;
    for (std::size_t r = 0; r < rows; ++r) {
      const double b = static_cast<double>(draws >> r & 1);
      mass *= b > 0 ? q : 1 - q;
      layer.emplace_back(2, 0.0);
      add_product({b}, p.at("p.y.dense0.weight"), layer.back());
      const std::size_t d = r % n;
      if (data_beside)
        add_product({in(d, 0), in(d, 1), in(d, 2)}, p.at("p.y.dense1.weight"), layer.back());
    }
    normalise(layer, moments_of(layer), p, "p.y.batch_norm0");
    for (std::size_t r = 0; r < rows; ++r) {
      std::vector<double> last(2, 0.0);
      add_product(layer[r], p.at(data_beside ? "p.y.dense2.weight" : "p.y.dense1.weight"), last);
      total += log_normal_density(out(r % n), last[0] + last[1], 0.7) / static_cast<double>(rows);
    }
    bound += mass * total;
  }
  return bound;
}

/// Parameters that the draw matters for; the bound's derivative in the logit, and its KL term's.
template <class Inference>
parameters spread_widely(Inference& vi) {
  double at = 3.3;
  for (const auto& entry : vi.parameter_table()) {
    auto value = vi.parameter(entry.name);
    const double scale = entry.name.find("dense") == std::string::npos ? 0.8 : 4;
    for (auto& v : value) v = scale * std::sin(7.0 * (at += 0.37));
    vi.set_parameter(entry.name, value);
  }
  return parameters_of(vi);
}
double exact_derivative(parameters at, std::size_t n, bool data_beside) {
  double& l = at.at("q.bit.param0.value")[0];
  const auto bound = [&](double by) {
    l += by;
    return expected_bound(at, n, 1, data_beside);
  };
  const double up = bound(1e-4);
  return (up - bound(-2e-4)) / 2e-4;
}
constexpr std::size_t few_rows = 8;
template <class Inference>
double mean_derivative(Inference& vi, std::size_t steps) {
  const auto loaded = vi.load(data(u = inputs(few_rows), y = targets(few_rows)));
  return mean_gradient(vi, loaded, steps).mean.at("q.bit.param0.value")[0];
}

TEST_CASE("what is told of a draw above batch_norm keeps to it, or is refused") {
  const auto check = [](const auto& p, bool data_beside, auto by) {
    using E = decltype(by);
    using training = typename decltype(infer<elbo<1>, double>(
        p, bit_by(score_function{baselines::moving{}})))::training_plan;
    if constexpr (verdict_on<E>(training::template traits<latent_id{}>).yes) {
      auto vi = infer<elbo<1>, double>(p, bit_by(by));
      const double exact = exact_derivative(spread_widely(vi), few_rows, data_beside);
      CAPTURE(E::traits.name, data_beside, exact);
      CHECK(vi.plan().latents[0].bias == "biased");
      CHECK(std::abs(mean_derivative(vi, 2000) - exact) < 1);
    }
  };
  const auto check_both = [&](auto by) {
    check(with_data, true, by);
    check(of_draws_alone, false, by);
  };
  check_both(disarm{});
  check_both(local_expectation{});
  check_both(straight_through{});

  // Which are refused: alternatives, and derivatives at a draw that may be that of all rows.
  using beside = decltype(infer<elbo<1>, double>(with_data, usual_bit))::training_plan;
  using alone = decltype(infer<elbo<1>, double>(of_draws_alone, usual_bit))::training_plan;
  CHECK(verdict_on<disarm>(beside::traits<latent_id{}>).yes);
  CHECK(!verdict_on<disarm>(alone::traits<latent_id{}>).yes);
  CHECK(!verdict_on<direct_argmax>(alone::traits<latent_id{}>).yes);
  CHECK(!verdict_on<straight_through>(alone::traits<latent_id{}>).yes);
  CHECK(verdict_on<gumbel_softmax>(alone::traits<latent_id{}>).yes);
  CHECK(verdict_on<score_function<baselines::moving>>(alone::traits<latent_id{}>).yes);
}

TEST_CASE("by default a draw above batch_norm is relaxed") {
  const auto check = [](const auto& p, bool data_beside) {
    auto vi = infer<elbo<1>, double>(p, usual_bit);
    CHECK(vi.template estimator<"bit">() == "gumbel_softmax");
    CHECK(vi.plan().latents[0].bias == "biased");
    const double exact = exact_derivative(spread_widely(vi), few_rows, data_beside);
    CAPTURE(exact);
    CHECK(mean_derivative(vi, 4000) == Approx(exact).margin(0.12));
  };
  check(with_data, true);
  check(of_draws_alone, false);
}

TEST_CASE("the lab repeats what the plan claims of estimators above batch_norm") {
  auto vi = infer<elbo<1>, double>(with_data, usual_bit);
  const auto report = lab<"bit">(vi, data(u = inputs(few_rows), y = targets(few_rows)),
                                 {.repeats = 2, .reference_repeats = 2, .warm_up = 1});
  for (const lab_row& r : report.rows) {
    CAPTURE(r.estimator);
    CHECK(r.bias_class == "biased");
  }
}

// --- training ------------------------------------------------------------------------------------

const auto trained_model = deep_model({.chains = 30, .sweeps = 3, .log_z_every = 4});

template <class A, class B>
bool same_bits(const A& a, const B& b) {
  for (const auto& info : a.parameter_table()) {
    const auto v = a.parameter(info.name), other = b.parameter(info.name);
    if (std::memcmp(v.data(), other.data(), v.size() * sizeof(float)) != 0) return false;
  }
  return true;
}

TEST_CASE("training with chains and running averages: the same bits for 1 and 2 threads") {
  const auto train = data(x = pixels(400));
  const auto run = [&](auto& vi, unsigned threads) {
    vi.fit(train, {.epochs = 15,
                   .batch = 200,
                   .optimizer = adam{1e-2},
                   .seed = 5,
                   .threads = threads,
                   .progress = false});
  };
  auto one = infer<elbo<1>>(trained_model, deep_guide),
       two = infer<elbo<1>>(trained_model, deep_guide);
  const double before = value_of(one.bound(train));
  run(one, 1);
  run(two, 2);
  CHECK(same_bits(one, two));
  CHECK(value_of(one.bound(train)) == value_of(two.bound(train)));
  CHECK(value_of(one.bound(train)) > before + 0.2);
}

TEST_CASE("training with chains and running averages goes on from a checkpoint") {
  const variad_tests::scratch_folder folder;
  const std::string file = folder / "model.safetensors";
  const auto train = data(x = pixels(300)), validation = data(x = pixels(50));
  const auto run = [&](auto& vi, std::size_t max_steps, bool resume, const std::string& path) {
    std::vector<double> bounds;
    vi.fit(train, validation,
           {.epochs = 6,
            .batch = 60,
            .optimizer = adam{1e-2},
            .seed = 3,
            .checkpoint = path,
            .resume = resume,
            .progress = false,
            .max_steps = max_steps,
            .on_epoch = [&](const epoch_report& r) {
              bounds.insert(bounds.end(), {r.train_bound, r.validation_bound});
            }});
    return bounds;
  };
  auto whole = infer<elbo<1>>(trained_model, deep_guide),
       first = infer<elbo<1>>(trained_model, deep_guide),
       second = infer<elbo<1>>(trained_model, deep_guide);
  auto in_one = run(whole, 0, false, "");
  run(first, 13, false, file);  // in the third epoch, between two estimates of log Z
  const auto later = run(second, 0, true, file);
  in_one.erase(in_one.begin(), in_one.begin() + 4);
  CHECK(in_one == later);
  CHECK(same_bits(whole, second));
  CHECK(value_of(whole.bound(validation)) == value_of(second.bound(validation)));

  const variad_tests::tensor_file held(file);
  for (const char* name :
       {"q.h.batch_norm0.running", "q.g.batch_norm0.running", "p.h.batch_norm0.running",
        "p.z1,z2.restricted_boltzmann0.chains", "p.z1,z2.restricted_boltzmann0.log_z"})
    CHECK(held.find(std::string("state/") + name) != nullptr);

  // Used without training, by another method too.
  auto used = infer<elbo<1>>(trained_model, deep_guide);
  used.load_checkpoint(file);
  CHECK(value_of(used.bound(validation)) == value_of(second.bound(validation)));
  // The number of chains is of a run, and not of the model.
  auto fewer = infer<elbo<1>>(deep_model({.chains = 7}), deep_guide);
  fewer.load_checkpoint(file);
  CHECK(value_of(fewer.bound(validation)) == value_of(second.bound(validation)));
  CHECK_THROWS_WITH(run(fewer, 0, true, file), Catch::Contains("expected shape [35]"));
}

TEST_CASE("a step with chains and running averages allocates nothing after the first") {
  auto vi = infer<elbo<1>>(trained_model, deep_guide);
  vi.use_threads(2);
  const auto loaded = vi.load(data(x = pixels(200)));
  const auto rows = first_rows(120);
  const optimizer how = adam{1e-3};
  vi.step(loaded, rows, how, {.seed = 1, .step = 4});  // estimates log Z
  const std::size_t before = variad_tests::allocations;
  for (std::uint64_t s = 5; s <= 7; ++s) vi.step(loaded, rows, how, {.seed = 1, .step = s});
  CHECK(variad_tests::allocations == before);
}

}  // namespace
}  // namespace tests
