// The first listing of the README. Trains on Fashion-MNIST, in the folder where Debian's package
// dataset-fashion-mnist puts it; on other idx files, `overview <train> <test>`; or on made-up
// images, `overview --toy`, and then checks the result against their entropy.
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "toy_images.hpp"

// clang-format off
// [README]
#include <variad/variad.hpp>
using namespace variad;

constexpr auto x = observed<"x", 784>;
constexpr auto z = latent<"z", 20>;                 // 20 variables ...

constexpr auto p = model(plate<"image">(
    z = ~categorical<10>(uniform),                  // ... of 10 categories each
    x = ~bernoulli(logits = dense<784>(z))));

constexpr auto q = guide(plate<"image">(
    z = ~categorical<10>(logits = dense<200>(x))));

double run(const source& train, const source& test) {
  auto vi = infer<elbo<1>>(p, q);                   // everything is resolved here, by the compiler
  static_assert(vi.estimator<"z">() == "direct_argmax");
  std::cout << vi.plan();                           // node, family, estimator, why; schedule; memory
  vi.fit(data(x = train), {.epochs = 10, .batch = 100, .optimizer = adam{1e-3}});
  return vi.log_likelihood(data(x = test), samples(1000)).value;  // importance-weighted, in nats
}
// [/README]
// clang-format on

int main(int argc, char** argv) try {
  const bool toy = argc > 1 && std::string_view(argv[1]) == "--toy";
  if (toy) {
    constexpr std::size_t tested = 200;
    const double found = run(toy_images(10000, 1), toy_images(tested, 2));
    const bool good = toy_bound_is_good(found, tested);
    std::cout << "log-likelihood " << found << (good ? " as expected\n" : " not as expected\n");
    return good ? 0 : 1;
  }
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  const std::string train = argc > 2 ? argv[1] : folder + "train-images-idx3-ubyte.gz";
  const std::string test = argc > 2 ? argv[2] : folder + "t10k-images-idx3-ubyte.gz";
  const double found = run(idx(train).rounded(), idx(test).rounded().first(100));
  std::cout << "log-likelihood of 100 test images " << found << '\n';
} catch (const std::exception& e) {
  std::cerr << "overview: " << e.what() << '\n';
  return 1;
}
