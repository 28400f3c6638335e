#include "bernoulli.hpp"
#include "direct_argmax.hpp"

namespace steps::libtorch {

namespace {

class direct_by_batch : public direct_vae {
 public:
  using direct_vae::direct_vae;

 private:
  Tensor alternatives(const Tensor& x, const Tensor&, const Tensor& z, const Tensor&) override {
    sites_.copy_(z.view({rows, categories, variables}));
    sites_.diagonal(0, 1, 4).copy_(identity_);
    at::addmm_out(decoded_, vae.decoder.bias, sites_.view({values * rows, values}),
                  vae.decoder.weight);
    return bernoulli_log_likelihood(x, decoded_)
        .view({categories, variables, rows})
        .permute({2, 0, 1})
        .contiguous();
  }

  /// The alternatives as rows of the decoder's input: category and variable of the alternative,
  /// image; category and variable of its one-hot columns. Where the variables are the same, the
  /// diagonal [categories, rows, categories, variables] holds an identity.
  Tensor sites_ = torch::empty({categories, variables, rows, categories, variables});
  Tensor identity_ = torch::eye(categories).view({categories, 1, categories, 1});
  Tensor decoded_ = torch::empty({values * rows, pixels});
};

}  // namespace

std::unique_ptr<trainee> direct_20x10(const images& data, unsigned threads) {
  return make<direct_by_batch>(data, threads);
}

}  // namespace steps::libtorch
