// FC_BVAE, FC_CVAE, CNN_BVAE and CNN_CVAE of "Training variational autoencoders with discrete
// latent variables using importance sampling" (Table I, Figure 5) on MNIST, by the paper's
// estimator with the proposal q (eq. 23, 29). Every ten epochs, on the first 2048 training images:
// the bound, the log-likelihood E log p(x | z), and the variance of the encoder's gradient, as CSV
// and as a picture. RESULTS.md holds the figures.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "table_of_runs.hpp"

#include <variad/dsl/inference/gradient_sample.hpp>
#include <variad/runtime/chart/picture.hpp>
#include <variad/variad.hpp>

namespace experiment {

using namespace variad;
using namespace variad::internals;

struct settings : table_settings {
  std::size_t epochs = 300, every = 10, repeats = 20;
};

template <class Vae>
void train(const settings& s, const std::string& name) {
  if (!s.wants(name)) return;
  constexpr std::size_t batch = 2048;
  const results_file curve(s.out + "/curve.csv", "epoch,bound,log_likelihood,variance,minutes");
  const results_file results(s.out + "/results.csv", "epochs,test_bound,test_log_p,minutes");
  if (results.has(name, s.seed)) return;

  const auto images = idx(s.train).rounded();
  // With the proposal q itself, importance sampling is the score function (eq. 23).
  const auto estimator = score_function(no_baseline);
  auto vi = infer<elbo<1>>(Vae::model(), Vae::guide(estimator));
  auto watched = infer<elbo<1>>(Vae::model(), Vae::guide(estimator));
  const auto first = watched.load(data(Vae::x = images.first(batch)));
  std::vector<std::uint32_t> rows(batch);
  std::iota(rows.begin(), rows.end(), 0u);
  const auto watch = [&](const epoch_report& e) {
    if (e.epoch != 1 && e.epoch % s.every != 0) return;
    for (const parameter_info& p : vi.parameter_table())
      watched.set_parameter(p.name, vi.parameter(p.name));
    const double bound = watched.gradient(first, rows, {.seed = s.seed}).bound,
                 likelihood =
                     watched.gradient(first, rows, {.seed = s.seed, .kl_weight = 0.0}).bound;
    curve.add(
        name, s.seed,
        {static_cast<double>(e.epoch), bound, likelihood,
         take_gradients(watched.programs(), first, s.repeats, s.seed).variance(), e.seconds / 60});
  };
  fit_options options = s.options(name);
  options.epochs = s.epochs;
  options.batch = batch;
  options.optimizer = adam{1e-3};
  options.checkpoint_every = s.every;
  options.on_epoch = watch;
  const fit_report report = vi.fit(data(Vae::x = images), options);
  if (report.reason == stop_reason::interrupted) std::exit(130);
  const auto test = data(Vae::x = idx(s.test).rounded());
  results.add(name, s.seed,
              {static_cast<double>(s.epochs), vi.bound(test, s.seed).value,
               vi.log_likelihood(test, samples(100)).value,
               report.epochs.empty() ? 0.0 : report.epochs.back().seconds / 60});
}

/// Draws the curves of all rows and seeds in curve.csv, as Figure 5.
void draw_curves(const settings& s) {
  std::vector<std::string> names;
  std::vector<line_chart> charts(3);
  const char* const titles[] = {"Bound", "Log-likelihood E log p(x | z)",
                                "Variance of the encoder's gradient"};
  for (std::size_t i = 0; i < charts.size(); ++i) {
    charts[i].title = titles[i];
    charts[i].x = {"epoch", false};
    charts[i].y = {i < 2 ? "nats" : "summed over parameters", i == 2};
  }
  std::ifstream in(s.out + "/curve.csv");
  std::string line;
  for (std::getline(in, line); std::getline(in, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream fields(line);
    std::string row, seed;
    double epoch = 0, value = 0;
    fields >> row >> seed >> epoch;
    const std::string name = row + ", seed " + seed;
    if (std::ranges::find(names, name) == names.end()) {
      names.push_back(name);
      for (line_chart& c : charts) c.curves.push_back({name, {}});
    }
    const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    for (line_chart& c : charts) {
      fields >> value;
      c.curves[at].points.push_back({epoch, value});
    }
  }
  write_picture(s.out + "/curve.svg", {{charts[0], charts[1], charts[2]}}, 1200);
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  settings s;
  CLI::App app{"Discrete VAEs by importance sampling on MNIST"};
  s.add_options(app);
  app.add_option("--epochs", s.epochs);
  app.add_option("--every", s.every, "Epochs between the points of the curve");
  app.add_option("--repeats", s.repeats, "Gradients of a point, for their variance");
  CLI11_PARSE(app, argc, argv);
  train<models::fc_bvae<>>(s, "fc_bvae");
  train<models::fc_cvae<>>(s, "fc_cvae");
  train<models::cnn_bvae<>>(s, "cnn_bvae");
  train<models::cnn_cvae<>>(s, "cnn_cvae");
  draw_curves(s);
}
