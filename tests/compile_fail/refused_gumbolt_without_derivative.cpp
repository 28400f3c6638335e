// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::gumbolt, variad::named<'z', '1'>
// expect: "a function without a"
// expect: "derivative stands between the"
// expect: "draw and the objective"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z1 = latent<"z1", 2>;
inline constexpr auto z2 = latent<"z2", 2>;
struct round_event {
  template <class T>
  void operator()(std::span<const T> in, std::span<T> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::round(in[i]);
  }
};
struct pass_event {
  template <class T>
  void operator()(std::span<const T>, std::span<const T> adjoint, std::span<T> to) const {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += adjoint[i];
  }
};
constexpr round_event rounded{};
constexpr pass_event passed{};
constexpr auto q = guide(plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)).by(gumbolt{}),
                                      z2 = ~bernoulli(logits = dense<2>(x))));
#ifdef VARIAD_FIXED
constexpr auto p =
    model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(),
                       x = ~bernoulli(logits = dense<6>(function<2>(rounded, passed, z1)))));
#else
constexpr auto p = model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(),
                                      x = ~bernoulli(logits = dense<6>(function<2>(rounded, z1)))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
