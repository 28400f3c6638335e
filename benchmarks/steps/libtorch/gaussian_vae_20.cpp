#include "bernoulli.hpp"
#include "layers.hpp"

namespace steps::libtorch {

namespace {

constexpr std::int64_t units = 200, latents = 20;

class gaussian_vae : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 private:
  outcome evaluate(const Tensor& x) override {
    const Tensor h = torch::tanh(encoder2_(torch::tanh(encoder1_(x))));
    const Tensor mean = mean_(h), log_scale = log_scale_(h), scale = log_scale.exp();
    const Tensor z = torch::addcmul(mean, scale, torch::randn({rows, latents}));
    const Tensor decoded = decoder3_(torch::tanh(decoder2_(torch::tanh(decoder1_(z)))));
    const Tensor divergence =
        ((mean * mean + scale * scale - 1) * 0.5 - log_scale).sum() / static_cast<double>(rows);
    const Tensor bound = bernoulli_log_likelihood(x, decoded).mean() - divergence;
    return {-bound, bound.item<double>()};
  }

  dense encoder1_{parameters, pixels, units}, encoder2_{parameters, units, units},
      mean_{parameters, units, latents}, log_scale_{parameters, units, latents};
  dense decoder1_{parameters, latents, units}, decoder2_{parameters, units, units},
      decoder3_{parameters, units, pixels};
};

}  // namespace

std::unique_ptr<trainee> gaussian_vae_20(const images& data, unsigned threads) {
  return make<gaussian_vae>(data, threads);
}

}  // namespace steps::libtorch
