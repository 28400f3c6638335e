// Milliseconds per training step of eight workloads: variad's, libtorch's for the same step on the
// same images, and those of the bare work on this machine, all in one run. They take turns, so that
// all see the same machine. RESULTS.md says what came out.

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stopwatch.hpp"
#include "suite.hpp"
#include <CLI/CLI.hpp>

#include <variad/runtime/data/source.hpp>

namespace steps {
namespace {

struct settings {
  std::string data = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";
  std::vector<std::string> only;
  std::vector<unsigned> threads{1, 2};
  double seconds = 6;
};

images read_images(const std::string& file) {
  const std::array<std::size_t, 1> event{images::width};
  variad::internals::column<float> x =
      variad::internals::load<float>(variad::idx(file).first(10000).rounded(), "x", event);
  return {std::move(x.values), x.rows};
}

struct measured {
  std::vector<double> ms;
  double bound = 0;  ///< after the last step
};

/// A turn of so many seconds: calls f, which returns the milliseconds that it took.
template <class F>
void take_turn(double seconds, F&& f) {
  // Threads that wait for the next product of another library spin for a while.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  double spent = 0;
  for (std::size_t n = 0; n < 3 || spent < 1000 * seconds; ++n) spent += f(n);
}

struct comparison {
  std::vector<measured> trainees;
  std::vector<double> products, bare;  ///< milliseconds of the bare work
};

/// Each trainee takes steps for its share of the seconds, turn by turn, and so does the bare work;
/// the first turn only warms up.
comparison take_turns(const workload& w, const images& data, unsigned threads, double seconds) {
  constexpr int turns = 6;
  std::vector<std::unique_ptr<trainee>> all;
  all.push_back(w.ours(data, threads));
  for (const auto& [how, make] : w.libtorch) all.push_back(make(data, threads));
  bare_work bare(w.least);
  comparison results{std::vector<measured>(all.size()), {}, {}};
  for (int turn = 0; turn <= turns; ++turn) {
    for (std::size_t i = 0; i < all.size(); ++i)
      take_turn(seconds / turns, [&](std::size_t n) {
        const std::size_t first = n % (data.rows / batch) * batch;
        measured& of = results.trainees[i];
        const double ms = milliseconds_of([&] { of.bound = all[i]->step(first); });
        if (turn > 0) of.ms.push_back(ms);
        return ms;
      });
    take_turn(seconds / turns, [&](std::size_t) {
      const bare_work::milliseconds ms = bare.run();
      if (turn > 0) {
        results.products.push_back(ms.products);
        results.bare.push_back(ms.all);
      }
      return ms.all;
    });
  }
  return results;
}

/// A number of a table, or none.
std::string cell(double value, int digits) {
  if (value <= 0) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

/// What stands beside the milliseconds of a trainee; zero where it is not known.
struct beside {
  double ratio = 0, products = 0, bare = 0;
};

void print_row(const std::string& name, unsigned threads, const std::string& by, const measured& m,
               const beside& b) {
  const double ms = median(m.ms);
  std::printf("| %-19s | %7u | %-21s | %8.2f | %5s | %7.2f | %8s | %8s | %5s | %8.1f |\n",
              name.c_str(), threads, by.c_str(), ms, cell(b.ratio, 2).c_str(),
              *std::min_element(m.ms.begin(), m.ms.end()), cell(b.products, 2).c_str(),
              cell(b.bare, 2).c_str(), cell(b.bare > 0 ? ms / b.bare : 0, 2).c_str(), m.bound);
  std::fflush(stdout);
}

void run(const settings& s) {
  const images data = read_images(s.data);
  std::puts(
      "| workload            | threads | by                    | ms, med. | ratio | fastest "
      "| products | roofline |  over | bound    |\n"
      "| ------------------- | ------: | --------------------- | -------: | ----: | ------: "
      "| -------: | -------: | ----: | -------: |");
  for (const workload& w : suite()) {
    if (!s.only.empty() && std::find(s.only.begin(), s.only.end(), w.name) == s.only.end())
      continue;
    double alone = 0;
    for (const unsigned threads : s.threads) {
      const comparison all = take_turns(w, data, threads, s.seconds);
      const double ours = median(all.trainees[0].ms);
      if (threads == 1) alone = ours;
      const double share = static_cast<double>(threads);
      print_row(
          w.name, threads, "variad", all.trainees[0],
          {alone > 0 ? alone / ours : 0, median(all.products) / share, median(all.bare) / share});
      for (std::size_t i = 1; i < all.trainees.size(); ++i) {
        const std::string& how = w.libtorch[i - 1].first;
        print_row(w.name, threads, how.empty() ? "libtorch" : "libtorch, " + how, all.trainees[i],
                  {.ratio = median(all.trainees[i].ms) / ours});
      }
    }
  }
  std::puts(
      "\nms: medians, but for the fastest step. ratio: of libtorch, how much longer it takes;\n"
      "of variad, how much longer one thread takes. products, roofline: the bare matrix\n"
      "products, and with the elementwise work, on one thread, divided by the threads. over: ms\n"
      "by the roofline. bound: in nats per image, after the last step; of rbm_gibbs and\n"
      "gumbolt_2layer_k20 libtorch's leaves out log Z.");
}

}  // namespace
}  // namespace steps

int main(int argc, char** argv) {
  steps::settings s;
  CLI::App app{"Milliseconds per training step, beside libtorch and the bare work"};
  app.add_option("--data", s.data, "images, an idx file (default: Fashion-MNIST)");
  app.add_option("--only", s.only, "workloads");
  app.add_option("--threads", s.threads, "numbers of threads (default: 1 2)");
  app.add_option("--seconds", s.seconds,
                 "seconds for each library and the bare work, workload and number of threads");
  CLI11_PARSE(app, argc, argv);
  try {
    steps::run(s);
  } catch (const std::exception& e) {
    std::cerr << "steps: " << e.what() << '\n';
    return 1;
  }
}
