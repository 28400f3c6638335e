// The semi-supervised experiment of "Direct optimization through arg max for discrete variational
// auto-encoder" (2019), §6.1 and Figure 3: MNIST with 50 to 600 labels, accuracy on the test images
// and their bound. A row of the table is a method, a number of labels and a draw of them; it goes
// on from its checkpoint if stopped, and is not made again. RESULTS.md holds the figures.
#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "table_of_runs.hpp"

#include <variad/runtime/data/idx.hpp>
#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

template <bool Known>
using vae = models::semi_supervised_vae<10, 20, 784, Known>;
constexpr auto label = given<"label">;

struct settings : table_settings {
  std::size_t pretrain = 300, epochs = 15;
  double share = 0.1, classification = 10, penalty = 100, epsilon_rate = 4e-5;
  unsigned threads = 1;
};
struct mnist {
  array<float> images;
  source test;
  std::vector<int> labels, test_labels;
};
/// What a row of the table trains on; −1 where there is no label.
struct training_data {
  array<float> images;
  std::vector<double> labels;
  std::vector<std::uint32_t> labelled;  ///< rows, each image once
};

/// Pixels rounded at 0.5, [rows, 784].
array<float> read_images(const std::string& images, std::size_t rows) {
  const array<float> all = read_idx<float>(images);
  const std::size_t pixels = all.size() / all.shape(0);
  auto out = array<float>::from_shape({rows, pixels});
  std::transform(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(out.size()), out.begin(),
                 [](float pixel) { return pixel > 127.5F ? 1.0F : 0.0F; });
  return out;
}

std::vector<int> read_labels(const std::string& images, std::size_t rows) {
  std::string path = images;
  path.replace(path.find("images-idx3"), 11, "labels-idx1");
  const array<float> all = read_idx<float>(path);
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(rows)};
}

/// The labels of `count` rows, as many of each class, drawn by the seed; −1 for the others.
std::vector<double> draw_labels(const std::vector<int>& labels, std::size_t count,
                                std::uint64_t seed) {
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed);
  std::shuffle(order.begin(), order.end(), random);
  std::vector<double> known(labels.size(), -1);
  std::array<std::size_t, 10> found{};
  for (const std::size_t row : order)
    if (found[static_cast<std::size_t>(labels[row])]++ < count / 10) known[row] = labels[row];
  return known;
}

/// All images, and after them those with a label again, often enough to be this share of a batch.
training_data draw_training_data(const mnist& data, std::size_t count, double share,
                                 std::uint64_t seed) {
  training_data d;
  d.labels = draw_labels(data.labels, count, seed);
  const std::size_t rows = d.labels.size(), pixels = data.images.shape(1);
  for (std::size_t i = 0; i < rows; ++i)
    if (d.labels[i] >= 0) d.labelled.push_back(static_cast<std::uint32_t>(i));
  const auto more = static_cast<std::size_t>(share / (1 - share) * static_cast<double>(rows));
  d.images = array<float>::from_shape({rows + more, pixels});
  std::copy(data.images.begin(), data.images.end(), d.images.begin());
  for (std::size_t i = 0; i < more; ++i) {
    const std::size_t from = d.labelled[i % d.labelled.size()];
    std::copy_n(data.images.data() + from * pixels, pixels, d.images.data() + (rows + i) * pixels);
    d.labels.push_back(d.labels[from]);
  }
  return d;
}

template <class Inference>
double accuracy(Inference& vi, const mnist& data) {
  const auto p = vi.template probabilities<"category">(variad::data(vae<true>::x = data.test));
  std::size_t right = 0;
  for (std::size_t i = 0; i < data.test_labels.size(); ++i) {
    const float* const row = p.data() + i * 10;
    right += std::max_element(row, row + 10) - row == data.test_labels[i] ? 1 : 0;
  }
  return 100.0 * static_cast<double>(right) / static_cast<double>(data.test_labels.size());
}

/// Trains on the labelled images alone first, as the authors' program does, and then on all.
template <class First, class Second, class Bind>
void run(const std::string& name, First first, Second second, const training_data& training,
         const mnist& data, const Bind& bind, const settings& s, const results_file& results) {
  const auto begin = std::chrono::steady_clock::now();
  fit_options o = s.options(name);
  if (!o.resume) {
    const auto loaded = first.load(bind(training));
    std::vector<std::uint32_t> rows = training.labelled;
    std::mt19937_64 random(s.seed);
    first.initialise(s.seed);
    std::uint64_t step = 0;
    for (std::size_t epoch = 0; epoch < s.pretrain; ++epoch) {
      std::shuffle(rows.begin(), rows.end(), random);
      for (std::size_t at = 0; at < rows.size(); at += 100)
        first.step(loaded,
                   std::span(rows).subspan(at, std::min<std::size_t>(100, rows.size() - at)),
                   adam{8e-4}, {.seed = s.seed, .step = ++step});
    }
    for (const parameter_info& p : first.parameter_table())
      second.set_parameter(p.name, first.parameter(p.name));
  }
  const double pretrained = o.resume ? 0 : accuracy(first, data);
  o.epochs = s.epochs;
  o.optimizer = adam{8e-4};
  o.threads = s.threads;
  o.log = nullptr;
  second.fit(bind(training), o);
  const std::chrono::duration<double, std::ratio<60>> took =
      std::chrono::steady_clock::now() - begin;
  const auto bound = second.bound(variad::data(vae<true>::x = data.test), samples(2));
  results.add(name, s.seed, {accuracy(second, data), bound.value, pretrained, took.count()});
}

/// z is drawn for every image, and a loss pulls the drawn class to the label (eq. 11): it counts
/// `penalty` nats where they differ. As in the authors' program the class is not held to its prior:
/// another loss takes its entropy out of what is trained.
template <class First, class Second>
void with_loss(const std::string& name, const First& first, const Second& second,
               const training_data& training, const mnist& data, const settings& s,
               const results_file& results) {
  using model_of = vae<false>;
  const auto entropy = -sum(softmax(model_of::scores) * log_softmax(model_of::scores));
  const auto guide_of = [&](const auto& estimator) {
    return hana::unpack(model_of::guide(estimator).statements, [&](const auto&... statements) {
      return guide(statements..., plate<"image">(loss(entropy)));
    });
  };
  const auto differs = 1 - sum(model_of::category * one_hot<10>(label));
  const auto p = hana::unpack(model_of::model().statements, [&](const auto&... statements) {
    return model(statements..., plate<"image">(loss(s.penalty * variad::known(label) * differs)));
  });
  run(
      name, infer<elbo<1>>(p, guide_of(first)), infer<elbo<1>>(p, guide_of(second)), training, data,
      [](const training_data& d) { return variad::data(model_of::x = d.images, label = d.labels); },
      s, results);
}

/// The label is conditioned on where it is known, with a classification term of some weight.
template <class Estimator>
void conditioned(const std::string& name, const Estimator& estimator, double classification,
                 const training_data& training, const mnist& data, const settings& s,
                 const results_file& results) {
  using model_of = vae<true>;
  const auto q = model_of::guide(estimator, classification);
  run(
      name, infer<elbo<1>>(model_of::model(), q), infer<elbo<1>>(model_of::model(), q), training,
      data,
      [](const training_data& d) {
        return variad::data(model_of::x = d.images, model_of::category = d.labels);
      },
      s, results);
}

void run_row(const std::string& method, const std::string& name, const training_data& training,
             const mnist& data, const settings& s, const results_file& results) {
  const schedule epsilon = schedules::exponential(1.0, s.epsilon_rate, 0.1);
  if (method == "direct")
    with_loss(name, direct_argmax{0.05, difference::forward},
              direct_argmax{epsilon, difference::forward}, training, data, s, results);
  if (method == "gumbel_softmax")
    with_loss(name, gumbel_softmax{}, gumbel_softmax{}, training, data, s, results);
  if (method == "conditioned")
    conditioned(name, direct_argmax{epsilon, difference::forward}, 0, training, data, s, results);
  if (method == "conditioned_term")
    conditioned(name, direct_argmax{epsilon, difference::forward}, s.classification, training, data,
                s, results);
  if (method == "enumerated")
    conditioned(name, enumerate{}, s.classification, training, data, s, results);
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  settings s;
  std::vector<std::uint64_t> seeds{1, 2, 3};
  std::vector<std::size_t> counts{50, 100, 300, 600};
  CLI::App app{"Semi-supervised learning of MNIST"};
  s.add_options(app);
  app.add_option("--labels", counts, "Numbers of labels, multiples of ten");
  app.add_option("--seeds", seeds, "Draws of labels, in place of --seed");
  app.add_option("--pretrain", s.pretrain, "Passes over the labelled images");
  app.add_option("--epochs", s.epochs, "Passes over all images");
  app.add_option("--share", s.share, "Share of labelled images in a batch");
  app.add_option("--classification", s.classification, "Weight of the classification term");
  app.add_option("--penalty", s.penalty, "Loss of a class that is not the label");
  app.add_option("--epsilon-rate", s.epsilon_rate, "epsilon = max(0.1, exp(-rate step))");
  app.add_option("--threads", s.threads);
  CLI11_PARSE(app, argc, argv);

  constexpr std::size_t rows = 50000, test_rows = 10000;
  const mnist data{read_images(s.train, rows), idx(s.test).rounded(), read_labels(s.train, rows),
                   read_labels(s.test, test_rows)};
  const results_file results(s.out + "/semi_supervised_mnist.csv",
                             "accuracy,bound,accuracy_of_labelled_alone,minutes");
  for (const std::uint64_t seed : seeds)
    for (const std::size_t count : counts)
      for (const std::string method :
           {"direct", "gumbel_softmax", "conditioned", "conditioned_term", "enumerated"}) {
        s.seed = seed;
        const std::string name = method + "_" + std::to_string(count);
        if ((s.wants(method) || s.wants(name)) && !results.has(name, seed))
          run_row(method, name, draw_training_data(data, count, s.share, seed), data, s, results);
      }
}
