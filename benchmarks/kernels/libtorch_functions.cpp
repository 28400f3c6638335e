#include <cstdint>
#include <string>

#include "libtorch.hpp"

namespace kernels {
namespace {

using torch::Tensor;

template <class T>
void add_rows_of(std::size_t n) {
  const auto size = static_cast<std::int64_t>(n);
  const std::string of = " of " + std::to_string(n);
  add_libtorch<T>("softmax" + of, real, [=](Tensor& y, const Tensor& x) {
    Tensor rows = y.view({-1, size});
    at::_softmax_out(rows, x.view({-1, size}), 1, false);
  });
  add_libtorch<T>("log_softmax" + of, real, [=](Tensor& y, const Tensor& x) {
    Tensor rows = y.view({-1, size});
    at::_log_softmax_out(rows, x.view({-1, size}), 1, false);
  });
  add_libtorch<T>("logsumexp" + of, real, [=](Tensor& y, const Tensor& x) {
    Tensor sums = y.slice(0, 0, x.numel() / size);
    at::logsumexp_out(sums, x.view({-1, size}), {1});
  });
}

}  // namespace

void set_up_libtorch() {
  torch::set_num_threads(1);
  torch::GradMode::set_enabled(false);
}

template <class T>
void add_libtorch_functions() {
  const auto exp = [](Tensor& y, const Tensor& x) { at::exp_out(y, x); };
  add_libtorch<T>("exp", real, exp);
  add_libtorch<T>("exp_nonpositive", nonpositive, exp);
  add_libtorch<T>("expm1", real, [](Tensor& y, const Tensor& x) { at::expm1_out(y, x); });
  add_libtorch<T>("log", positive, [](Tensor& y, const Tensor& x) { at::log_out(y, x); });
  add_libtorch<T>("log1p", positive, [](Tensor& y, const Tensor& x) { at::log1p_out(y, x); });
  add_libtorch<T>("sqrt", positive, [](Tensor& y, const Tensor& x) { at::sqrt_out(y, x); });
  add_libtorch<T>("tanh", real, [](Tensor& y, const Tensor& x) { at::tanh_out(y, x); });
  add_libtorch<T>("sigmoid", real, [](Tensor& y, const Tensor& x) { at::sigmoid_out(y, x); });
  add_libtorch<T>("softplus", real, [](Tensor& y, const Tensor& x) { at::softplus_out(y, x); });

  add_rows_of<T>(short_row);
  add_rows_of<T>(long_row);

  add<T>("softplus_sum", "libtorch", [] {
    return [x = numbers<T>(real), y = Tensor(numbers<T>(real))]() mutable {
      at::softplus_out(y, x);
      return y.sum();
    };
  });
  add<T>("softplus_of_exponentials", "libtorch", [] {
    return [u = numbers<T>(positive), w = numbers<T>(positive),
            y = Tensor(numbers<T>(positive))]() mutable {
      at::mul_out(y, u, w);
      y.log1p_();
      return y.sum();
    };
  });
  add<T>("norm", "libtorch", [] { return [x = numbers<T>(real)] { return x.norm(); }; });
}
template void add_libtorch_functions<float>();
template void add_libtorch_functions<double>();

}  // namespace kernels
