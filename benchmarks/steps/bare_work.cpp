#include "bare_work.hpp"

#include <algorithm>
#include <array>

#include "stopwatch.hpp"

#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/math/softplus_of_exponentials.hpp>
#include <variad/runtime/random/random.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace steps {
namespace {

using namespace variad;
using namespace variad::internals;

/// Values of a pass at a time: they and what is written fit into the second cache.
constexpr std::size_t block = 1 << 14;
/// Rows of one call for the factors of a pixel's alternatives: all categories but the drawn one.
constexpr std::size_t factor_rows = 9;

std::size_t parameters(const work& w) {
  double count = 0;
  for (const pass& p : w.passes)
    if (p.what == function::adam) count += p.values;
  return static_cast<std::size_t>(count);
}

template <class F>
std::size_t largest(const work& w, F&& size) {
  std::size_t most = 1;
  for (const product& p : w.products) most = std::max(most, size(p));
  return most;
}

}  // namespace

bare_work::bare_work(const work& w)
    : passes_(w.passes),
      a_(largest(w, [](const product& p) { return p.m * p.k; })),
      b_(largest(w, [](const product& p) { return p.k * p.n; })),
      c_(largest(w, [](const product& p) { return p.m * p.n; })),
      in_(block),
      out_(block),
      weights_(parameters(w)),
      gradient_(parameters(w)),
      adam_state_(adam_.slots(), parameters(w)) {
  fill_uniform(stream_key{1, 2}, in_.data(), block);
  for (const product& p : w.products) choose(p);
}

void bare_work::multiply(const product& p) {
  gemm<float>(false, false, p.m, p.n, p.k, 1, a_.data(), p.k, b_.data(), p.n, 0, c_.data(), p.n);
}

void bare_work::choose(const product& p) {
  const std::array<std::vector<product>, 3> ways{std::vector{p},
                                                 std::vector(2, product{p.m / 2, p.n, p.k}),
                                                 std::vector(2, product{p.m, p.n, p.k / 2})};
  std::array<double, ways.size()> best;
  best.fill(1e9);
  for (int turn = 0; turn < 10; ++turn)
    for (std::size_t i = 0; i < ways.size(); ++i)
      best[i] = std::min(best[i], milliseconds_of([&] {
                           for (const product& part : ways[i]) multiply(part);
                         }));
  const auto chosen = std::min_element(best.begin(), best.end()) - best.begin();
  const std::vector<product>& way = ways[static_cast<std::size_t>(chosen)];
  products_.insert(products_.end(), way.begin(), way.end());
}

void bare_work::go_over(const pass& p) {
  const float* const in = in_.data();
  float* const out = out_.data();
  const auto each = [&](std::size_t n, auto&& f) {
    for_each_vector<float>(
        n, [&]<class V>(std::size_t i) { store(out + i, V(f(load_as<V>(in + i)))); });
  };
  const auto go = [&](std::size_t n) {
    switch (p.what) {
      case function::add: {
        // Eight sums, so that none waits for the addition before.
        std::array<batch<float>, 8> sum;
        sum.fill(batch<float>(0.0f));
        for (std::size_t i = 0; i + 8 * lanes<float> <= n; i += 8 * lanes<float>)
          for (std::size_t v = 0; v < 8; ++v) sum[v] += load(in + i + v * lanes<float>);
        for (std::size_t v = 0; v < 8; ++v) store(out + v * lanes<float>, sum[v]);
        return;
      }
      case function::exponential:
        return each(n, [](const auto& x) { return math::exp(x); });
      case function::log_likelihood:
        return each(n, [](const auto& x) { return math::softplus(x) + math::sigmoid(x); });
      case function::tanh:
        return each(n, [](const auto& x) { return math::tanh(x); });
      case function::factor: {
        std::array<const float*, factor_rows> rows;
        rows.fill(in);
        std::array<float, factor_rows> sums{};
        return softplus_of_exponentials<float>(in, rows, n / factor_rows, sums.data());
      }
      case function::uniform:
        return fill_uniform({1, 2}, out, n, draw_++);
      case function::gumbel:
        return fill_gumbel({1, 2}, out, n, draw_++);
      case function::normal:
        return fill_normal({1, 2}, out, n, draw_++);
      case function::logistic:
        fill_logistic({1, 2}, out, n, draw_++);
        return each(n, [](const auto& x) { return math::sigmoid(x); });
      case function::adam:
        return adam_.ascend(adam_state_, weights_.span(), gradient_.span());
    }
  };
  const auto values = static_cast<std::size_t>(p.values);
  // Parameters do not stay in the cache from step to step: all at once.
  const std::size_t most = p.what == function::adam     ? values
                           : p.what == function::factor ? factor_rows * 784
                                                        : block;
  for (std::size_t i = 0; i < values; i += most) go(std::min(most, values - i));
}

bare_work::milliseconds bare_work::run() {
  const flush_denormals flush;
  const double products = milliseconds_of([&] {
    for (const product& p : products_) multiply(p);
  });
  const double passes = milliseconds_of([&] {
    for (const pass& p : passes_) go_over(p);
  });
  return {products, products + passes};
}

}  // namespace steps
