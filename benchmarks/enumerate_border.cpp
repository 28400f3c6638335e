// How many joint values are worth a sum over all of them: milliseconds per training step of 100
// rows, and the exact bound after some steps, of enumerate, direct_argmax and score_function, for
// one draw of 2 to 64 categories that a small decoder reads (8 normal values, a mixture) or a wide
// one (784 binary values, a hidden layer), under elbo<1>; of the small one under iwae<5> too, where
// the values are alternatives. Rows are made up from as many clusters as there are categories.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <random>
#include <vector>

#include <CLI/CLI.hpp>

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

struct settings {
  std::size_t rows = 1000, steps = 1000, timed = 50;
};

/// Rows around centres, one a cluster; binary ones by the sign.
array<float> clusters(std::size_t rows, std::size_t size, int count, bool binary) {
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  auto centres = array<float>::from_shape({static_cast<std::size_t>(count), size});
  for (float& c : centres) c = normal(engine);
  auto out = array<float>::from_shape({rows, size});
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t j = 0; j < size; ++j) {
      const float v = centres(r % static_cast<std::size_t>(count), j) + 0.7f * normal(engine);
      out(r, j) = binary ? static_cast<float>(v > 0) : v;
    }
  return out;
}

constexpr auto z = latent<"z">;

template <int K>
struct small {
  static constexpr const char* name = "8 normal values";
  static constexpr std::size_t size = 8;
  static constexpr bool binary = false;
  static constexpr auto x = observed<"x", 8>;
  static constexpr auto p =
      model(plate<"row">(z = ~categorical<K>(logits = param<K>()),
                         x = ~normal(take(param<K, 8>(random_normal(0.5)), z), 0.7)));
};
template <int K>
struct wide {
  static constexpr const char* name = "784 binary values";
  static constexpr std::size_t size = 784;
  static constexpr bool binary = true;
  static constexpr auto x = observed<"x", 784>;
  static constexpr auto p =
      model(plate<"row">(z = ~categorical<K>(logits = param<K>()),
                         x = ~bernoulli(logits = dense<784>(tanh(dense<200>(z))))));
};

template <class Model, int K, class E>
constexpr auto guide_by(const E& by) {
  return guide(plate<"row">(z = ~categorical<K>(logits = dense<K>(Model::x)).by(by)));
}

template <class Objective, class Model, int K, class E>
void measure(const settings& s, const char* objective, const E& by) {
  const auto rows = clusters(s.rows, Model::size, K, Model::binary);
  auto vi = infer<Objective>(Model::p, guide_by<Model, K>(by));
  auto exact = infer<elbo<1>>(Model::p, guide_by<Model, K>(enumerate{}));
  vi.initialise(1);
  vi.use_threads(1);
  const auto loaded = vi.load(data(Model::x = rows));
  std::vector<std::uint32_t> batch(100), all(s.rows);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  std::vector<double> milliseconds;
  for (std::size_t i = 0; i < s.steps; ++i) {
    for (std::size_t r = 0; r < batch.size(); ++r) batch[r] = all[(i * 100 + r) % all.size()];
    const auto begin = std::chrono::steady_clock::now();
    vi.step(loaded, batch, adam{1e-2}, {.seed = 1, .step = i + 1});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (i + s.timed >= s.steps) milliseconds.push_back(took.count());
  }
  std::nth_element(milliseconds.begin(), milliseconds.begin() + milliseconds.size() / 2,
                   milliseconds.end());
  for (const auto& info : exact.parameter_table())
    exact.set_parameter(info.name, vi.parameter(info.name));
  const double bound = exact.gradient(exact.load(data(Model::x = rows)), all).bound;
  std::printf("%-18s %-8s %3d  %-24s %9.3f %12.4f\n", Model::name, objective, K,
              std::string(E::traits.name).c_str(), milliseconds[milliseconds.size() / 2], bound);
  std::fflush(stdout);
}

template <template <int> class Model, int K>
void compare(const settings& s) {
  measure<elbo<1>, Model<K>, K>(s, "elbo<1>", enumerate{});
  measure<elbo<1>, Model<K>, K>(s, "elbo<1>", direct_argmax{});
  measure<elbo<1>, Model<K>, K>(s, "elbo<1>", score_function(baselines::moving{}));
  if constexpr (!Model<K>::binary) {
    measure<iwae<5>, Model<K>, K>(s, "iwae<5>", enumerate{});
    measure<iwae<5>, Model<K>, K>(s, "iwae<5>", direct_argmax{});
  }
}
template <template <int> class Model>
void compare_all(const settings& s) {
  compare<Model, 2>(s);
  compare<Model, 3>(s);
  compare<Model, 4>(s);
  compare<Model, 8>(s);
  compare<Model, 16>(s);
  compare<Model, 32>(s);
  compare<Model, 64>(s);
}

}  // namespace experiment

int main(int argc, char** argv) try {
  using namespace experiment;
  settings s;
  CLI::App app{"Where a sum over all values of a draw pays"};
  app.option_defaults()->always_capture_default();
  app.add_option("--rows", s.rows, "Rows to train on")->check(CLI::Range(100, 1000000));
  app.add_option("--steps", s.steps, "Training steps of 100 rows")->check(CLI::PositiveNumber);
  app.add_option("--timed", s.timed, "... of which the last are timed")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  std::printf("%-18s %-8s %3s  %-24s %9s %12s\n", "decoder", "by", "K", "estimator", "ms, med.",
              "exact bound");
  compare_all<small>(s);
  compare_all<wide>(s);
} catch (const std::exception& e) {
  std::cerr << "enumerate_border: " << e.what() << '\n';
  return 1;
}
