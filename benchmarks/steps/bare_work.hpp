#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/optim/rules.hpp>

namespace steps {

/// A matrix product of shape [m, k] × [k, n].
struct product {
  std::size_t m, n, k;
};

/// What a step does to numbers one by one, as far as it costs time.
enum class function {
  add,             ///< a value from a row is added to a sum: gathered rows, tables, biases
  exponential,     ///< e^x
  log_likelihood,  ///< of a pixel and its derivative: a softplus and a sigmoid
  tanh,            ///< and its derivative
  factor,          ///< a factor 1 + u·w of a product, of which one logarithm is taken
  uniform,         ///< a uniform value
  gumbel,          ///< a Gumbel value
  normal,          ///< a standard normal value
  logistic,        ///< a logistic value and its sigmoid: a relaxed binary unit
  adam,            ///< the update of a parameter
};

struct pass {
  function what;
  double values;
};

/// The work of a step that no order of it saves.
struct work {
  std::vector<product> products;
  std::vector<pass> passes;
};

/// That work alone, on one thread: its matrix products as BLAS multiplies them, each at its own
/// shape, or in two halves where that is faster, and its passes over values in the cache.
class bare_work {
 public:
  explicit bare_work(const work& w);

  struct milliseconds {
    double products, all;
  };
  /// Does it once.
  milliseconds run();

 private:
  void multiply(const product& p);
  /// The product itself, or a half of it to be done twice, whichever is faster.
  void choose(const product& p);
  void go_over(const pass& p);

  std::vector<product> products_;
  std::vector<pass> passes_;
  variad::internals::aligned_buffer<float> a_, b_, c_;  // of the largest product
  variad::internals::aligned_buffer<float> in_, out_;   // of the passes
  variad::internals::aligned_buffer<float> weights_, gradient_;
  variad::optimizer adam_ = variad::adam{1e-3};
  variad::internals::optimizer_state<float> adam_state_;
  std::uint32_t draw_ = 0;
};

}  // namespace steps
