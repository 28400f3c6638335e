// Gradient estimators on one model: the linear discrete VAE of 20 variables with 10 categories of
// "Direct optimization through arg max for discrete variational auto-encoder" (2019), on MNIST. A
// row of the table is one estimator: the bound that training showed (of relaxed values where the
// estimator relaxes), the test bound with discrete latents, seconds per epoch. A run goes on from
// its checkpoint if stopped. RESULTS.md holds the figures.

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "results_file.hpp"
#include <CLI/CLI.hpp>

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;
using vae = models::discrete_vae<20, 10>;

struct settings {
  std::string train, test, out = "out";
  std::vector<std::string> rows;
  std::size_t epochs = 100;
  std::uint64_t seed = 1;
};

/// Trains on the first 50,000 training images, rounded at 0.5; tests on the 10,000 test images.
template <class Objective = elbo<1>, class Estimator>
void row(const settings& s, const std::string& name, const Estimator& estimator) {
  if (!s.rows.empty() && std::ranges::find(s.rows, name) == s.rows.end()) return;
  const results_file results(s.out + "/results.csv",
                             "epochs,training_bound,test_bound,seconds_per_epoch");
  if (results.has(name, s.seed)) return;
  const std::string run = s.out + "/" + name + "_seed" + std::to_string(s.seed);
  auto vi = infer<Objective>(vae::model(), vae::guide(estimator));
  const fit_report report = vi.fit(data(vae::x = idx(s.train).rounded().first(50000)),
                                   {.epochs = s.epochs,
                                    .optimizer = adam{1e-3},
                                    .seed = s.seed,
                                    .checkpoint = run + ".safetensors",
                                    .checkpoint_every = 10,
                                    .resume = std::filesystem::exists(run + ".safetensors"),
                                    .metrics = run + ".csv"});
  if (report.reason == stop_reason::interrupted) std::exit(130);
  const bool resumed_at_the_end = report.epochs.empty();
  const double bound = vi.bound(data(vae::x = idx(s.test).rounded()), s.seed);
  const double missing = std::numeric_limits<double>::quiet_NaN();
  results.add(name, s.seed,
              {static_cast<double>(s.epochs),
               resumed_at_the_end ? missing : report.epochs.back().train_bound, bound,
               resumed_at_the_end ? missing
                                  : report.epochs.back().seconds / static_cast<double>(s.epochs)});
}

void rows(const settings& s) {
  direct_argmax forward;
  forward.take = difference::forward;
  row(s, "direct_argmax_central", direct_argmax{});
  row(s, "direct_argmax_forward", forward);
  row(s, "local_expectation", local_expectation{});
  row(s, "gumbel_softmax", gumbel_softmax{});
  row(s, "straight_through", straight_through{});
  row(s, "straight_through_gumbel_softmax", straight_through_gumbel_softmax{});
  row(s, "rebar", rebar{});
  row(s, "relax", relax{});
  row(s, "muprop", muprop{});
  row(s, "darn", darn{});
  row<elbo<10>>(s, "leave_one_out_10", score_function(leave_one_out));
  row(s, "arsm_plus", arsm_plus{});
  row<elbo<46>>(s, "leave_one_out_46", score_function(leave_one_out));
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  settings s;
  CLI::App app{"Gradient estimators on a discrete VAE of 20 x 10 latents, MNIST"};
  app.option_defaults()->always_capture_default();
  app.add_option("--train", s.train, "train-images-idx3-ubyte.gz")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--test", s.test, "t10k-images-idx3-ubyte.gz")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--out", s.out, "Folder of checkpoints, curves and results.csv");
  app.add_option("--rows", s.rows, "Rows of the table by name; all if none is given");
  app.add_option("--epochs", s.epochs);
  app.add_option("--seed", s.seed);
  CLI11_PARSE(app, argc, argv);
  rows(s);
}
