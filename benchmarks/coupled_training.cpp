// Training by ARS, ARS+, ARSM, ARSM+ and the score function with leave-one-out baselines, at equal
// numbers of evaluations: the categorical VAE with 10 and with 2 categories on dynamically
// binarised MNIST (`coupled-gradient-estimators`, §4, Figure 1), for as many steps as are asked
// for. A row of the table is one run: the bound of the training images, and the 100-sample bound
// of test images. A run goes on from its checkpoint if stopped. RESULTS.md holds the figures.

#include <cstdlib>
#include <string>

#include "table_of_runs.hpp"

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

struct settings : table_settings {
  std::size_t epochs = 20, test_images = 1000;
};

template <int C, int Samples, class Estimator>
void row(const settings& s, const std::string& estimator_name, const Estimator& estimator) {
  const std::string name = std::to_string(C) + "-" + estimator_name;
  if (!s.wants(name)) return;
  const results_file results(s.out + "/results.csv", "epochs,train_bound,test_log_p,minutes");
  if (results.has(name, s.seed)) return;
  using vae = models::categorical_vae<C>;
  auto vi = infer<elbo<Samples>>(vae::model(), vae::guide(estimator));
  const auto images = idx(s.train).first(50000);
  fit_options options = s.options(name);
  options.epochs = s.epochs;
  options.optimizer = adam{1e-4};
  const fit_report report = vi.fit(data(vae::x = images.binarized_each_epoch()), options);
  if (report.reason == stop_reason::interrupted) std::exit(130);
  const auto test = data(vae::x = idx(s.test).first(s.test_images).binarized(1));
  const double trained = vi.bound(data(vae::x = images.binarized(1)), s.seed).value;
  results.add(name, s.seed,
              {static_cast<double>(s.epochs), trained, vi.log_likelihood(test, samples(100)).value,
               report.epochs.empty() ? 0.0 : report.epochs.back().seconds / 60});
}

template <int C>
void rows_of(const settings& s) {
  constexpr int merged = C * (C - 1) / 2 + 1;
  row<C, 1>(s, "ars", ars{});
  row<C, 1>(s, "ars_plus", ars_plus{});
  row<C, C>(s, "leave_one_out", score_function(leave_one_out));
  row<C, 1>(s, "arsm", arsm{});
  row<C, 1>(s, "arsm_plus", arsm_plus{});
  if constexpr (merged != C)
    row<C, merged>(s, "leave_one_out_" + std::to_string(merged), score_function(leave_one_out));
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  settings s;
  CLI::App app{"Training by the coupled estimators"};
  s.add_options(app);
  app.add_option("--epochs", s.epochs, "Of 500 steps");
  app.add_option("--test-images", s.test_images);
  CLI11_PARSE(app, argc, argv);
  rows_of<2>(s);
  rows_of<10>(s);
}
