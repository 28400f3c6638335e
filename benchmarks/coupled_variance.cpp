// Variance of the gradients of ARS, ARS+, ARSM, ARSM+ and the score function with leave-one-out
// baselines, at equal numbers of evaluations, for 2, 3, 5 and 10 categories, at the initial
// parameters and after training: `coupled-gradient-estimators`, §4 (its figure 1 shows the variance
// in training). Prints a table, and writes it as CSV and as a
// picture.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "coupled_variance_picture.hpp"
#include <CLI/CLI.hpp>

#include <variad/dsl/inference/gradient_sample.hpp>
#include <variad/variad.hpp>

namespace experiment {

using namespace variad;
using namespace variad::internals;

struct settings {
  std::string train, from, out = "coupled_variance.csv", picture = "coupled_variance.svg";
  std::size_t steps = 5000, repeats = 200;
  std::uint64_t seed = 1;
};

/// The sum over the encoder's parameters of the variance of their gradients, on one batch of 100.
template <class Inference, class Source>
double variance(Inference vi, const Source& at, const loaded_data<float>& batch,
                std::size_t repeats) {
  for (const auto& info : at.parameter_table())
    vi.set_parameter(info.name, at.parameter(info.name));
  return take_gradients(vi.programs(), batch, repeats, 1).variance();
}

template <int C>
void rows_of(const settings& s, std::ofstream& csv) {
  using vae = models::categorical_vae<C>;
  constexpr int merged = C * (C - 1) / 2 + 1;
  const auto images = idx(s.train).first(50000);
  auto trained = infer<elbo<C>>(vae::model(), vae::guide(score_function(leave_one_out)));
  trained.initialise(s.seed);
  const auto batch = trained.load(data(vae::x = images.first(100).binarized(s.seed)));
  const auto line = [&](const char* when, const char* name, int evaluations, double v) {
    std::printf("%-10d %-16s %-16s %11d %14.4g\n", C, when, name, evaluations, v);
    std::fflush(stdout);
    csv << C << ',' << when << ',' << name << ',' << evaluations << ',' << v << std::endl;
  };
  const auto measure = [&](const char* when) {
    const auto by = [&]<class Objective>(Objective, const auto& estimator) {
      return variance(infer<Objective>(vae::model(), vae::guide(estimator)), trained, batch,
                      s.repeats);
    };
    line(when, "ars", C, by(elbo<1>{}, ars{}));
    line(when, "ars_plus", C, by(elbo<1>{}, ars_plus{}));
    line(when, "leave_one_out", C, by(elbo<C>{}, score_function(leave_one_out)));
    line(when, "arsm", merged, by(elbo<1>{}, arsm{}));
    line(when, "arsm_plus", merged, by(elbo<1>{}, arsm_plus{}));
    if constexpr (merged != C)
      line(when, "leave_one_out", merged, by(elbo<merged>{}, score_function(leave_one_out)));
  };
  measure("initial");
  trained.fit(data(vae::x = images.binarized_each_epoch()), {.epochs = s.steps / 500 + 1,
                                                             .optimizer = adam{1e-4},
                                                             .seed = s.seed,
                                                             .progress = false,
                                                             .max_steps = s.steps});
  measure("trained");
}

void measure_all(const settings& s) {
  std::ofstream csv(s.out);
  csv << variance_columns << '\n';
  std::printf("%-10s %-16s %-16s %11s %14s\n", "categories", "parameters", "estimator",
              "evaluations", "variance");
  rows_of<2>(s, csv);
  rows_of<3>(s, csv);
  rows_of<5>(s, csv);
  rows_of<10>(s, csv);
}

}  // namespace experiment

int main(int argc, char** argv) try {
  using namespace experiment;
  settings s;
  CLI::App app{"Gradient variance of the coupled estimators"};
  app.option_defaults()->always_capture_default();
  auto* const input = app.add_option_group("input")->require_option(1);
  input->add_option("--train", s.train, "train-images-idx3-ubyte.gz")->check(CLI::ExistingFile);
  input->add_option("--from", s.from, "CSV of a run: draws it, and measures nothing")
      ->check(CLI::ExistingFile);
  app.add_option("--out", s.out, "CSV");
  app.add_option("--picture", s.picture, "SVG");
  app.add_option("--steps", s.steps, "of training by leave-one-out, batch 100, Adam 1e-4");
  app.add_option("--repeats", s.repeats, "gradients of one batch");
  app.add_option("--seed", s.seed);
  CLI11_PARSE(app, argc, argv);
  if (s.from.empty()) measure_all(s);
  draw_variances(s.from.empty() ? s.out : s.from, s.picture);
} catch (const variad::error& e) {
  std::cerr << "coupled_variance: " << e.what() << '\n';
  return 1;
}
