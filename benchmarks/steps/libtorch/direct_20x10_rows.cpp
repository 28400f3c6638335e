#include "bernoulli.hpp"
#include "direct_argmax.hpp"

namespace steps::libtorch {

namespace {

/// The logits of an alternative are h + W[i, j] − W[i, z_i]: differences of weight rows and no new
/// product. The linear part of all likelihoods is one product of the images and the weights.
class direct_by_rows : public direct_vae {
 public:
  using direct_vae::direct_vae;

 private:
  Tensor alternatives(const Tensor& x, const Tensor& drawn, const Tensor&,
                      const Tensor& decoded) override {
    const Tensor weight = vae.decoder.weight.view({categories, variables, pixels});
    const Tensor rows_drawn = drawn.view({rows, variables}) * variables + site_;
    Tensor result = x.mm(vae.decoder.weight.t()).view({rows, categories, variables});
    // An image at a time, so that its alternatives stay in the cache.
    for (std::int64_t r = 0; r < rows; ++r) {
      const Tensor rest = decoded[r] - vae.decoder.weight.index_select(0, rows_drawn[r]);
      at::add_out(logits_, weight, rest);
      result[r].sub_(at::softplus_out(softplus_, logits_).sum(-1));
    }
    return result;
  }

  Tensor logits_ = torch::empty({categories, variables, pixels}),
         softplus_ = torch::empty_like(logits_), site_ = torch::arange(variables);
};

}  // namespace

std::unique_ptr<trainee> direct_20x10_rows(const images& data, unsigned threads) {
  return make<direct_by_rows>(data, threads);
}

}  // namespace steps::libtorch
