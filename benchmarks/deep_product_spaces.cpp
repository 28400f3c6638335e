// Figure 6 of "Direct optimization through arg max for discrete variational auto-encoder" (2019):
// n variables of k categories, n·k = 60, between an encoder 784-400-200-60 and a decoder
// 60-200-400-784 with ReLU, tanh on the pixels, and the squared error of images that are not
// binarised; direct argmax and Gumbel-Softmax. A row is a structure, an estimator and a seed, with
// the squared error of a test image, by means of one draw each, and its bound in squared errors. It
// goes on from its checkpoint if stopped. RESULTS.md holds the figures.
#include <cmath>
#include <string>

#include "table_of_runs.hpp"

#include <variad/runtime/data/idx.hpp>
#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

struct settings : table_settings {
  std::size_t epochs = 50;
  double epsilon = 0.1;
};

constexpr auto x = observed<"x", 784>;
using layers = models::hidden<400, 200>;

/// Of images in [0, 1], so that −log p(x | z) is the squared error and a constant.
template <int N, int K>
constexpr auto squared_error_model() {
  return model(
      plate<"image">(latent<"z", N> = ~categorical<K>(uniform),
                     x = ~normal(mean = tanh(dense<784>(models::decode<layers>(latent<"z", N>))),
                                 scale = std::sqrt(0.5))));
}

template <int N, int K, class Estimator>
void run(const settings& s, const std::string& method, const Estimator& estimator) {
  const std::string structure = std::to_string(N) + "x" + std::to_string(K);
  const std::string name = structure + "_" + method;
  const results_file results(s.out + "/deep_product_spaces.csv", "squared_error,bound,minutes");
  if (!(s.wants(name) || s.wants(structure) || s.wants(method)) || results.has(name, s.seed))
    return;
  auto vi = infer<elbo<1>>(
      squared_error_model<N, K>(),
      guide(plate<"image">(
          latent<"z", N> =
              ~categorical<K>(logits = dense<N * K>(models::encode<layers>(x))).by(estimator))));
  const double minutes =
      train_row(vi, data(x = idx(s.train).pixels().first(50000)), s.options(name), s.epochs);
  const auto test = idx(s.test).pixels();
  const array<float> images = read_idx<float>(s.test) / 255.0F;
  const array<float> means = vi.template predict<"x">(data(x = test));
  double error = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const double d = static_cast<double>(images.data()[i] - means.data()[i]);
    error += d * d;
  }
  const double of_constant = 784 * 0.5 * std::log(std::acos(-1.0));
  const double bound = -vi.bound(data(x = test), samples(2)).value - of_constant;
  results.add(name, s.seed, {error / static_cast<double>(images.shape(0)), bound, minutes});
}

template <int N, int K>
void run_both(const settings& s) {
  run<N, K>(s, "direct", direct_argmax{s.epsilon});
  run<N, K>(s, "gumbel_softmax", gumbel_softmax{});
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  settings s;
  CLI::App app{"Discrete product spaces with a deep encoder and decoder"};
  s.add_options(app);
  app.add_option("--epochs", s.epochs);
  app.add_option("--epsilon", s.epsilon, "of direct argmax");
  CLI11_PARSE(app, argc, argv);
  run_both<6, 10>(s);
  run_both<12, 5>(s);
  run_both<20, 3>(s);
  run_both<30, 2>(s);
}
