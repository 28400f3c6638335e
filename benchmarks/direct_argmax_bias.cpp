// Bias and standard deviation of the direct-argmax gradient over epsilon, as Figure 1 of "Direct
// optimization through arg max for discrete variational auto-encoder" (2019): an encoder of layers
// (784, 300, 10), one latent of 10 categories, a matching decoder. Parameters are learnt with the
// exact gradient; then the gradient of the encoder is estimated 500 times on one batch and compared
// with the exact one.

#include <cmath>
#include <cstdio>
#include <numeric>

#include <CLI/CLI.hpp>

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

constexpr auto x = observed<"x", 784>;
constexpr auto z = latent<"z">;
constexpr auto p = model(plate<"image">(z = ~categorical<10>(uniform),
                                        x = ~bernoulli(logits = dense<784>(relu(dense<300>(z))))));

template <class E>
auto guide_by(const E& e) {
  return guide(plate<"image">(z = ~categorical<10>(logits = dense<10>(relu(dense<300>(x)))).by(e)));
}

using sums = std::vector<double>;

/// The mean and the mean square of `repeats` gradients of the encoder, at the parameters of `from`.
template <class Inference, class Source>
void estimate(Inference vi, const Source& from, const loaded_data<float>& batch,
              std::size_t repeats, sums& mean, sums& square) {
  for (const auto& info : from.parameter_table())
    vi.set_parameter(info.name, from.parameter(info.name));
  std::vector<std::uint32_t> rows(batch.rows.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  mean.clear();
  square.clear();
  for (std::size_t r = 0; r < repeats; ++r) {
    vi.gradient(batch, rows, {.seed = 1, .step = r + 1});
    std::size_t at = 0;
    for (const auto& info : vi.parameter_table()) {
      if (info.name.front() != 'q') continue;
      mean.resize(std::max(mean.size(), at + info.size));
      square.resize(mean.size());
      for (std::size_t i = 0; i < info.size; ++i, ++at) {
        const double g = static_cast<double>(vi.gradient()[info.offset + i]);
        mean[at] += g / static_cast<double>(repeats);
        square[at] += g * g / static_cast<double>(repeats);
      }
    }
  }
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  std::string train = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";
  std::size_t steps = 5000, repeats = 500;
  CLI::App app{"Bias and deviation of direct argmax over epsilon"};
  app.add_option("--train", train, "images, idx or idx.gz")->check(CLI::ExistingFile);
  app.add_option("--steps", steps, "of training before the gradients are estimated");
  app.add_option("--repeats", repeats);
  CLI11_PARSE(app, argc, argv);

  auto trained = infer<elbo<1>>(p, guide_by(enumerate{}));
  const auto images = idx(train).rounded();
  if (steps > 0)
    trained.fit(data(x = images.first(50000)),
                {.epochs = steps, .seed = 1, .progress = false, .max_steps = steps});
  const auto batch = trained.load(data(x = images.first(100)));
  sums truth, mean, square;
  estimate(infer<elbo<1>>(p, guide_by(enumerate{})), trained, batch, 1, truth, square);
  double norm = 0;
  for (const double g : truth) norm += g * g;
  std::printf("bound after training: %.2f nats\n",
              trained.bound(data(x = images.first(1000))).value);
  std::printf("encoder gradient: norm %.4f over %zu values\n", std::sqrt(norm), truth.size());
  std::printf("%-10s %8s %14s %14s %14s\n", "difference", "epsilon", "|bias| mean",
              "deviation mean", "bias norm/norm");
  for (const auto& [name, how] :
       {std::pair{"forward", difference::forward}, std::pair{"backward", difference::backward},
        std::pair{"central", difference::central}})
    for (const double epsilon : {0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}) {
      estimate(infer<elbo<1>>(p, guide_by(direct_argmax{epsilon, how})), trained, batch, repeats,
               mean, square);
      double bias = 0, deviation = 0, bias_norm = 0;
      for (std::size_t i = 0; i < mean.size(); ++i) {
        bias += std::abs(mean[i] - truth[i]);
        bias_norm += (mean[i] - truth[i]) * (mean[i] - truth[i]);
        deviation += std::sqrt(std::max(0.0, square[i] - mean[i] * mean[i]));
      }
      const double n = static_cast<double>(mean.size());
      std::printf("%-10s %8.2f %14.3e %14.3e %14.3f\n", name, epsilon, bias / n, deviation / n,
                  std::sqrt(bias_norm / norm));
    }
}
