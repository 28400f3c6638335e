// The formulas are those of PyTorch's torch.distributions, which libtorch lacks, in place.

#include <cstdint>
#include <string>

#include "libtorch.hpp"

namespace kernels {

using torch::Tensor;

template <class T>
void add_libtorch_samplers() {
  add_libtorch<T>("uniform", real, [](Tensor& y, const Tensor&) { y.uniform_(); });
  add_libtorch<T>("normal", real, [](Tensor& y, const Tensor&) { y.normal_(); });
  add_libtorch<T>("gumbel", real, [](Tensor& y, const Tensor&) { y.exponential_().log_().neg_(); });
  add_libtorch<T>("laplace", real, [sign = Tensor()](Tensor& y, const Tensor&) mutable {
    if (!sign.defined()) sign = torch::empty_like(y);
    y.uniform_(-1, 1);
    at::sign_out(sign, y);
    y.abs_().neg_().log1p_().mul_(sign).neg_();
  });
  add_libtorch<T>("logistic", real, [](Tensor& y, const Tensor&) { y.uniform_().logit_(); });
  add_libtorch<T>("bernoulli", real, [p = Tensor()](Tensor& y, const Tensor& logits) mutable {
    if (!p.defined()) p = torch::empty_like(y);
    at::sigmoid_out(p, logits);
    y.bernoulli_(p);
  });

  add<T>(
      "categorical of " + std::to_string(short_row), "libtorch",
      [] {
        const Tensor logits = numbers<T>(real).view({-1, static_cast<std::int64_t>(short_row)});
        return [logits, p = torch::empty_like(logits), y = torch::empty_like(logits)]() mutable {
          at::_softmax_out(p, logits, 1, false);
          y.zero_().scatter_(1, p.multinomial(1), 1);
          return y.data_ptr();
        };
      },
      elements / short_row);
}
template void add_libtorch_samplers<float>();
template void add_libtorch_samplers<double>();

void add_libtorch_words() {
  add<std::int32_t>("words", "libtorch", [] {
    return [y = torch::empty({static_cast<std::int64_t>(elements)}, torch::kInt32)]() mutable {
      y.random_();
      return y.data_ptr();
    };
  });
}

}  // namespace kernels
