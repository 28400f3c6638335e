#include "roofline.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "stopwatch.hpp"

#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/math/softplus_of_exponentials.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/random/random.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace steps {
namespace {

using namespace variad;
using buffer = aligned_buffer<float>;

/// Values of a pass: they and what is written fit into the second cache.
constexpr std::size_t values = 1 << 14;

/// The shortest of some runs of f: what the machine can do.
template <class F>
double best_ms(F&& f) {
  double best = milliseconds_of(f);
  double total = best;
  for (int i = 0; i < 200 && (i < 10 || total < 100); ++i) {
    const double ms = milliseconds_of(f);
    best = std::min(best, ms);
    total += ms;
  }
  return best;
}

/// A pass over registers: f of one of them.
template <class F>
double pass_ms(const buffer& in, buffer& out, F&& f) {
  return best_ms([&] {
    for_each_vector<float>(values, [&]<class V>(std::size_t i) {
      store(out.data() + i, V(f(load_as<V>(in.data() + i))));
    });
  });
}

double adam_ms() {
  // As large as a model: parameters do not stay in the cache from step to step.
  constexpr std::size_t parameters = 20 * values;
  buffer weights(parameters), gradient(parameters);
  const optimizer how = adam{1e-3};
  optimizer_state<float> state(how, parameters);
  return best_ms([&] { apply(how, state, weights.span(), gradient.span()); }) / 20;
}

double factor_ms(const buffer& in) {
  constexpr std::size_t n = 784, rows = 9;
  const std::vector<const float*> row(rows, in.data());
  std::array<float, rows> sums{};
  return best_ms([&] { softplus_of_exponentials<float>(in.data(), row, n, sums.data()); }) *
         static_cast<double>(values) / (n * rows);
}

double measure(function f) {
  const flush_denormals flush;
  buffer in(values), out(values);
  fill_uniform(stream_key{1, 2}, in.data(), values);
  const auto draw = [&](auto&& fill) {
    std::uint32_t d = 0;
    return best_ms([&] { fill(d++); });
  };
  switch (f) {
    case function::add:
      return best_ms([&] {
        // Eight sums, so that none waits for the addition before.
        std::array<batch<float>, 8> sum;
        sum.fill(batch<float>(0.0f));
        for (std::size_t i = 0; i < values; i += 8 * lanes<float>)
          for (std::size_t v = 0; v < 8; ++v) sum[v] += load(in.data() + i + v * lanes<float>);
        for (std::size_t v = 0; v < 8; ++v) store(out.data() + v * lanes<float>, sum[v]);
      });
    case function::exponential:
      return pass_ms(in, out, [](const auto& x) { return math::exp(x); });
    case function::log_likelihood:
      return pass_ms(in, out, [](const auto& x) { return math::softplus(x) + math::sigmoid(x); });
    case function::tanh:
      return pass_ms(in, out, [](const auto& x) { return math::tanh(x); });
    case function::factor:
      return factor_ms(in);
    case function::uniform:
      return draw([&](std::uint32_t d) { fill_uniform({1, 2}, out.data(), values, d); });
    case function::gumbel:
      return draw([&](std::uint32_t d) { fill_gumbel({1, 2}, out.data(), values, d); });
    case function::normal:
      return draw([&](std::uint32_t d) { fill_normal({1, 2}, out.data(), values, d); });
    case function::logistic:
      return draw([&](std::uint32_t d) {
               fill_logistic({1, 2}, out.data(), values, d);
             }) +
             pass_ms(in, out, [](const auto& x) { return math::sigmoid(x); });
    case function::adam:
      return adam_ms();
  }
  return 0;
}

}  // namespace

double roofline::product_ms(const product& p) {
  const auto [at, added] = products_.try_emplace({p.m, p.n, p.k}, 0.0);
  if (added) {
    buffer a(p.m * p.k), b(p.k * p.n), c(p.m * p.n);
    const auto of = [&](std::size_t m, std::size_t k) {
      return best_ms([&] {
        gemm<float>(false, false, m, p.n, k, 1, a.data(), p.k, b.data(), p.n, 0, c.data(), p.n);
      });
    };
    at->second = std::min({of(p.m, p.k), 2 * of(p.m / 2, p.k), 2 * of(p.m, p.k / 2)});
  }
  return at->second;
}

double roofline::nanoseconds(function f) {
  const auto [at, added] = rates_.try_emplace(f, 0.0);
  if (added) at->second = 1e6 * measure(f) / static_cast<double>(values);
  return at->second;
}

double roofline::products_ms(const work& w) {
  double total = 0;
  for (const product& p : w.products) total += p.times * product_ms(p);
  return total;
}

double roofline::milliseconds(const work& w) {
  double total = products_ms(w);
  for (const pass& p : w.passes) total += 1e-6 * p.values * nanoseconds(p.what);
  return total;
}

}  // namespace steps
