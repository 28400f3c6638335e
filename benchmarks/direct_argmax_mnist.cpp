// The discrete VAEs of "Direct optimization through arg max for discrete variational auto-encoder"
// (2019), Figure 2: n x k latents, linear layers, test bound by epoch. One run is one structure and
// seed; it goes on from its checkpoint if stopped. RESULTS.md holds the figures.

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

constexpr auto x = observed<"x", 784>;

struct settings {
  std::string train, test, out = "out";
  std::size_t epochs = 100;
  std::uint64_t seed = 0;
  unsigned threads = 1;
  double epsilon = 0.1, kl_from = 1.0;
  std::string difference = "central";
  bool paper_schedule = false;
};

direct_argmax estimator_of(const settings& s) {
  direct_argmax e;
  e.epsilon = s.paper_schedule ? schedules::exponential(1.0, 1e-5, 0.1, 1000) : schedule(s.epsilon);
  e.take = s.difference == "forward"    ? difference::forward
           : s.difference == "backward" ? difference::backward
                                        : difference::central;
  return e;
}

/// Trains on the first 50,000 training images, rounded at 0.5; the curve is of the 10,000 test
/// images.
int train(auto vi, const std::string& name, const settings& s) {
  std::filesystem::create_directories(s.out);
  const std::string base = s.out + "/" + name + "_seed" + std::to_string(s.seed);
  const auto images = idx(s.train).rounded().first(50000), held_out = idx(s.test).rounded();
  const auto report = vi.fit(data(x = images), data(x = held_out),
                             {.epochs = s.epochs,
                              .batch = 100,
                              .optimizer = adam{1e-3},
                              .kl_weight = schedules::linear(s.kl_from, 1.0, 5000),
                              .seed = s.seed,
                              .threads = s.threads,
                              .checkpoint = base + ".safetensors",
                              .checkpoint_every = 10,
                              .resume = std::filesystem::exists(base + ".safetensors"),
                              .metrics = base + ".csv"});
  const double bound = vi.bound(data(x = held_out), s.seed).value;
  std::printf(
      "%s seed %llu: test bound %.2f nats after %zu epochs, %.2f s per epoch with evaluation\n",
      name.c_str(), static_cast<unsigned long long>(s.seed), -bound, s.epochs,
      report.seconds / static_cast<double>(s.epochs));
  return 0;
}

template <int N, int K>
constexpr auto model_of() {
  constexpr auto z = latent<"z", N>;
  return model(
      plate<"image">(z = ~categorical<K>(uniform), x = ~bernoulli(logits = dense<784>(z))));
}
template <int N, int K, class Estimator>
auto guide_of(const Estimator& e) {
  constexpr auto z = latent<"z", N>;
  return guide(plate<"image">(z = ~categorical<K>(logits = dense<N * K>(x)).by(e)));
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  settings s;
  std::string structure = "20x10";
  CLI::App app{"Discrete VAEs by direct argmax on MNIST"};
  app.add_option("--train", s.train, "train-images-idx3-ubyte.gz of MNIST")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--test", s.test, "t10k-images-idx3-ubyte.gz of MNIST")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--structure", structure)->check(CLI::IsMember({"20x10", "20x2", "1x40", "1x10"}));
  app.add_option("--epochs", s.epochs);
  app.add_option("--seed", s.seed);
  app.add_option("--threads", s.threads);
  app.add_option("--epsilon", s.epsilon);
  app.add_option("--difference", s.difference)
      ->check(CLI::IsMember({"forward", "backward", "central"}));
  app.add_option("--kl-from", s.kl_from, "weight of the KL term at first; 1 after 5000 steps");
  app.add_flag("--paper-schedule", s.paper_schedule, "epsilon = max(0.1, exp(-1e-5 step))");
  app.add_option("--out", s.out);
  CLI11_PARSE(app, argc, argv);

  std::string name = structure;
  if (s.paper_schedule) {
    name += "_paper_schedule";
  } else if (s.epsilon != 0.1) {
    name += "_epsilon" + std::to_string(s.epsilon);
  }
  if (s.kl_from != 1.0) name += "_kl" + std::to_string(s.kl_from);
  if (s.difference != "central") name += "_" + s.difference;
  if (structure == "20x10")
    return train(infer<elbo<1>>(model_of<20, 10>(), guide_of<20, 10>(estimator_of(s))), name, s);
  if (structure == "20x2")
    return train(infer<elbo<1>>(model_of<20, 2>(), guide_of<20, 2>(estimator_of(s))), name, s);
  if (structure == "1x40")
    return train(infer<elbo<1>>(model_of<1, 40>(), guide_of<1, 40>(estimator_of(s))), name, s);
  return train(infer<elbo<1>>(model_of<1, 10>(), guide_of<1, 10>(enumerate{})), name, s);
}
