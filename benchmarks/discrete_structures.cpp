// Discrete VAEs with linear layers of other structures than Figure 2 has, of "Direct optimization
// through arg max for discrete variational auto-encoder" (2019): one variable of 2^n categories
// beside n bits (§6.1), by direct argmax and by two exact gradients, and one variable of 20 to 50
// categories by direct argmax and Gumbel-Softmax (supplement, Figure 1). The bound of the test
// images, latents drawn hard; a row goes on from its checkpoint if stopped. RESULTS.md holds the
// figures.
#include <string>

#include "table_of_runs.hpp"

#include <variad/runtime/data/idx.hpp>
#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

struct settings : table_settings {
  std::size_t epochs = 100, rows = 50000;
  double epsilon = 0.1;
};

template <int N, int K, class Estimator>
void run(const settings& s, const std::string& method, const Estimator& estimator) {
  using vae = models::discrete_vae<N, K>;
  const std::string structure = std::to_string(N) + "x" + std::to_string(K);
  const std::string name = structure + "_" + method;
  const results_file results(s.out + "/discrete_structures.csv", "test_bound,epochs,minutes");
  if (!(s.wants(name) || s.wants(structure)) || results.has(name, s.seed)) return;
  auto vi = infer<elbo<1>>(vae::model(), vae::guide(estimator));
  const double minutes =
      train_row(vi, data(vae::x = idx(s.train).rounded().first(s.rows)), s.options(name), s.epochs);
  const double bound = vi.bound(data(vae::x = idx(s.test).rounded()), samples(2)).value;
  results.add(name, s.seed, {-bound, static_cast<double>(s.epochs), minutes});
}

template <int N, int K>
void run_by_exact_gradients_too(const settings& s) {
  run<N, K>(s, "direct", direct_argmax{s.epsilon});
  run<N, K>(s, "local_expectation", local_expectation{});
  run<N, K>(s, "enumerate", enumerate{});
}
template <int K>
void run_categories(const settings& s) {
  run<1, K>(s, "direct", direct_argmax{s.epsilon});
  run<1, K>(s, "gumbel_softmax", gumbel_softmax{});
}

}  // namespace experiment

int main(int argc, char** argv) {
  using namespace experiment;
  settings s;
  CLI::App app{"Discrete VAEs of other structures"};
  s.add_options(app);
  app.add_option("--epochs", s.epochs);
  app.add_option("--first", s.rows, "Training images, the first ones of the file");
  app.add_option("--epsilon", s.epsilon, "of direct argmax");
  CLI11_PARSE(app, argc, argv);
  run_by_exact_gradients_too<1, 8>(s);
  run_by_exact_gradients_too<3, 2>(s);
  run_by_exact_gradients_too<1, 64>(s);
  run_by_exact_gradients_too<6, 2>(s);
  run_categories<20>(s);
  run_categories<30>(s);
  run_categories<40>(s);
  run_categories<50>(s);
}
