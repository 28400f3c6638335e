// The partial derivatives of elementwise ops, by rules of their own and derived: the table of
// benchmarks/RESULTS.md, as scripts/derivative-rules prints it. A rule of n partials is timed with
// n registers to store; `rule` is called by nothing else, so that its instructions can be counted.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <cxxabi.h>
#include <rules_by_hand.hpp>

namespace rules {

using namespace variad;
using namespace variad::internals;
using number = float;
using lane = batch<number>;

enum class way { own, derived };

template <class Op>
concept has_rule = requires(const Op& op, const std::array<lane, Op::elementwise_arity>& x) {
  op.derivative(x, x[0]);
};

template <way Way, class Op, std::size_t N>
[[gnu::always_inline]] inline std::array<lane, N> partials(const std::array<lane, N>& x,
                                                           const lane& y) {
  const Op op{};
  if constexpr (Way == way::derived) {
    return ops::derived_partials(op, x);
  } else if constexpr (has_rule<Op>) {
    return op.derivative(x, y);
  } else {
    return rules_by_hand::by_hand<Op>::partials(x, y);
  }
}

/// One register of each input and of the output, `in`, to one of each partial derivative.
template <way Way, class Op>
[[gnu::noinline, gnu::flatten]] void rule(const lane* in, lane* out) {
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    const auto d = partials<Way, Op>(std::array{in[I]...}, in[sizeof...(I)]);
    ((out[I] = d[I]), ...);
  }
  (std::make_index_sequence<Op::elementwise_arity>{});
}

constexpr std::size_t elements = 4096;

/// Nanoseconds for a register, the least of many passes over arrays in the nearest cache.
template <way Way, class Op>
[[gnu::noinline]] double nanoseconds() {
  constexpr std::size_t n = Op::elementwise_arity, registers = elements / lanes<number> / (2 * n);
  std::vector<lane> in(registers * (n + 1)), out(registers * n);
  for (std::size_t i = 0; i < in.size(); ++i)
    in[i] = lane(number(0.5) + number(i % 37) / number(40));
  double best = 1e30;
  for (int round = 0; round < 400; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (int again = 0; again < 20; ++again) {
      for (std::size_t r = 0; r < registers; ++r) {
        const lane* const from = in.data() + r * (n + 1);
        [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
          const auto d = partials<Way, Op>(std::array{from[I]...}, from[n]);
          ((out[r * n + I] = d[I]), ...);
        }
        (std::make_index_sequence<n>{});
      }
      asm volatile("" ::"r"(out.data()) : "memory");
    }
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    best = std::min(best, spent.count() / (20.0 * static_cast<double>(registers)));
  }
  return best;
}

/// An op and its kernels, by address: what is called once from main is not optimised.
struct entry {
  std::string_view called;
  const std::type_info& type;
  bool has_rule;
  double (*own)();
  double (*derived)();
  std::array<void (*)(const lane*, lane*), 2> counted;
};
template <class Op>
entry line(std::string_view called = Op::name) {
  return {called,
          typeid(Op),
          has_rule<Op>,
          &nanoseconds<way::own, Op>,
          &nanoseconds<way::derived, Op>,
          {&rule<way::own, Op>, &rule<way::derived, Op>}};
}

}  // namespace rules

/// A line an op for scripts/derivative-rules, which puts the instructions in, by the type's name.
int main() {
  using namespace rules;
  namespace f = variad::families;
  const entry entries[] = {
      line<ops::add>(),
      line<ops::subtract>(),
      line<ops::multiply>(),
      line<ops::divide>(),
      line<ops::negate>(),
      line<ops::square>(),
      line<ops::softplus>(),
      line<ops::relu>(),
      line<ops::leaky_relu>(),
      line<ops::select>(),
      line<f::normal::transformed>(),
      line<f::normal::log_prob>(),
      line<f::normal::entropy>(),
      line<kl_divergence<f::normal, f::normal>>(),
      line<f::laplace::log_prob>(),
      line<f::laplace::entropy>(),
      line<kl_divergence<f::laplace, f::laplace>>(),
      line<f::log_normal::transformed>(),
      line<f::log_normal::log_prob>(),
      line<f::log_normal::entropy>(),
      line<f::gamma::log_prob>(),
      line<kl_divergence<f::gamma, f::gamma>>(),
      line<ops::exp>(),
      line<ops::log>(),
      line<ops::sqrt>(),
      line<ops::tanh>(),
      line<ops::sigmoid>(),
      line<f::bernoulli::log_prob>(),
      line<f::bernoulli::entropy>(),
      line<kl_divergence<f::bernoulli, f::bernoulli>>(),
      line<f::bernoulli_by_probs::log_prob>("bernoulli.log_prob by probs"),
      line<f::bernoulli_by_probs::entropy>("bernoulli.entropy by probs"),
      line<kl_divergence<f::bernoulli_by_probs, f::bernoulli_by_probs>>("bernoulli.kl by probs"),
      line<kl_divergence<f::bernoulli_by_probs, f::bernoulli>>("bernoulli.kl, probs to logits"),
      line<kl_divergence<f::bernoulli, f::bernoulli_by_probs>>("bernoulli.kl, logits to probs"),
  };
  for (const entry& e : entries) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> type(
        abi::__cxa_demangle(e.type.name(), nullptr, nullptr, &status), &std::free);
    std::printf("%s;%s;%s;%.2f;%.2f\n", type.get(), std::string(e.called).c_str(),
                e.has_rule ? "own" : "derived", e.own(), e.derived());
  }
}
