#include <memory>
#include <string>
#include <vector>

#include "libtorch.hpp"

namespace kernels {
namespace {

template <class T, class Optimizer, class Options>
void add_rule(const std::string& name, Options options) {
  add<T>(name, "libtorch", [=] {
    torch::Tensor p = numbers<T>(real).set_requires_grad(true);
    p.mutable_grad() = numbers<T>(slopes);
    return [p, rule = std::make_shared<Optimizer>(std::vector<torch::Tensor>{p}, options)] {
      rule->step();
      return p.data_ptr();
    };
  });
}

}  // namespace

template <class T>
void add_libtorch_optimizers() {
  namespace optim = torch::optim;
  add_rule<T, optim::Adam>("adam", optim::AdamOptions(1e-3));
  add_rule<T, optim::AdamW>("adamw", optim::AdamWOptions(1e-3));
  add_rule<T, optim::SGD>("sgd", optim::SGDOptions(1e-3).momentum(0.9));
}
template void add_libtorch_optimizers<float>();
template void add_libtorch_optimizers<double>();

}  // namespace kernels
