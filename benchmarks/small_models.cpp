// Microseconds for a gradient of models of few numbers, in double with mean_field on one thread, by
// the number of replicates: eight schools (Rubin 1981), non-centred, and a regression of 434 rows
// on an intercept and two covariates, which are made up. README.md says where the time goes.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

struct settings {
  double seconds = 2;
  std::string only;
  int replicates = 0;
};

/// Where tau is the exponential of a normal variable: families on the half-line have no mean_field.
struct eight_schools {
  static constexpr const char* name = "eight schools";
  static constexpr auto mu = latent<"mu">;
  static constexpr auto log_tau = latent<"log_tau">;
  static constexpr auto eta = latent<"eta">;
  static constexpr auto sigma = given<"sigma">;
  static constexpr auto y = observed<"y">;
  static constexpr auto p =
      model(mu = ~normal(0, 5), log_tau = ~normal(1, 1),
            plate<"school", 8>(eta = ~normal(0, 1), y = ~normal(mu + exp(log_tau) * eta, sigma)));
  static constexpr std::size_t rows = 8;
  static auto made_up() {
    return data(y = array<double>{28, 8, -3, 7, -1, 1, 18, 12},
                sigma = array<double>{15, 10, 16, 11, 9, 11, 10, 18});
  }
};

struct regression {
  static constexpr const char* name = "regression, 434 rows";
  static constexpr auto w = latent<"w", 3>;
  static constexpr auto log_noise = latent<"log_noise">;
  static constexpr auto x = given<"x", 3>;
  static constexpr auto y = observed<"y">;
  static constexpr auto p = model(w = ~normal(0, 10), log_noise = ~normal(0, 2),
                                  plate<"row">(y = ~normal(matmul(x, w), exp(log_noise))));
  static constexpr std::size_t rows = 434;
  static auto made_up() {
    std::mt19937 engine(7);
    std::normal_distribution<double> normal;
    auto covariates = array<double>::from_shape({rows, 3});
    auto answers = array<double>::from_shape({rows});
    for (std::size_t r = 0; r < rows; ++r) {
      covariates(r, 0) = 1;
      covariates(r, 1) = static_cast<double>(r % 5 > 0);
      covariates(r, 2) = normal(engine);
      answers(r) = 0.5 + 0.7 * covariates(r, 1) + 0.9 * covariates(r, 2) + normal(engine);
    }
    return data(x = covariates, y = answers);
  }
};

template <class Model, class Objective>
void measure(const settings& s, int replicates) {
  using clock = std::chrono::steady_clock;
  if (s.replicates != 0 && s.replicates != replicates) return;
  if (!s.only.empty() && std::string_view(Model::name).find(s.only) == std::string_view::npos)
    return;
  auto vi = infer<Objective, double>(Model::p, mean_field(Model::p));
  vi.use_threads(1);
  const auto loaded = vi.load(Model::made_up());
  std::vector<std::uint32_t> rows(Model::rows);
  std::iota(rows.begin(), rows.end(), 0u);
  constexpr std::size_t in_turn = 200;
  std::vector<double> microseconds;
  std::uint64_t step = 0;
  const clock::time_point start = clock::now();
  do {
    const clock::time_point begin = clock::now();
    for (std::size_t i = 0; i < in_turn; ++i)
      vi.gradient(loaded, rows, {.seed = 1, .step = ++step});
    const std::chrono::duration<double, std::micro> took = clock::now() - begin;
    microseconds.push_back(took.count() / static_cast<double>(in_turn));
  } while (clock::now() - start < std::chrono::duration<double>(s.seconds));
  std::sort(microseconds.begin(), microseconds.end());
  double square = 0;
  vi.gradient(loaded, rows, {.seed = 1, .step = 1});
  for (const double g : vi.gradient()) square += g * g;
  std::printf("%-22s %10d %10.2f %10.2f %16.9g\n", Model::name, replicates,
              microseconds[microseconds.size() / 2], microseconds.front(), std::sqrt(square));
  std::fflush(stdout);
}

}  // namespace experiment

int main(int argc, char** argv) try {
  using namespace experiment;
  settings s;
  CLI::App app{"Microseconds for a gradient of small models"};
  app.option_defaults()->always_capture_default();
  app.add_option("--seconds", s.seconds, "Seconds for each figure")->check(CLI::PositiveNumber);
  app.add_option("--only", s.only, "Models whose name has this");
  app.add_option("--replicates", s.replicates, "1 or 16 of them; 0 stands for both");
  CLI11_PARSE(app, argc, argv);
  std::printf("%-22s %10s %10s %10s %16s\n", "model", "replicates", "us, med.", "fastest",
              "norm at step 1");
  measure<eight_schools, elbo<1>>(s, 1);
  measure<eight_schools, elbo<16>>(s, 16);
  measure<regression, elbo<1>>(s, 1);
  measure<regression, elbo<16>>(s, 16);
} catch (const std::exception& e) {
  std::cerr << "small_models: " << e.what() << '\n';
  return 1;
}
