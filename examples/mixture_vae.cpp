// Trains the mixed discrete-continuous variational autoencoder of the direct-argmax paper, without
// labels: direct argmax for the class, pathwise for the style, in one guide.
#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

#include "command_line.hpp"
#include "toy_images.hpp"

#include <variad/variad.hpp>

using namespace variad;
using vae = models::mixture_vae<10, 20>;

int main(int argc, char** argv) try {
  std::string folder = "/usr/share/datasets/fashion-mnist", out = "out";
  std::size_t epochs = 10, rows = 50000;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool toy = false;
  command_line options(
      "Trains a variational autoencoder with a class of 10 and a style of 20 numbers.");
  options.add("--data", folder,
              "Folder of train-images-idx3-ubyte.gz and t10k-images-idx3-ubyte.gz");
  options.add("--out", out, "Folder for the pictures");
  options.add("--epochs", epochs, "Passes over the training images", command_line::positive);
  options.add("--rows", rows, "Images to train on", command_line::positive);
  options.add("--threads", threads, "The model does not depend on it", command_line::positive);
  options.flag("--toy", toy, "Made-up images, and a check of the bound against their entropy");
  if (!options.parse(argc, argv)) return options.exit_code();

  constexpr std::size_t shown = 500, pixels = 784, in_a_row = 16;
  const source train = toy ? source(toy_images(2000, 1))
                           : idx(folder + "/train-images-idx3-ubyte.gz").first(rows).rounded();
  const source test =
      toy ? source(toy_images(shown, 2)) : idx(folder + "/t10k-images-idx3-ubyte.gz").rounded();

  auto vi = infer<elbo<1>>(vae::model(), vae::guide());
  static_assert(vi.estimator<"category">() == "enumerate");
  static_assert(vi.estimator<"style">() == "pathwise");
  std::cout << vi.plan() << std::endl;
  vi.fit(data(vae::x = train), {.epochs = epochs, .threads = threads});
  const double bound = vi.bound(data(vae::x = test)).value;
  std::cout << "test bound, in nats " << bound << '\n';

  // A row of test images for each class that the guide drew for them.
  const auto chosen = data(vae::x = test.first(shown));
  const array<float> classes = vi.posterior<"category">(chosen);
  const auto loaded = vi.load(chosen);
  array<float> picture = array<float>::from_shape({10 * in_a_row, 28, 28});
  picture.fill(0.5f);
  std::array<std::size_t, 10> members{};
  for (std::size_t i = 0; i < shown; ++i) {
    std::size_t c = 0;
    while (classes(i, c) < 0.5f) ++c;
    if (members[c]++ >= in_a_row) continue;
    std::ranges::copy(loaded.rows.column(0).row(i),
                      picture.data() + (c * in_a_row + members[c] - 1) * pixels);
  }
  std::filesystem::create_directories(out);
  write_png_grid((std::filesystem::path(out) / "classes.png").string(), picture, in_a_row);
  std::cout << "test images in each class";
  for (const std::size_t n : members) std::cout << ' ' << n;
  std::cout << '\n';

  if (!toy) return 0;
  const bool good = toy_bound_is_good(bound, shown);
  std::cout << (good ? "as expected\n" : "not as expected\n");
  return good ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << "mixture_vae: " << e.what() << '\n';
  return 1;
}
