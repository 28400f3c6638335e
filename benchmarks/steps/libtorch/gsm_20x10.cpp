#include "bernoulli.hpp"
#include "linear_vae.hpp"

namespace steps::libtorch {

namespace {

class gsm_vae : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 private:
  static constexpr double tau = 0.5;

  outcome evaluate(const Tensor& x) override {
    const Tensor logits = vae_.logits(x);
    const Tensor relaxed = gumbel_noise().add_(logits).mul_(1 / tau).softmax(1);
    const Tensor bound = bernoulli_log_likelihood(x, vae_.decode(relaxed)).mean() -
                         divergence_from_uniform(logits.log_softmax(1));
    return {-bound, bound.item<double>()};
  }

  linear_vae vae_{parameters};
};

}  // namespace

std::unique_ptr<trainee> gsm_20x10(const images& data, unsigned threads) {
  return make<gsm_vae>(data, threads);
}

}  // namespace steps::libtorch
