#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// The ready autoencoders with hidden layers, at toy size.

namespace tests {
namespace {

using namespace variad;

constexpr int pixels = 32;

/// Rows of four kinds: a quarter of the pixels is on with probability 0.9, the others with 0.1.
array<float> stripes(std::size_t n) {
  auto a = array<float>::from_shape({n, std::size_t{pixels}});
  for (std::size_t r = 0; r < n; ++r) {
    fill_uniform(row_stream({6, 7}, 0, static_cast<std::uint32_t>(r)), &a(r, 0),
                 std::size_t{pixels});
    for (std::size_t d = 0; d < pixels; ++d)
      a(r, d) = a(r, d) < (d / 8 == r % 4 ? 0.9f : 0.1f) ? 1.0f : 0.0f;
  }
  return a;
}

/// How much the bound, in nats per row, rises in some epochs of two steps each.
template <class Model>
double rise(std::size_t epochs) {
  auto vi = infer<elbo<1>>(Model::model(), Model::guide());
  const auto train = data(Model::x = stripes(128));
  vi.initialise(1);
  const double before = vi.bound(train).value;
  // Initial logits are near zero, which costs log 2 a pixel.
  CHECK(before == Approx(-pixels * 0.6931).margin(2));
  vi.fit(train, {.epochs = epochs,
                 .batch = 64,
                 .optimizer = adam{1e-2},
                 .seed = 1,
                 .threads = 1,
                 .progress = false});
  return vi.bound(train).value - before;
}

TEST_CASE("gaussian_vae learns") {
  using model = models::gaussian_vae<3, models::hidden<16>, pixels>;
  CHECK(rise<model>(1) > 0.1);
  CHECK(rise<model>(50) > 5);
}

TEST_CASE("discrete_vae with hidden layers learns") {
  using model = models::discrete_vae<2, 4, models::hidden<16>, pixels>;
  CHECK(rise<model>(1) > 0.1);
  CHECK(rise<model>(50) > 5);
}

TEST_CASE("categorical_vae learns") {
  using model = models::categorical_vae<3, pixels>;
  CHECK(rise<model>(1) > 0.1);
  CHECK(rise<model>(50) > 5);
}

}  // namespace
}  // namespace tests
