#include "common.hpp"

#include <cstdlib>

#include <ATen/Context.h>
#include <ATen/Parallel.h>

extern "C" void openblas_set_num_threads(int threads);

namespace steps::libtorch {

namespace {

/// libtorch 1.13 leaves out AVX-512 unless told.
void take_widest_vectors() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    setenv("ATEN_CPU_CAPABILITY", "avx512", 0);
#endif
}

}  // namespace

session::session(unsigned threads) {
  take_widest_vectors();
  std::fegetenv(&before_);
  at::globalContext().setFlushDenormal(true);
  // Each call makes a pool of its own anew.
  if (at::get_num_threads() != static_cast<int>(threads))
    at::set_num_threads(static_cast<int>(threads));
  openblas_set_num_threads(static_cast<int>(threads));
}
session::~session() {
  openblas_set_num_threads(1);
  std::fesetenv(&before_);
}

Tensor parameter_list::add(Tensor value) {
  all_.push_back(value.requires_grad_());
  return value;
}

torch_trainee::torch_trainee(const images& data, unsigned threads)
    : data_(torch::from_blob(const_cast<float*>(data.pixels.data()),
                             {static_cast<std::int64_t>(data.rows), pixels})),
      threads_(threads) {}

double torch_trainee::step(std::size_t first) {
  const session running(threads_);
  if (!adam_) adam_.emplace(parameters.all(), torch::optim::AdamOptions(1e-3));
  const outcome o = evaluate(data_.narrow(0, static_cast<std::int64_t>(first), rows));
  // Gradients are dropped and not zeroed, so that backward hands over new ones.
  for (const Tensor& p : parameters.all()) p.mutable_grad().reset();
  o.loss.backward();
  adam_->step();
  return o.bound;
}

}  // namespace steps::libtorch
