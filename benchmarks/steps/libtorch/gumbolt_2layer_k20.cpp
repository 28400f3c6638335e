#include <cmath>

#include "bernoulli.hpp"
#include "boltzmann.hpp"
#include "layers.hpp"

namespace steps::libtorch {

namespace {

constexpr std::int64_t samples = 20, units = 200;

/// Linear maps without a bias, of one or of two inputs, then two hidden layers with batch
/// normalisation and tanh, then a dense layer.
class network {
 public:
  network(parameter_list& parameters, std::vector<std::int64_t> in, std::int64_t out)
      : norm_1_(parameters, units),
        hidden_(parameters.add(glorot_uniform(units, units))),
        norm_2_(parameters, units),
        out_(parameters, units, out) {
    for (const std::int64_t i : in) in_.push_back(parameters.add(glorot_uniform(i, units)));
  }

  /// The map of input i.
  [[nodiscard]] const Tensor& in(std::size_t i) const { return in_[i]; }
  /// What follows the sum of the maps.
  [[nodiscard]] Tensor operator()(const Tensor& sum) const {
    return out_(torch::tanh(norm_2_(torch::tanh(norm_1_(sum)).mm(hidden_))));
  }

 private:
  std::vector<Tensor> in_;
  batch_norm norm_1_;
  Tensor hidden_;
  batch_norm norm_2_;
  dense out_;
};

class gumbolt_vae : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 private:
  outcome evaluate(const Tensor& x) override {
    chains_.sweep(machine_);
    constexpr std::int64_t all = samples * rows;

    const Tensor logits_1 = guide_1_(x.mm(guide_1_.in(0)));
    const Tensor z1 = binary_concrete(logits_1, samples), rows_1 = z1.view({all, group});
    const Tensor logits_2 =
        guide_2_(torch::addmm(x.mm(guide_2_.in(0)).repeat({samples, 1}), rows_1, guide_2_.in(1)));
    const Tensor z2 = binary_concrete(logits_2, 1).view({all, group});
    const Tensor decoded = decoder_(torch::addmm(rows_1.mm(decoder_.in(0)), z2, decoder_.in(1)));

    // −E(z) − log q(z | x), with log q the Bernoulli mass at the relaxed units.
    const Tensor coupled = (z2 * (machine_.fields_2(rows_1) - logits_2)).sum(-1) +
                           torch::softplus(logits_2).sum(-1) + bernoulli_log_likelihood(x, decoded);
    const Tensor of_group_1 =
        (z1 * (machine_.bias_1 - logits_1)).sum(-1) + torch::softplus(logits_1).sum(-1);
    const Tensor bound = (coupled.view({samples, rows}) + of_group_1).logsumexp(0).mean() -
                         std::log(static_cast<double>(samples));
    return {chains_.log_z(machine_) - bound, bound.item<double>()};
  }

  boltzmann_machine machine_{parameters};
  gibbs_chains chains_;
  network guide_1_{parameters, {pixels}, group}, guide_2_{parameters, {pixels, group}, group},
      decoder_{parameters, {group, group}, pixels};
};

}  // namespace

std::unique_ptr<trainee> gumbolt_2layer_k20(const images& data, unsigned threads) {
  return make<gumbolt_vae>(data, threads);
}

}  // namespace steps::libtorch
