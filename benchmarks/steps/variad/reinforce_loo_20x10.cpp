#include "program_trainee.hpp"
#include "programs.hpp"

namespace steps::variad_programs {
namespace {

using namespace ::variad;

constexpr auto x = observed<"x", 784>;
constexpr auto z = latent<"z", 20>;

template <int Units>
constexpr auto hidden_layer(const auto& input) {
  return leaky_relu(dense<Units>(input), 0.2);
}

constexpr auto p = model(
    plate<"image">(z = ~categorical<10>(uniform),
                   x = ~bernoulli(logits = dense<784>(hidden_layer<512>(hidden_layer<256>(z))))));

constexpr auto q = guide(plate<"image">(
    z = ~categorical<10>(logits = dense<200>(hidden_layer<256>(hidden_layer<512>(x))))
             .by(score_function(leave_one_out))));

}  // namespace

std::unique_ptr<trainee> reinforce_loo_20x10(const images& images, unsigned threads) {
  return make_trainee(infer<elbo<10>>(p, q), data(x = to_array(images)), threads);
}

}  // namespace steps::variad_programs
