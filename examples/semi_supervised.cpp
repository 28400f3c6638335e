// Trains the semi-supervised variational autoencoder of the direct-argmax paper: a class that is
// known for a few images, a style, and a picture of what it has learnt of both.
#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "command_line.hpp"
#include "toy_images.hpp"

#include <variad/runtime/data/idx.hpp>
#include <variad/variad.hpp>

using namespace variad;
using vae = models::semi_supervised_vae<10, 20>;

namespace {

std::vector<int> read_labels(const std::string& path, std::size_t rows) {
  const array<float> labels = read_idx<float>(path);
  return {labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(rows)};
}

/// 1 for the first images of each class, `of_each` of them, 0 for the rest.
std::vector<int> keep_first(const std::vector<int>& labels, std::size_t of_each) {
  std::array<std::size_t, 10> found{};
  std::vector<int> keep;
  for (const int label : labels) keep.push_back(found[static_cast<std::size_t>(label)]++ < of_each);
  return keep;
}

double share_right(const array<float>& probabilities, const std::vector<int>& labels) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const float* const p = probabilities.data() + i * 10;
    right += std::max_element(p, p + 10) - p == labels[i] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

}  // namespace

int main(int argc, char** argv) try {
  std::string folder = "/usr/share/datasets/fashion-mnist", out = "out";
  std::size_t epochs = 20, rows = 20000, of_each = 100;
  double classification = 10, weight = 20;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool toy = false;
  command_line options(
      "Trains a variational autoencoder with a class that is known for a few images, and a style.");
  options.add("--data", folder,
              "Folder of {train,t10k}-images-idx3-ubyte.gz and {train,t10k}-labels-idx1-ubyte.gz");
  options.add("--out", out, "Folder for the picture");
  options.add("--epochs", epochs, "Passes over the training images", command_line::positive);
  options.add("--rows", rows, "Images to train on", command_line::positive);
  options.add("--labels", of_each, "Images of each class whose label is known",
              command_line::positive);
  options.add("--classification", classification, "Weight of the loss of known labels");
  options.add("--weight", weight, "An image whose label is known counts as so many");
  options.add("--threads", threads, "The model does not depend on it", command_line::positive);
  options.flag("--toy", toy, "Made-up images, and a check of the classes");
  if (!options.parse(argc, argv)) return options.exit_code();
  if (toy) rows = 2000, epochs = std::min<std::size_t>(epochs, 5);

  std::vector<int> labels, test_labels;
  source train = source(array<float>()), test = train;
  if (toy) {
    train = source(toy_images(rows, 1, &labels));
    test = source(toy_images(500, 2, &test_labels));
  } else {
    train = idx(folder + "/train-images-idx3-ubyte.gz").first(rows).rounded();
    test = idx(folder + "/t10k-images-idx3-ubyte.gz").rounded();
    labels = read_labels(folder + "/train-labels-idx1-ubyte.gz", rows);
    test_labels = read_labels(folder + "/t10k-labels-idx1-ubyte.gz", 10000);
  }
  const std::vector<int> keep = keep_first(labels, of_each);
  const source known = source(labels).known_where(keep);
  std::vector<double> weights(keep.begin(), keep.end());
  for (double& w : weights) w = w > 0 ? weight : 1;

  auto vi = infer<elbo<1>>(vae::model(), vae::guide(enumerate{}, classification));
  std::cout << vi.plan() << std::endl;
  const auto test_data = data(vae::x = test);
  vi.fit(data(vae::x = train, vae::category = known, weighted_by(weights)),
         {.epochs = epochs, .threads = threads, .on_epoch = [&](const epoch_report& e) {
            std::cout << "epoch " << e.epoch << ": test images in the right class "
                      << std::setprecision(3)
                      << 100 * share_right(vi.probabilities<"category">(test_data), test_labels)
                      << " %" << std::endl;
          }});
  std::cout << "test bound, in nats " << vi.bound(test_data).value << '\n';

  // Each row is a style, each column a class: the decoder, which reads code[class] = style.
  constexpr auto code = given<"code", 10, 20>;
  auto decoder = infer<elbo<1>>(
      model(plate<"image">(vae::x = ~bernoulli(logits = dense<784>(relu(dense<400>(code)))))),
      guide());
  for (const parameter_info& p : decoder.parameter_table())
    decoder.set_parameter(p.name, vi.parameter(p.name));
  constexpr std::size_t styles = 10, classes = 10, size = 20;
  const array<float> drawn = vi.sample<"style">(styles);
  array<float> codes = xt::zeros<float>({styles * classes, classes, size});
  for (std::size_t i = 0; i < styles; ++i)
    for (std::size_t k = 0; k < classes; ++k)
      std::copy_n(drawn.data() + i * size, size, &codes(i * classes + k, k, 0));
  array<float> picture = decoder.generate<"x">(data(code = codes));
  picture.reshape({styles * classes, 28, 28});
  std::filesystem::create_directories(out);
  write_png_grid((std::filesystem::path(out) / "styles.png").string(), picture, classes);

  if (!toy) return 0;
  const bool good = share_right(vi.probabilities<"category">(test_data), test_labels) > 0.98;
  std::cout << (good ? "as expected\n" : "not as expected\n");
  return good ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << "semi_supervised: " << e.what() << '\n';
  return 1;
}
