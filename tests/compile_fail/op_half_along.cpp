// expect: an op with derivatives along a direction has both `forward_along` and `pull_back_along`, and `add_gradient_along` if it has `add_gradient`; see "Add an op" in docs/extending.md
// expect: twice
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 2>;
inline constexpr auto z = latent<"z", 2>;
struct twice {
  static constexpr std::string_view name = "twice";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape> in) { return in[0]; }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    for (std::size_t i = 0; i < call.rows * call.output.size; ++i)
      call.output.value[i] = 2 * call.inputs[0].value[i];
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for (std::size_t i = 0; i < call.rows * call.output.size; ++i)
      call.inputs[0].adjoint[i] += 2 * call.output.adjoint[i];
  }
#ifndef VARIAD_FIXED
  template <class T>
  void forward_along(const kernel_call<T>& call) const {
    forward(*call.along);
  }
#endif
};
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(apply(twice{}, z), 1)));
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
