#include "program_trainee.hpp"
#include "programs.hpp"

namespace steps::variad_programs {
namespace {

using namespace ::variad;

constexpr auto x = observed<"x", 784>;
constexpr auto z = latent<"z", 20>;
constexpr auto h = quantity<"h">;

constexpr auto hidden_layers(const auto& input) {
  return tanh(dense<200>(tanh(dense<200>(input))));
}

constexpr auto p =
    model(plate<"image">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<784>(hidden_layers(z)))));

constexpr auto q = guide(plate<"image">(
    h = hidden_layers(x), z = ~normal(mean = dense<20>(h), scale = exp(dense<20>(h)))));

}  // namespace

std::unique_ptr<trainee> gaussian_vae_20(const images& images, unsigned threads) {
  return make_trainee(infer<elbo<1>>(p, q), data(x = to_array(images)), threads);
}

}  // namespace steps::variad_programs
