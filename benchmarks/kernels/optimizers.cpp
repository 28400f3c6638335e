// One step of the update rules, per parameter.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "buffers.hpp"

#include <variad/runtime/optim/adam.hpp>
#include <variad/runtime/optim/adamw.hpp>
#include <variad/runtime/optim/sgd.hpp>

namespace kernels {
namespace {

template <class T, class Rule>
void add_rule(const std::string& name, Rule rule) {
  add<T>(name, "variad", [=] {
    return [p = numbers<T>(real), g = numbers<T>(slopes), m = zeros<T>(), v = zeros<T>(), rule,
            step = std::uint64_t(0)]() mutable {
      const std::array<T*, 2> slots{m.data(), v.data()};
      std::array<T*, Rule::slots> state;
      std::copy_n(slots.begin(), state.size(), state.begin());
      rule.update(++step, 1e-3, p.span(), std::span<const T>(g.span()), state);
      return p.data();
    };
  });
}

/// Adam as its paper has it; with a decay, AdamW.
template <class T>
void add_standard_adam(const std::string& name, T decay) {
  add<T>(name, "std", [=] {
    return [p = numbers<T>(real), g = numbers<T>(slopes), m = zeros<T>(), v = zeros<T>(), decay,
            step = 0]() mutable {
      const T b1 = T(0.9), b2 = T(0.999), epsilon = T(1e-8), rate = T(1e-3);
      ++step;
      const T size = rate / (1 - std::pow(b1, T(step)));
      const T scale = 1 / std::sqrt(1 - std::pow(b2, T(step)));
      for (std::size_t i = 0; i < elements; ++i) {
        m[i] = b1 * m[i] + (1 - b1) * g[i];
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        p[i] = (1 - rate * decay) * p[i] + size * m[i] / (std::sqrt(v[i]) * scale + epsilon);
      }
      return p.data();
    };
  });
}

}  // namespace

template <class T>
void add_optimizers() {
  add_rule<T>("adam", variad::adam{});
  add_standard_adam<T>("adam", 0);
  add_rule<T>("adamw", variad::adamw{});
  add_standard_adam<T>("adamw", T(0.01));

  add_rule<T>("sgd", variad::sgd{.momentum = 0.9});
  add<T>("sgd", "std", [] {
    return [p = numbers<T>(real), g = numbers<T>(slopes), v = zeros<T>()]() mutable {
      for (std::size_t i = 0; i < elements; ++i) {
        v[i] = T(0.9) * v[i] + g[i];
        p[i] += T(1e-3) * v[i];
      }
      return p.data();
    };
  });
}
template void add_optimizers<float>();
template void add_optimizers<double>();

}  // namespace kernels
