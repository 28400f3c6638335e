// The rows — — and ~ ~ of tables 1 and 2 of the GumBolt paper.

#include "gumbolt_mnist.hpp"

namespace experiment {
namespace {

template <class Objective, models::layers Layers>
void row(const settings& s, const std::string& name, bool coupled = true) {
  using vae = models::gumbolt_vae<2, Layers>;
  run<Objective>(s, name, vae::model(prior_of(s, coupled)), vae::guide());
}

void rows(const settings& s) {
  using models::layers;
  row<elbo<1>, layers::linear>(s, "linear2-k1");
  row<elbo<1>, layers::nonlinear>(s, "nonlinear2-k1");
  row<elbo<1>, layers::nonlinear>(s, "nonlinear2-k1-uncoupled", false);
  row<iwae<20>, layers::nonlinear>(s, "nonlinear2-k20");
  row<iwae<20>, layers::nonlinear>(s, "nonlinear2-k20-uncoupled", false);
}

}  // namespace
}  // namespace experiment

int main(int argc, char** argv) {
  return experiment::main(argc, argv, "GumBolt with two hierarchies on MNIST", experiment::rows);
}
