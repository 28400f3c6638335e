// The rows — and ~ of tables 1 and 2 of the GumBolt paper, and dVAE and dVAE++ on ~.

#include "gumbolt_mnist.hpp"

namespace experiment {
namespace {

template <class Objective, models::layers Layers>
void row(const settings& s, const std::string& name, bool coupled = true) {
  using vae = models::gumbolt_vae<1, Layers>;
  run<Objective>(s, name, vae::model(prior_of(s, coupled)), vae::guide());
}

template <class Estimator>
void smoothed_row(const settings& s, const std::string& name, const Estimator& e) {
  using vae = models::gumbolt_vae<1, models::layers::nonlinear>;
  run<elbo<1>>(s, name, vae::model(prior_of(s)), vae::guide(e));
}

void rows(const settings& s) {
  using models::layers;
  row<elbo<1>, layers::linear>(s, "linear-k1");
  row<elbo<1>, layers::nonlinear>(s, "nonlinear-k1");
  row<elbo<1>, layers::nonlinear>(s, "nonlinear-k1-uncoupled", false);
  row<iwae<20>, layers::nonlinear>(s, "nonlinear-k20");
  row<iwae<20>, layers::nonlinear>(s, "nonlinear-k20-uncoupled", false);
  smoothed_row(s, "nonlinear-k1-dvae", dvae{});
  smoothed_row(s, "nonlinear-k1-dvae++", dvae_plus_plus{});
}

}  // namespace
}  // namespace experiment

int main(int argc, char** argv) {
  return experiment::main(argc, argv, "GumBolt with one hierarchy on MNIST", experiment::rows);
}
