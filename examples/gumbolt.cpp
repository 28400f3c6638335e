// Trains a variational autoencoder with a Boltzmann machine as its prior, by GumBolt, and draws
// images from the machine by Gibbs sampling.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

#include "command_line.hpp"
#include "toy_images.hpp"

#include <variad/variad.hpp>

using namespace variad;

struct settings {
  std::string data = "/usr/share/datasets/fashion-mnist", out = "out", structure = "nonlinear2";
  std::size_t updates = 20000, batch = 100, k = 1;
  double rate = 3e-3, tau = 1.0 / 7.0;
  boltzmann_settings prior;
  std::uint64_t seed = 0;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool resume = false, toy = false;
};

constexpr std::size_t toy_rows = 2000;

source images(const settings& s, const char* name, std::uint32_t toy_seed) {
  if (s.toy) return toy_images(toy_rows, toy_seed);
  const std::filesystem::path plain = std::filesystem::path(s.data) / name;
  return idx(std::filesystem::exists(plain) ? plain.string() : plain.string() + ".gz")
      .binarized(s.seed);
}

void write_grid(const std::string& path, array<float> rows) {
  rows.reshape(array<float>::shape_type{rows.shape()[0], 28, 28});
  write_png_grid(path, rows, 16);
}

template <class Vae, class Objective>
int run(const settings& s) {
  std::filesystem::create_directories(s.out);
  const auto in_folder = [&](const char* name) {
    return (std::filesystem::path(s.out) / name).string();
  };
  const source train = images(s, "train-images-idx3-ubyte", 1),
               test = images(s, "t10k-images-idx3-ubyte", 2).first(1000);
  const std::size_t rows = s.toy ? toy_rows : 60000;
  const auto after = [&](double part) {
    return static_cast<std::uint64_t>(part * static_cast<double>(s.updates));
  };

  auto vi = infer<Objective>(Vae::model(s.prior), Vae::guide(gumbolt{.tau = s.tau}));
  std::cout << vi.plan() << std::endl;
  // The schedules of the paper, at the length of this run.
  const fit_report report =
      vi.fit(data(Vae::x = train),
             {.epochs = (s.updates * s.batch + rows - 1) / rows,
              .batch = s.batch,
              .optimizer = adam{.rate = schedules::stepwise({{0, s.rate},
                                                             {after(0.60), s.rate * 0.3},
                                                             {after(0.75), s.rate * 0.09},
                                                             {after(0.95), s.rate * 0.027}})},
              .kl_weight = schedules::linear(0.0, 1.0, std::max<std::uint64_t>(after(0.3), 1)),
              .seed = s.seed,
              .threads = s.threads,
              .checkpoint = in_folder("gumbolt.safetensors"),
              .resume = s.resume,
              .metrics = in_folder("gumbolt.csv"),
              .max_steps = s.updates});
  if (report.reason == stop_reason::interrupted) return 130;

  // The bounds below count this log Z.
  annealed_options annealing;
  annealing.seed = s.seed;
  annealing.threads = s.threads;
  annealing.progress = show_log_z_progress();
  const annealed_estimate log_z = vi.template log_z<"z1">(annealing);
  std::cout << "\nlog Z of the prior, in nats " << log_z.value << " +- " << log_z.standard_error
            << '\n';
  const double bound = vi.bound(data(Vae::x = test), s.seed).value;
  std::cout << "bound of " << std::min<std::size_t>(1000, toy_rows)
            << " test images, in nats (discrete units) " << bound << '\n'
            << "of the first 100: log-likelihood (importance-weighted, 1000 samples) "
            << vi.log_likelihood(data(Vae::x = test.first(100)), samples(1000), s.seed).value
            << '\n';

  write_grid(in_folder("gumbolt_samples.png"), vi.template generate<"x">(128, s.seed));
  write_grid(in_folder("gumbolt_reconstructions.png"),
             vi.template predict<"x">(data(Vae::x = test.first(128))));

  if (!s.toy) return 0;
  const bool good = toy_bound_is_good(bound, 1000);
  std::cout << (good ? "as expected\n" : "not as expected\n");
  return good ? 0 : 1;
}

template <class Vae>
int run_with_samples(const settings& s) {
  return s.k == 1 ? run<Vae, elbo<1>>(s) : run<Vae, iwae<20>>(s);
}

int main(int argc, char** argv) try {
  using models::layers, models::gumbolt_vae;
  settings s;
  command_line options(
      "Trains a variational autoencoder with a restricted Boltzmann machine as its prior.");
  options.add("--structure", s.structure,
              "Linear or nonlinear layers, and one or two hierarchies of units in the guide",
              command_line::one_of({"linear", "nonlinear", "linear2", "nonlinear2"}));
  options.add("--k", s.k, "Samples of the importance-weighted bound that is trained",
              command_line::one_of({"1", "20"}));
  options.add("--tau", s.tau, "Temperature of the relaxed units", command_line::positive);
  options.add("--sweeps", s.prior.sweeps, "Sweeps of Gibbs sampling for each update");
  options.add("--chains", s.prior.chains, "Markov chains", command_line::positive);
  options.flag("!--uncoupled", s.prior.coupled, "Hold the couplings of the machine at zero");
  options.add("--data", s.data,
              "Folder of train-images-idx3-ubyte and t10k-images-idx3-ubyte, plain or .gz");
  options.add("--updates", s.updates, "Steps of training", command_line::positive);
  options.add("--batch", s.batch, "Images per step", command_line::positive);
  options.add("--rate", s.rate, "First learning rate of Adam", command_line::positive);
  options.add("--out", s.out, "Folder for pictures, metrics and the model");
  options.add("--seed", s.seed, "The same seed gives the same model");
  options.add("--threads", s.threads, "The model does not depend on it", command_line::positive);
  options.flag("--resume", s.resume, "Go on from the checkpoint in the folder --out");
  options.flag("--toy", s.toy, "Made-up images, and a check of the bound against their entropy");
  if (!options.parse(argc, argv)) return options.exit_code();
  if (s.toy) {
    s.structure = "nonlinear";
    s.updates = std::min<std::size_t>(s.updates, 800);
    s.rate = 1e-3;
  }
  if (s.structure == "linear") return run_with_samples<gumbolt_vae<1, layers::linear>>(s);
  if (s.structure == "linear2") return run_with_samples<gumbolt_vae<2, layers::linear>>(s);
  if (s.structure == "nonlinear") return run_with_samples<gumbolt_vae<1, layers::nonlinear>>(s);
  return run_with_samples<gumbolt_vae<2, layers::nonlinear>>(s);
} catch (const std::exception& e) {
  std::cerr << "gumbolt: " << e.what() << '\n';
  return 1;
}
