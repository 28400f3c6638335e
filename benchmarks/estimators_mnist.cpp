// Gradient estimators on one model: the linear discrete VAE of 20 variables with 10 categories of
// "Direct optimization through arg max for discrete variational auto-encoder" (2019), on MNIST. A
// row of the table is one estimator: the bound that training showed (of relaxed values where the
// estimator relaxes), the test bound with discrete latents, seconds per epoch. A run goes on from
// its checkpoint if stopped. RESULTS.md holds the figures.

#include <cstdlib>
#include <string>

#include "table_of_runs.hpp"

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;
using vae = models::discrete_vae<20, 10>;

struct settings : table_settings {
  std::size_t epochs = 100;
};

/// Trains on the first 50,000 training images, rounded at 0.5; tests on the 10,000 test images.
template <class Objective = elbo<1>, class Estimator>
void row(const settings& s, const std::string& name, const Estimator& estimator) {
  if (!s.wants(name)) return;
  const results_file results(s.out + "/results.csv",
                             "epochs,training_bound,test_bound,seconds_per_epoch");
  if (results.has(name, s.seed)) return;
  auto vi = infer<Objective>(vae::model(), vae::guide(estimator));
  fit_options options = s.options(name);
  options.epochs = s.epochs;
  options.optimizer = adam{1e-3};
  options.checkpoint_every = 10;
  const fit_report report = vi.fit(data(vae::x = idx(s.train).rounded().first(50000)), options);
  if (report.reason == stop_reason::interrupted) std::exit(130);
  const double bound = vi.bound(data(vae::x = idx(s.test).rounded()), s.seed).value;
  const epoch_report last = report.epochs.empty() ? epoch_report{} : report.epochs.back();
  const auto epochs = static_cast<double>(s.epochs);
  results.add(name, s.seed, {epochs, last.train_bound, bound, last.seconds / epochs});
}

void rows(const settings& s) {
  direct_argmax forward;
  forward.take = difference::forward;
  row(s, "direct_argmax_central", direct_argmax{});
  row(s, "direct_argmax_forward", forward);
  row(s, "local_expectation", local_expectation{});
  row(s, "gumbel_softmax", gumbel_softmax{});
  row(s, "straight_through", straight_through{});
  row(s, "reinmax", reinmax{});
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
  s.add_options(app);
  app.add_option("--epochs", s.epochs);
  CLI11_PARSE(app, argc, argv);
  rows(s);
}
