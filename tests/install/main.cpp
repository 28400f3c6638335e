#include <iostream>
#include <stdexcept>

#include <variad/runtime/data/idx.hpp>
#include <variad/runtime/data/npy.hpp>
#include <variad/variad.hpp>

using namespace variad;
using regression = models::linear_regression<2>;

// Every kind of name that programs find in the compiled part.
void reads_and_writes() {
  const auto refused = [](auto&& read) {
    try {
      read();
    } catch (const error&) {
      return true;
    }
    return false;
  };
  if (!refused([] { read_npy<double>("missing.npy"); }) ||
      !refused([] { read_idx<float>("missing.idx"); }))
    throw std::runtime_error("a missing file is read");
  write_png_grid("grid.png", array<float>(xt::zeros<float>({2, 3, 3})), 2);
}

// A model of the installed library is trained: y = 2 x + 1, nearly without noise.
int main() {
  reads_and_writes();
  constexpr auto p = regression::model(0.1, 10);
  auto vi = infer<elbo<1>, double>(p, mean_field(p));
  const array<double> x = {{-2, 1}, {-1, 1}, {1, 1}, {2, 1}}, y = {-3, -1, 3, 5};
  vi.fit(data(regression::x = x, regression::y = y),
         {.epochs = 1000, .optimizer = adam{3e-2}, .progress = false});
  const double slope = vi.parameter("q.w.param0.value")(0);
  std::cout << vi.plan() << "slope " << slope << '\n';
  return slope > 1.9 && slope < 2.1 ? 0 : 1;
}
