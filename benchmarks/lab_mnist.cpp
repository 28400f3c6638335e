// The lab on the discrete VAE of estimators_mnist, 20 variables of 10 categories with linear
// layers, after some epochs of training by central direct argmax on MNIST: one batch of 100 images,
// every estimator that its latent accepts. Prints the report, and writes it as CSV and as a
// picture. RESULTS.md holds the figures beside those of training.

#include <filesystem>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include <variad/dsl/inference/lab.hpp>
#include <variad/variad.hpp>

int main(int argc, char** argv) {
  using namespace variad;
  using vae = models::discrete_vae<20, 10>;
  std::string train, out = "lab_mnist";
  std::size_t epochs = 5;
  lab_options options{.repeats = 100, .reference_repeats = 3000, .seed = 1};
  CLI::App app{"The lab on a discrete VAE of 20 x 10 latents, MNIST"};
  app.option_defaults()->always_capture_default();
  app.add_option("--train", train, "train-images-idx3-ubyte.gz")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--out", out, "Folder of the CSV and the picture");
  app.add_option("--epochs", epochs, "Of training before; 0 for the initial parameters");
  app.add_option("--repeats", options.repeats, "Gradients of each estimator");
  app.add_option("--reference-repeats", options.reference_repeats, "Gradients of the reference");
  app.add_option("--seed", options.seed);
  CLI11_PARSE(app, argc, argv);

  const auto images = idx(train).rounded();
  auto vi = infer<elbo<2>>(vae::model(), vae::guide(direct_argmax{}));
  vi.initialise(options.seed);
  if (epochs > 0)
    vi.fit(data(vae::x = images.first(50000)), {.epochs = epochs, .seed = options.seed});
  const lab_report report = lab<"z">(vi, data(vae::x = images.first(100)), options);
  std::filesystem::create_directories(out);
  const std::string name = out + "/after_" + std::to_string(epochs) + "_epochs";
  report.write_csv(name + ".csv");
  report.write_picture(name + ".svg");
  std::cout << report;
}
