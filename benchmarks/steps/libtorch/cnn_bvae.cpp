#include <cmath>

#include "bernoulli.hpp"
#include "layers.hpp"
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>

namespace steps::libtorch {

namespace {

constexpr std::int64_t samples = 5, bits = 50;

/// Weights [first, second, 3, 3] of a layer from `in` to `out` channels.
struct kernel {
  Tensor weight, bias;
  kernel(parameter_list& parameters, std::int64_t in, std::int64_t out, bool transposed) {
    const double limit = std::sqrt(6.0 / static_cast<double>(9 * (in + out)));
    const std::int64_t first = transposed ? in : out, second = transposed ? out : in;
    weight = parameters.add(torch::empty({first, second, 3, 3})
                                .uniform_(-limit, limit)
                                .contiguous(at::MemoryFormat::ChannelsLast));
    bias = parameters.add(torch::zeros({out}));
  }
};

class cnn_vae : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 private:
  static Tensor down(const kernel& k, const Tensor& x) {
    return at::conv2d(x, k.weight, k.bias, 2, 1).relu_();
  }
  static Tensor up(const kernel& k, const Tensor& x, std::int64_t padding) {
    return at::conv_transpose2d(x, k.weight, k.bias, 2, padding, padding);
  }

  outcome evaluate(const Tensor& images) override {
    const Tensor x = images.view({rows, 1, 28, 28});
    const Tensor features = down(encoder3_, down(encoder2_, down(encoder1_, x)));
    const Tensor logits = posterior_(features.reshape({rows, 2048}));
    const Tensor q = logits.sigmoid();
    const Tensor z = torch::rand({samples, rows, bits}).lt(q.detach()).to(torch::kFloat);

    const Tensor pixel = pixel_(z.view({samples * rows, bits})).relu_().view({-1, bits, 1, 1});
    const Tensor decoded =
        up(decoder4_,
           up(decoder3_, up(decoder2_, up(decoder1_, pixel, 0).relu_(), 0).relu_(), 1).relu_(), 1);
    const Tensor likelihood =
        bernoulli_log_likelihood(images, decoded.reshape({samples * rows, pixels}))
            .view({samples, rows});
    const Tensor divergence = (q * logits - torch::softplus(logits)).sum(1) + bits * std::log(2.0);
    const Tensor bound = likelihood.mean() - divergence.mean();

    // Σ_s (f_s − mean of the others) ∂ log q(z_s) / samples.
    const Tensor f = likelihood.detach();
    const Tensor advantage = (f - f.mean(0)).div_(static_cast<double>((samples - 1) * rows));
    const Tensor score = (advantage.unsqueeze(2) * (z - q.detach())).sum(0);
    return {-bound - (score * logits).sum(), bound.item<double>()};
  }

  kernel encoder1_{parameters, 1, 32, false}, encoder2_{parameters, 32, 64, false},
      encoder3_{parameters, 64, 128, false};
  dense posterior_{parameters, 2048, bits}, pixel_{parameters, bits, bits};
  kernel decoder1_{parameters, bits, 64, true}, decoder2_{parameters, 64, 64, true},
      decoder3_{parameters, 64, 32, true}, decoder4_{parameters, 32, 1, true};
};

}  // namespace

std::unique_ptr<trainee> cnn_bvae(const images& data, unsigned threads) {
  return make<cnn_vae>(data, threads);
}

}  // namespace steps::libtorch
