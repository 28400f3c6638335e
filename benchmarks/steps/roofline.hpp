#pragma once

#include <cstddef>
#include <map>
#include <tuple>
#include <vector>

namespace steps {

/// `times` matrix products of shape [m, k] × [k, n].
struct product {
  std::size_t m, n, k;
  double times = 1;
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

/// The bare work of a step: what no order of it saves.
struct work {
  std::vector<product> products;
  std::vector<pass> passes;
};

/// What the bare work takes on this machine, on one thread: products as BLAS multiplies them, each
/// at its own shape, or in two halves where that is faster, passes at the rate of each function in
/// the cache. Rates are measured when they are first asked for.
class roofline {
 public:
  /// Of its matrix products alone, in milliseconds.
  double products_ms(const work& w);
  /// Of all of it.
  double milliseconds(const work& w);

 private:
  double product_ms(const product& p);
  double nanoseconds(function f);

  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, double> products_;
  std::map<function, double> rates_;
};

}  // namespace steps
