// Trains the discrete variational autoencoder of the direct-argmax paper on images, 20 variables of
// 10 categories with a linear encoder and decoder, and writes pictures of what it learnt.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

#include "command_line.hpp"
#include "toy_images.hpp"

#include <variad/variad.hpp>

using namespace variad;
using vae = models::discrete_vae<20, 10>;

struct settings {
  std::string data = "/usr/share/datasets/fashion-mnist", out = "out", binarize = "rounded";
  std::size_t epochs = 60, batch = 100;
  double rate = 1e-3, epsilon = 0.1;
  std::uint64_t seed = 0;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool resume = false, toy = false;
};

/// Images in three parts: to train, to choose the best epoch, and to test.
struct parts {
  source train, validation, test;
};

constexpr std::size_t images_of_toy_test = 500;

parts read_parts(const settings& s) {
  if (s.toy) return {toy_images(4000, 1), toy_images(500, 2), toy_images(images_of_toy_test, 3)};
  const auto file = [&](const std::string& name) {
    const std::filesystem::path plain = std::filesystem::path(s.data) / name;
    return idx(std::filesystem::exists(plain) ? plain.string() : plain.string() + ".gz");
  };
  const auto fixed = [&](const source& from) {
    return s.binarize == "rounded" ? from.rounded() : from.binarized(s.seed);
  };
  const source first = file("train-images-idx3-ubyte"), last = file("t10k-images-idx3-ubyte");
  const source train = first.rows(0, 50000);
  return {s.binarize == "dynamic" ? train.binarized_each_epoch() : fixed(train),
          fixed(first.rows(50000, 60000)), fixed(last)};
}

int run(const settings& s) {
  std::filesystem::create_directories(s.out);
  const auto in_folder = [&](const char* name) {
    return (std::filesystem::path(s.out) / name).string();
  };
  const std::string model = in_folder("model.safetensors");
  const parts images = read_parts(s);

  auto vi = infer<elbo<1>>(vae::model(), vae::guide(direct_argmax{.epsilon = s.epsilon}));
  std::cout << vi.plan() << std::endl;
  const fit_report report = vi.fit(data(vae::x = images.train), data(vae::x = images.validation),
                                   {.epochs = s.epochs,
                                    .batch = s.batch,
                                    .optimizer = adam{s.rate},
                                    .seed = s.seed,
                                    .threads = s.threads,
                                    .checkpoint = model,
                                    .resume = s.resume,
                                    .metrics = in_folder("metrics.csv")});
  if (report.reason == stop_reason::interrupted) return 130;
  vi.load_checkpoint(best_checkpoint_path(model));

  const double bound = vi.bound(data(vae::x = images.test)).value;
  std::cout << "\nbest epoch " << report.best_epoch << " of " << s.epochs << ", " << report.seconds
            << " s of training\ntest bound, in nats (discrete latents drawn) " << bound << '\n';
  // Images differ by far more than the two bounds do: both on the same ones.
  const auto few = data(vae::x = images.test.first(100));
  std::cout << "the first 100 test images: bound " << vi.bound(few).value
            << ", log-likelihood (importance-weighted, 1000 samples) "
            << vi.log_likelihood(few, samples(1000)).value << '\n';

  // Eight pairs in a row: an image, and what the model makes of its code.
  constexpr std::size_t shown = 64, pixels = 784;
  const auto chosen = data(vae::x = images.test.first(shown));
  const array<float> means = vi.predict<"x">(chosen);
  const auto loaded = vi.load(chosen);
  array<float> pairs = array<float>::from_shape({2 * shown, 28, 28});
  for (std::size_t i = 0; i < shown; ++i) {
    std::ranges::copy(loaded.rows.column(0).row(i), pairs.data() + 2 * i * pixels);
    std::copy_n(means.data() + i * pixels, pixels, pairs.data() + (2 * i + 1) * pixels);
  }
  write_png_grid(in_folder("reconstructions.png"), pairs, 16);
  array<float> samples_of_model = vi.generate<"x">(128, s.seed);
  samples_of_model.reshape(array<float>::shape_type{128, 28, 28});
  write_png_grid(in_folder("samples.png"), samples_of_model, 16);

  if (!s.toy) return 0;
  const bool good = toy_bound_is_good(bound, images_of_toy_test);
  std::cout << (good ? "as expected\n" : "not as expected\n");
  return good ? 0 : 1;
}

int main(int argc, char** argv) try {
  settings s;
  command_line options(
      "Trains a discrete variational autoencoder (20 variables of 10 categories) on images.");
  options.add("--data", s.data,
              "Folder of train-images-idx3-ubyte and t10k-images-idx3-ubyte, plain or .gz");
  options.add("--out", s.out, "Folder for pictures, metrics and the model");
  options.add("--epochs", s.epochs, "Passes over the 50,000 training images");
  options.add("--batch", s.batch, "Images per step", command_line::positive);
  options.add("--rate", s.rate, "Learning rate of Adam", command_line::positive);
  options.add("--epsilon", s.epsilon, "Direct argmax: smaller is less biased and noisier",
              command_line::positive);
  options.add("--seed", s.seed, "The same seed gives the same model");
  options.add("--threads", s.threads, "The model does not depend on it", command_line::positive);
  options.add("--binarize", s.binarize,
              "Pixels become 0 or 1 by rounding, by one draw, or by a new draw each epoch",
              command_line::one_of({"rounded", "static", "dynamic"}));
  options.flag("--resume", s.resume, "Go on from the checkpoint in the folder --out");
  options.flag("--toy", s.toy, "Made-up images, and a check of the bound against their entropy");
  if (!options.parse(argc, argv)) return options.exit_code();
  return run(s);
} catch (const std::exception& e) {
  std::cerr << "discrete_vae: " << e.what() << '\n';
  return 1;
}
