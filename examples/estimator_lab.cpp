// Which gradient estimator for my model? Trains a small discrete VAE for a while, then measures the
// gradient of every estimator that its latent accepts, on one batch: bias, variance, time. Prints a
// table, and writes it as CSV and as a picture.

#include <filesystem>
#include <iostream>
#include <string>

#include "command_line.hpp"
#include "toy_images.hpp"

#include <variad/dsl/inference/lab.hpp>
#include <variad/variad.hpp>

namespace {

using namespace variad;
using vae = models::discrete_vae<3, 6>;

struct settings {
  std::string data = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";
  std::string out = "out/estimator_lab.csv", picture = "out/estimator_lab.svg";
  std::size_t steps = 100, batch = 100, repeats = 200;
  std::uint64_t seed = 0;
  bool toy = false;
};

int run(const settings& s) {
  const source images = s.toy ? source(toy_images(2000, 1)) : idx(s.data).rounded();
  auto vi = infer<elbo<1>>(vae::model(), vae::guide());
  vi.fit(data(vae::x = images),
         {.epochs = s.steps, .batch = s.batch, .seed = s.seed, .max_steps = s.steps});

  lab_options options;
  options.repeats = s.repeats;
  options.seed = s.seed;
  const lab_report report = lab<"z">(vi, data(vae::x = images.first(s.batch)), options);
  std::cout << report << "\nthe cheapest gradient of equal use: " << report.best().estimator
            << '\n';
  for (const std::string& file : {s.out, s.picture})
    if (const auto folder = std::filesystem::path(file).parent_path(); !folder.empty())
      std::filesystem::create_directories(folder);
  report.write_csv(s.out);
  report.write_picture(s.picture);

  if (!s.toy) return 0;
  // The distance of an unbiased mean from the gradient is what chance makes of it.
  bool good = report.exact;
  for (const lab_row& row : report.rows)
    if (row.bias_class == "unbiased") good = good && row.bias < 2 * row.bias_error + 1e-3;
  std::cout << (good ? "as expected\n" : "not as expected\n");
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  settings s;
  command_line options("Compares gradient estimators on a small discrete variational autoencoder.");
  options.add("--data", s.data, "Images, idx or idx.gz");
  options.add("--out", s.out, "CSV of what was measured");
  options.add("--picture", s.picture, "SVG of what was measured");
  options.add("--steps", s.steps, "Steps of training before");
  options.add("--batch", s.batch, "Images per step, and in the batch that is measured");
  options.add("--repeats", s.repeats, "Gradients of each estimator");
  options.add("--seed", s.seed);
  options.flag("--toy", s.toy, "Made-up images, and a check that unbiased estimators are");
  if (!options.parse(argc, argv)) return options.exit_code();
  if (s.toy) s.steps = std::min<std::size_t>(s.steps, 20);
  return run(s);
} catch (const std::exception& e) {
  std::cerr << "estimator_lab: " << e.what() << '\n';
  return 1;
}
