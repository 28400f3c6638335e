// Rows of a table or of a plate by integers in the data, beside the one-hot way: milliseconds of a
// step of each, the largest difference of their gradients from one written out here, for as many
// groups as the one-hot rows fit in memory, and for a million rows and ten thousand groups in whole
// batches. RESULTS.md holds the figures.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <variad/variad.hpp>

namespace {

using namespace variad;

constexpr auto y = observed<"y">;
constexpr auto county = given<"county">;
constexpr auto a = latent<"a">;
constexpr double scale = 0.7, width = 0.3, spread = 0.5;

/// log N(y | a, scale) of normal a, whose mean is a parameter of each group.
struct problem {
  std::vector<double> y;
  std::vector<std::uint32_t> group;
  std::size_t groups;
};

problem make_problem(std::size_t rows, std::size_t groups) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise;
  problem p{std::vector<double>(rows), std::vector<std::uint32_t>(rows), groups};
  std::vector<double> centre(groups);
  for (double& c : centre) c = noise(random);
  for (std::size_t i = 0; i < rows; ++i) {
    p.group[i] = static_cast<std::uint32_t>(random() % groups);
    p.y[i] = centre[p.group[i]] + scale * noise(random);
  }
  return p;
}

/// The gradient of the mean over all rows of log N(y | table[group], scale), of rows `batch`, at a
/// table of zeros.
std::vector<double> by_hand(const problem& p, const std::vector<std::uint32_t>& batch) {
  std::vector<double> out(p.groups, 0.0);
  for (const std::uint32_t r : batch)
    out[p.group[r]] += p.y[r] / (scale * scale) / static_cast<double>(batch.size());
  return out;
}

template <class Inference>
double milliseconds_of_step(Inference& vi, const loaded_data<float>& data,
                            const std::vector<std::uint32_t>& batch) {
  std::vector<double> all;
  for (std::uint64_t step = 1; step <= 15; ++step) {
    const auto begin = std::chrono::steady_clock::now();
    vi.gradient(data, batch, {.step = step});
    all.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

/// The largest difference of the gradient of a table, which stands first among the parameters, from
/// that by hand, over the largest of its numbers.
double difference(std::span<const float> found, const std::vector<double>& expected) {
  double most = 0, size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(found[i]) - expected[i]));
    size = std::max(size, std::abs(expected[i]));
  }
  return most / size;
}

template <class Inference>
void report(const char* how, Inference vi, const problem& p, const loaded_data<float>& data,
            const std::vector<std::uint32_t>& batch, bool compares) {
  vi.gradient(data, batch);
  for (const parameter_info& info : vi.parameter_table()) {
    array<float> zeros = vi.parameter(info.name);
    zeros.fill(0);
    vi.set_parameter(info.name, zeros);
  }
  vi.gradient(data, batch);
  char error[16] = "-";
  if (compares)
    std::snprintf(error, sizeof error, "%.1e", difference(vi.gradient(), by_hand(p, batch)));
  std::printf("| %9zu | %7zu | %9zu | %-22s | %9.3f | %s |\n", p.y.size(), p.groups, batch.size(),
              how, milliseconds_of_step(vi, data, batch), error);
  std::fflush(stdout);
}

std::vector<std::uint32_t> first_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

template <int Groups>
void compare(std::size_t rows, std::size_t batch, bool one_hot_too) {
  const problem p = make_problem(rows, Groups);
  const auto batch_rows = first_rows(batch);
  const auto table =
      model(plate<"row">(y = ~normal(take(param<Groups>(constant(0)), county), scale)));
  const auto bound = data(y = p.y, county = p.group);
  {
    auto vi = infer<elbo<1>>(table, guide());
    const auto loaded = vi.load(bound);
    report("take(param, county)", std::move(vi), p, loaded, batch_rows, true);
  }
  if (one_hot_too) {
    auto vi = infer<elbo<1>>(
        model(plate<"row">(
            y = ~normal(matmul(one_hot<Groups>(county), param<Groups>(constant(0))), scale))),
        guide());
    const auto loaded = vi.load(bound);
    report("matmul(one_hot, param)", std::move(vi), p, loaded, batch_rows, true);
  }
  auto vi = infer<elbo<1>>(model(plate<"county">(a = ~normal(0, spread)),
                                 plate<"row">(y = ~normal(take(a, county), scale))),
                           guide(plate<"county">(a = ~normal(row_param<>(), width))));
  const auto loaded = vi.load(data(y = p.y, county = p.group, groups<"county">(Groups)));
  report("take(latent, county)", std::move(vi), p, loaded, batch_rows, false);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Rows by integers in the data, beside one-hot rows"};
  CLI11_PARSE(app, argc, argv);
  std::printf("|      rows |  groups |     batch | how                    |   ms/step | error |\n");
  std::printf("| --------: | ------: | --------: | ---------------------- | --------: | ----: |\n");
  compare<100>(100'000, 1000, true);
  compare<10'000>(1'000'000, 1000, true);
  compare<10'000>(1'000'000, 1'000'000, false);
}
