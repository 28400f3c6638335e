#include "program_trainee.hpp"
#include "programs.hpp"

namespace steps::variad_programs {
namespace {

using namespace ::variad;

constexpr auto z1 = latent<"z1", 200>;
constexpr auto z2 = latent<"z2", 200>;

// A machine and its factorial guide: there is little to do besides the chains.
constexpr auto p = model(joint(z1, z2) = ~restricted_boltzmann({.sweeps = 200, .log_z_every = 0}));
constexpr auto q =
    guide(z1 = ~bernoulli(logits = param<200>()), z2 = ~bernoulli(logits = param<200>()));

}  // namespace

std::unique_ptr<trainee> rbm_gibbs(const images&, unsigned threads) {
  return make_trainee(infer<elbo<1>>(p, q), data(), threads);
}

}  // namespace steps::variad_programs
