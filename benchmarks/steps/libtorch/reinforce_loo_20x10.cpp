#include "bernoulli.hpp"
#include "categorical.hpp"
#include "layers.hpp"

namespace steps::libtorch {

namespace {

constexpr std::int64_t samples = 10;

class reinforce_vae : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 private:
  static Tensor hidden(const dense& layer, const Tensor& x) {
    Tensor y = layer(x);
    return at::leaky_relu_(y, 0.2);
  }

  /// One-hot columns [samples, rows, categories, variables], by the inverse distribution function.
  static Tensor draw(const Tensor& log_probabilities) {
    Tensor below = log_probabilities.exp().cumsum_(1);
    below.select(1, categories - 1).fill_(1);
    Tensor z = torch::empty({samples, rows, categories, variables});
    at::gt_out(z, below, torch::rand({samples, rows, 1, variables}));
    const Tensor before = z.narrow(2, 0, categories - 1).clone();
    z.narrow(2, 1, categories - 1).sub_(before);
    return z;
  }

  outcome evaluate(const Tensor& x) override {
    const Tensor log_probabilities = encoder3_(hidden(encoder2_, hidden(encoder1_, x)))
                                         .view({rows, categories, variables})
                                         .log_softmax(1);
    const Tensor z = draw(log_probabilities.detach());
    const Tensor decoded =
        decoder3_(hidden(decoder2_, hidden(decoder1_, z.view({samples * rows, values}))));
    const Tensor likelihood = bernoulli_log_likelihood(x, decoded).view({samples, rows});
    const Tensor bound = likelihood.mean() - divergence_from_uniform(log_probabilities);

    // Σ_s (f_s − mean of the others) ∂ log q(z_s) / samples, as the adjoint of log q.
    const Tensor f = likelihood.detach();
    const Tensor advantage = (f - f.mean(0)).div_(static_cast<double>((samples - 1) * rows));
    const Tensor score =
        at::bmm(advantage.t().unsqueeze(1), z.view({samples, rows, values}).transpose(0, 1))
            .view({rows, categories, variables});
    return {-bound - (score * log_probabilities).sum(), bound.item<double>()};
  }

  dense encoder1_{parameters, pixels, 512}, encoder2_{parameters, 512, 256},
      encoder3_{parameters, 256, values};
  dense decoder1_{parameters, values, 256}, decoder2_{parameters, 256, 512},
      decoder3_{parameters, 512, pixels};
};

}  // namespace

std::unique_ptr<trainee> reinforce_loo_20x10(const images& data, unsigned threads) {
  return make<reinforce_vae>(data, threads);
}

}  // namespace steps::libtorch
