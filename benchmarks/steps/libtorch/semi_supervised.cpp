#include <cmath>

#include "layers.hpp"

namespace steps::libtorch {

namespace {

constexpr std::int64_t classes = 10, latents = 20, half = rows / 2;

/// x·l − softplus(l), summed over pixels: [..., pixels] against images that broadcast.
Tensor log_likelihood(const Tensor& x, const Tensor& logits) {
  return (x * logits).sum(-1) - torch::softplus(logits).sum(-1);
}

/// A normal variable of [..., 2 · latents]: means, then logarithms of scales.
struct normal {
  Tensor mean, log_scale, scale;
  explicit normal(const Tensor& parameters)
      : mean(parameters.narrow(-1, 0, latents)),
        log_scale(parameters.narrow(-1, latents, latents)),
        scale(log_scale.exp()) {}
  /// KL from the standard normal, summed over the variables.
  [[nodiscard]] Tensor divergence() const {
    return ((mean * mean + scale * scale - 1) * 0.5 - log_scale).sum(-1);
  }
  [[nodiscard]] Tensor draw(const Tensor& noise) const {
    return torch::addcmul(mean, scale, noise);
  }
};

/// Even rows of the batch have a label, odd ones a class that is drawn. Layers of the style are run
/// for the class that a row has; for all classes of the unlabelled rows, their alternatives,
/// without gradients.
class semi_supervised_vae : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 private:
  static constexpr double epsilon = 0.1, classification = 10;

  outcome evaluate(const Tensor& images) override {
    const Tensor pairs = images.view({half, 2, pixels}), unlabelled = pairs.select(1, 1),
                 x = torch::cat({pairs.select(1, 0), unlabelled});
    const Tensor h = encoder2_(torch::relu(encoder1_(x)));
    const Tensor log_q = class2_(torch::relu(class1_(h))).log_softmax(1);
    const Tensor representations = representation_(h).view({rows * classes, 100});

    const Tensor log_q_drawn = log_q.narrow(0, half, half);
    const Tensor perturbed =
        torch::rand({half, classes}).log_().neg_().log_().neg_().add_(log_q_drawn.detach());
    const Tensor of_row = torch::cat({labels_, perturbed.argmax(1)});
    const Tensor kept = torch::rand({rows * classes, 66}).lt_(0.5).mul_(2);
    const Tensor noise = torch::randn({rows, latents});

    const Tensor chosen = first_ + of_row;
    const normal style(
        style_of(representations.index_select(0, chosen), kept.index_select(0, chosen)));
    const Tensor one_hot = torch::zeros({rows, classes}).scatter_(1, of_row.unsqueeze(1), 1.0);
    const Tensor z =
        (one_hot.unsqueeze(2) * style.draw(noise).unsqueeze(1)).view({rows, classes * latents});
    const Tensor decoded = decoder2_(torch::relu(decoder1_(z)));
    const Tensor bound =
        (log_likelihood(x, decoded).sum() - style.divergence().sum() -
         (log_q_drawn.exp() * log_q_drawn).sum() - static_cast<double>(rows) * std::log(classes)) /
        static_cast<double>(rows);
    const Tensor known = log_q.narrow(0, 0, half).gather(1, labels_.unsqueeze(1)).sum() *
                         (classification / static_cast<double>(rows));

    const Tensor direction =
        direction_of(perturbed, unlabelled, representations, kept, noise.narrow(0, half, half));
    return {-bound - known - (direction * log_q_drawn).sum(), bound.item<double>()};
  }

  Tensor style_of(const Tensor& representations, const Tensor& kept) const {
    return style2_(torch::relu(style1_(representations)) * kept);
  }

  Tensor direction_of(const Tensor& perturbed, const Tensor& x, const Tensor& representations,
                      const Tensor& kept, const Tensor& noise) const {
    const torch::NoGradGuard values_only;
    const std::int64_t first = half * classes;
    const normal style(
        style_of(representations.narrow(0, first, first), kept.narrow(0, first, first))
            .view({half, classes, 2 * latents}));
    // The rows of the decoder's weights that a class reads: a product for each class.
    const Tensor z = style.draw(noise.unsqueeze(1)).transpose(0, 1).contiguous();
    const Tensor hidden = torch::relu(
        torch::baddbmm(decoder1_.bias, z, decoder1_.weight.view({classes, latents, 400})));
    const Tensor decoded = decoder2_(hidden.view({classes * half, 400}));
    const Tensor f =
        log_likelihood(x, decoded.view({classes, half, pixels})).t() - style.divergence();
    const Tensor shift = (f - f.narrow(1, 0, 1)).mul_(epsilon);
    const Tensor up = (perturbed + shift).argmax(1, true),
                 down = (perturbed - shift).argmax(1, true);
    const double size = 1 / (2 * epsilon * static_cast<double>(rows));
    const Tensor direction = torch::zeros_like(perturbed);
    direction.scatter_(1, up, size);
    return direction.scatter_add_(1, down, torch::full({1}, -size).expand_as(down));
  }

  dense encoder1_{parameters, pixels, 400}, encoder2_{parameters, 400, 200};
  dense class1_{parameters, 200, 100}, class2_{parameters, 100, classes};
  dense representation_{parameters, 200, 100 * classes}, style1_{parameters, 100, 66},
      style2_{parameters, 66, 2 * latents};
  dense decoder1_{parameters, classes*latents, 400}, decoder2_{parameters, 400, pixels};
  Tensor labels_ = torch::arange(half).remainder(classes);
  Tensor first_ = torch::arange(rows) * classes;  ///< rows of the first representation of each
};

}  // namespace

std::unique_ptr<trainee> semi_supervised(const images& data, unsigned threads) {
  return make<semi_supervised_vae>(data, threads);
}

}  // namespace steps::libtorch
