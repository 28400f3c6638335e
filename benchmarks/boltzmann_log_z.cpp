// log Z of the prior of a trained model of gumbolt_two_hierarchies, a restricted Boltzmann machine
// of 200 x 200 units, by annealed importance sampling and by parallel tempering with bridge
// sampling, with standard errors and times. RESULTS.md holds the figures.

#include <chrono>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include <variad/variad.hpp>

namespace {

using namespace variad;
using vae = models::gumbolt_vae<2, models::layers::nonlinear>;

void print(const char* name, auto&& estimate) {
  const auto begin = std::chrono::steady_clock::now();
  const log_z_estimate z = estimate();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%-20s log Z %.3f +- %.3f   %.1f s\n", name, z.value, z.standard_error, took.count());
}

}  // namespace

int main(int argc, char** argv) {
  std::string model;
  annealed_options annealing;
  tempered_options tempering;
  std::size_t steps = 4000;
  CLI::App app{"log Z of a trained Boltzmann machine of 200 x 200 units, two ways"};
  app.option_defaults()->always_capture_default();
  app.add_option("--model", model, "Checkpoint of a row nonlinear2 of gumbolt_two_hierarchies")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--chains", annealing.chains, "Annealing: chains");
  app.add_option("--temperatures", steps, "Annealing: inverse temperatures");
  app.add_option("--replicas", tempering.replicas, "Tempering: independent runs");
  app.add_option("--sweeps", tempering.sweeps, "Tempering: sweeps that count");
  app.add_option("--burn-in", tempering.burn_in, "Tempering: sweeps before");
  app.add_option("--seed", annealing.seed);
  CLI11_PARSE(app, argc, argv);
  annealing.ladder = linear_ladder(steps);
  tempering.seed = annealing.seed;

  auto vi = infer<elbo<1>>(vae::model(), vae::guide());
  vi.load_checkpoint(model);
  print("annealed", [&] { return vi.log_z<"z1">(annealing); });
  print("tempered", [&] { return vi.log_z<"z1">(tempering); });
  return 0;
}
