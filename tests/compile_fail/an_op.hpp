#pragma once

// The members of an op, for cases that leave one out; and a model that has the rest.
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;

struct doubling {
  static constexpr std::string_view name = "twice";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape> in) { return in[0]; }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    for (std::size_t i = 0; i < call.rows * call.output.size; ++i)
      call.output.value[i] = 2 * call.inputs[0].value[i];
  }
};
struct pulling_back {
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for (std::size_t i = 0; i < call.rows * call.output.size; ++i)
      call.inputs[0].adjoint[i] += 2 * call.output.adjoint[i];
  }
};

template <class Op>
void fit_with() {
  constexpr auto x = observed<"x", 2>;
  constexpr auto z = latent<"z", 2>;
  constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(apply(Op{}, z), 1)));
  constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
  auto vi = infer<elbo<1>>(p, q);
  vi.fit(data(x = array<float>{}));
}

}  // namespace wrong
