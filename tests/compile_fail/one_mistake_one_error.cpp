// expect: add `name = ~family(...)` to guide(...)
// expect: latent_without_guide<variad::named<'w'>
// limit: 3000
// lines: 10
#include <iostream>

#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
inline constexpr auto w = latent<"w">;
constexpr auto p = model(w = ~normal(0, 1), plate<"row">(z = ~categorical<3>(uniform),
                                                         x = ~bernoulli(logits = dense<6>(z) + w)));
#ifdef VARIAD_FIXED
constexpr auto q =
    guide(w = ~normal(param<>(), 1), plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
#else
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
#endif
}  // namespace wrong

// Whatever is done with what infer returns, its mistake is the only error.
int main() {
  using namespace variad;
  auto vi = infer<elbo<1>>(wrong::p, wrong::q);
  const auto rows = data(wrong::x = array<float>{});
  static_assert(vi.estimator<"z">() == "local_expectation" || vi.estimator<"z">() != "");
  std::cout << vi.plan();
  vi.initialise(1);
  vi.fit(rows, {.epochs = 1, .optimizer = adam{1e-3}});
  vi.fit(rows, rows, {.epochs = 1, .patience = 3});
  const std::vector<std::uint32_t> batch{0, 1};
  vi.gradient(vi.load(rows), batch);
  vi.step(vi.load(rows), batch, adam{1e-3}, {.step = 3});
  const auto bound = vi.bound(rows, samples(10));
  std::cout << bound << bound.total() << vi.summary(rows) << vi.summary<"z">(rows).mean(0);
  array<float> values = vi.posterior<"z">(rows, samples(3));
  values = vi.probabilities<"z">(rows);
  values = vi.predict<"x">(rows);
  values = vi.generate<"x">(3);
  values = vi.sample<"x">(3, 1);
  values = vi.sample<"x">(rows, samples(2));
  vi.set_parameter("q.z.dense0.bias", vi.parameter("q.z.dense0.bias"));
  vi.load_checkpoint("model.safetensors");
}
