#include "suite.hpp"

#ifdef STEPS_WITH_LIBTORCH
#include "libtorch/programs.hpp"
#endif
#include "variad/programs.hpp"

namespace steps {
namespace {

using enum function;

constexpr double pixels = batch * images::width;

/// A layer on so many rows: forward, the gradient of its weights, that of its input if wanted.
void add_layer(work& w, std::size_t rows, std::size_t in, std::size_t out, bool input_learns) {
  w.products.push_back({rows, out, in});
  w.products.push_back({in, out, rows});
  if (input_learns) w.products.push_back({rows, in, out});
}

/// The same of 20 one-hot rows: weight rows are gathered, and their gradients scattered.
void add_one_hot_layer(work& w, double rows, double out) {
  w.passes.push_back({add, 2 * rows * 20 * out});
}

work direct() {
  work w;
  add_layer(w, batch, 784, 200, false);
  w.products.push_back({batch, 200, 784});  // of the data with the weights, for the linear part
  add_one_hot_layer(w, batch, 784);
  w.passes.insert(w.passes.end(), {{gumbel, batch * 200},
                                   {exponential, 2 * batch * 200 + 200 * 784 + pixels},
                                   {factor, pixels * 20 * 9},
                                   {log_likelihood, pixels},
                                   {adam, 2 * 784 * 200}});
  return w;
}

work gumbel_softmax() {
  work w;
  add_layer(w, batch, 784, 200, false);
  add_layer(w, batch, 200, 784, true);
  w.passes = {{gumbel, batch * 200},
              {exponential, 2 * batch * 200},
              {log_likelihood, pixels},
              {adam, 2 * 784 * 200}};
  return w;
}

work reinforce() {
  work w;
  constexpr std::size_t rows = 10 * batch;
  add_layer(w, batch, 784, 512, false);
  add_layer(w, batch, 512, 256, true);
  add_layer(w, batch, 256, 200, true);
  add_one_hot_layer(w, rows, 256);
  add_layer(w, rows, 256, 512, true);
  add_layer(w, rows, 512, 784, true);
  w.passes.insert(w.passes.end(), {{uniform, rows * 20},
                                   {exponential, batch * 200},
                                   {log_likelihood, 10 * pixels},
                                   {add, 4 * (rows + batch) * 768.0},  // leaky ReLU, both ways
                                   {adam, 2 * (784 * 512 + 512 * 256 + 256 * 200)}});
  return w;
}

work gaussian() {
  work w;
  add_layer(w, batch, 784, 200, false);
  add_layer(w, batch, 200, 200, true);
  add_layer(w, batch, 200, 40, true);
  add_layer(w, batch, 20, 200, true);
  add_layer(w, batch, 200, 200, true);
  add_layer(w, batch, 200, 784, true);
  w.passes = {{normal, batch * 20},
              {exponential, batch * 20},
              {tanh, 4 * batch * 200},
              {log_likelihood, pixels},
              {adam, 2 * (784 * 200 + 200 * 200) + 60 * 200}};
  return w;
}

work semi_supervised() {
  work w;
  add_layer(w, batch, 784, 400, false);
  add_layer(w, batch, 400, 200, true);
  add_layer(w, batch, 200, 100, true);
  add_layer(w, batch, 100, 10, true);
  add_layer(w, batch, 200, 1000, true);
  add_layer(w, batch, 100, 66, true);
  add_layer(w, batch, 66, 40, true);
  add_layer(w, batch, 20, 400, true);
  add_layer(w, batch, 400, 784, true);
  // All classes of the unlabelled half.
  constexpr std::size_t rows = 5 * batch;
  w.products.insert(w.products.end(),
                    {{rows, 66, 100}, {rows, 40, 66}, {rows, 400, 20}, {rows, 784, 400}});
  w.passes.insert(w.passes.end(), {{gumbel, rows},
                                   {uniform, 10 * batch * 66},
                                   {normal, batch * 20},
                                   {exponential, (rows + batch) * 20.0},
                                   {log_likelihood, 6 * pixels},
                                   {add, (rows + 2 * batch) * 466.0 + 4 * batch * 500},  // ReLU
                                   {adam, 2 * 784 * 400 + 400 * 200 + 200 * 1100 + 200 * 400}});
  return w;
}

/// A convolution of so many windows of `of_window` pixels, from `in` to `out` channels, as a
/// product of windows: forward, the gradient of its weights, that of its input if wanted.
void add_convolution(work& w, std::size_t windows, std::size_t of_window, std::size_t in,
                     std::size_t out, bool input_learns) {
  add_layer(w, windows, of_window * in, out, input_learns);
}

work convolutional() {
  work w;
  constexpr std::size_t rows = 5 * batch;
  add_convolution(w, batch * 196, 9, 1, 32, false);
  add_convolution(w, batch * 49, 9, 32, 64, true);
  add_convolution(w, batch * 16, 9, 64, 128, true);
  add_layer(w, batch, 2048, 50, true);
  add_layer(w, rows, 50, 50, false);
  // Transposed: each pixel of the input belongs to a window of the output.
  add_convolution(w, rows, 9, 64, 50, true);
  add_convolution(w, rows * 9, 9, 64, 64, true);
  add_convolution(w, rows * 49, 9, 32, 64, true);
  add_convolution(w, rows * 196, 9, 1, 32, true);
  const auto of_encoder = static_cast<double>(batch * (196 * 32 + 49 * 64 + 16 * 128));
  const auto of_decoder = static_cast<double>(rows * (9 * 64 + 49 * 64 + 196 * 32));
  w.passes.insert(w.passes.end(), {{uniform, rows * 50},
                                   {exponential, 2 * batch * 50},
                                   {log_likelihood, 5 * pixels},
                                   {add, 4 * (of_encoder + of_decoder)},  // ReLU, both ways
                                   {adam, 282217}});
  return w;
}

/// 200 sweeps of 100 chains: the odds of a unit of 200 inputs are a product from 50 tables, which
/// costs as much as a sum, and are compared with a uniform number.
void add_chains(work& w) {
  constexpr double units = 200.0 * 100 * 400;
  w.passes.push_back({add, units * 51});
  w.passes.push_back({uniform, units});
}

work gibbs() {
  work w;
  add_chains(w);
  w.products.push_back({200, 200, 100});  // the gradient of log Z
  w.passes.push_back({adam, 200 * 200 + 800});
  return w;
}

work gumbolt() {
  work w;
  constexpr std::size_t rows = 20 * batch;
  // q(z1 | x), of the image alone, then q(z2 | x, z1), then the decoder.
  add_layer(w, batch, 784, 200, false);
  add_layer(w, batch, 200, 200, true);
  add_layer(w, batch, 200, 200, true);
  add_layer(w, batch, 784, 200, false);
  add_layer(w, rows, 200, 200, true);
  add_layer(w, rows, 200, 200, true);
  add_layer(w, rows, 200, 200, true);
  add_layer(w, rows, 400, 200, true);
  add_layer(w, rows, 200, 200, true);
  add_layer(w, rows, 200, 784, true);
  add_layer(w, rows, 200, 200, true);      // the energy is z2' W z1 ...
  w.products.push_back({rows, 200, 200});  // ... which both groups learn from
  add_chains(w);
  const double hidden = 2 * 200 * (batch + 2 * rows);
  w.passes.insert(w.passes.end(),
                  {{logistic, rows * 400.0},
                   {exponential, 2 * (batch + rows) * 200.0},  // log q of the units
                   {tanh, hidden},
                   {add, 6 * hidden},  // batch norm: moments, scale, and both on the way back
                   {log_likelihood, 20 * pixels},
                   {adam, 3 * 784 * 200 + 9 * 200 * 200}});
  return w;
}

}  // namespace

std::vector<workload> suite() {
  namespace ours = variad_programs;
  std::vector<workload> all{{"direct_20x10", ours::direct_20x10, {}, direct()},
                            {"gsm_20x10", ours::gsm_20x10, {}, gumbel_softmax()},
                            {"reinforce_loo_20x10", ours::reinforce_loo_20x10, {}, reinforce()},
                            {"gaussian_vae_20", ours::gaussian_vae_20, {}, gaussian()},
                            {"semi_supervised", ours::semi_supervised, {}, semi_supervised()},
                            {"cnn_bvae", ours::cnn_bvae, {}, convolutional()},
                            {"rbm_gibbs", ours::rbm_gibbs, {}, gibbs()},
                            {"gumbolt_2layer_k20", ours::gumbolt_2layer_k20, {}, gumbolt()}};
#ifdef STEPS_WITH_LIBTORCH
  all[0].libtorch = {{"one batch", libtorch::direct_20x10},
                     {"weight rows", libtorch::direct_20x10_rows}};
  all[1].libtorch = {{"", libtorch::gsm_20x10}};
  all[2].libtorch = {{"", libtorch::reinforce_loo_20x10}};
  all[3].libtorch = {{"", libtorch::gaussian_vae_20}};
  all[4].libtorch = {{"", libtorch::semi_supervised}};
  all[5].libtorch = {{"", libtorch::cnn_bvae}};
  all[6].libtorch = {{"", libtorch::rbm_gibbs}};
  all[7].libtorch = {{"", libtorch::gumbolt_2layer_k20}};
#endif
  return all;
}

}  // namespace steps
