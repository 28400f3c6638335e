#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "count_allocations.hpp"
#include "scratch_folder.hpp"
#include "value_of.hpp"
#include <catch2/catch.hpp>

#include <variad/variad.hpp>

namespace tests {
namespace {

using namespace variad;

constexpr auto x = observed<"x", 30>;
constexpr auto z = latent<"z", 4>;
constexpr auto w = latent<"w", 3>;
constexpr auto h = quantity<"h">;

// A discrete layer by direct argmax and a continuous one, one depending on the other.
constexpr auto p =
    model(plate<"image">(w = ~normal(0, 1), z = ~categorical<5>(logits = dense<20>(w)),
                         x = ~bernoulli(logits = dense<30>(z) + dense<30>(tanh(dense<8>(w))))));
constexpr auto q = guide(plate<"image">(h = tanh(dense<16>(x)),
                                        w = ~normal(mean = dense<3>(h), scale = exp(dense<3>(h))),
                                        z = ~categorical<5>(logits = dense<20>(h, w))));
constexpr auto score_q = guide(plate<"image">(
    h = tanh(dense<16>(x)), w = ~normal(mean = dense<3>(h), scale = exp(dense<3>(h))),
    z = ~categorical<5>(logits = dense<20>(h, w)).by(score_function(baselines::moving{}))));

array<float> images(std::size_t n) {
  auto a = array<float>::from_shape({n, 30});
  for (std::size_t r = 0; r < n; ++r)
    fill_uniform(row_stream({1, 2}, 0, static_cast<std::uint32_t>(r)), &a(r, 0), 30);
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t d = 0; d < 30; ++d)
      a(r, d) = a(r, d) < (d % 3 == r % 3 ? 0.9f : 0.1f) ? 1.0f : 0.0f;
  return a;
}

template <class A, class B>
bool same_bits(const A& a, const B& b) {
  for (const auto& info : a.parameter_table()) {
    const auto u = a.parameter(info.name), v = b.parameter(info.name);
    if (std::memcmp(u.data(), v.data(), u.size() * sizeof(float)) != 0) return false;
  }
  return true;
}

TEST_CASE("a training step allocates nothing") {
  const auto count = [](auto vi) {
    const auto loaded = vi.load(data(x = images(200)));
    std::vector<std::uint32_t> rows(120);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
    const optimizer how = adam{1e-3};
    for (std::uint64_t s = 1; s <= 2; ++s) vi.step(loaded, rows, how, {.seed = 1, .step = s});
    const std::size_t before = variad_tests::allocations;
    for (std::uint64_t s = 3; s <= 6; ++s) vi.step(loaded, rows, how, {.seed = 1, .step = s});
    return variad_tests::allocations - before;
  };
  CHECK(count(infer<elbo<1>>(p, q)) == 0);
  CHECK(count(infer<elbo<2>>(p, score_q)) == 0);
}

TEST_CASE("training learns, with the same bits for 1 and 2 threads") {
  const auto train = data(x = images(400));
  auto one = infer<elbo<1>>(p, q), two = infer<elbo<1>>(p, q);
  const double before = value_of(one.bound(train));
  one.fit(train, {.epochs = 20,
                  .batch = 200,
                  .optimizer = adam{1e-2},
                  .seed = 5,
                  .threads = 1,
                  .progress = false});
  two.fit(train, {.epochs = 20,
                  .batch = 200,
                  .optimizer = adam{1e-2},
                  .seed = 5,
                  .threads = 2,
                  .progress = false});
  CHECK(same_bits(one, two));
  CHECK(value_of(one.bound(train)) > before + 5);
  const double bound = value_of(one.log_likelihood(train, samples(200)));
  CHECK(bound >= value_of(one.bound(train)));
  CHECK(one.log_likelihood_per_datum(train, samples(10)).size() == 400);
}

TEST_CASE("a run that stops and resumes gives the same bits") {
  const variad_tests::scratch_folder folder;
  const std::string file = folder / "model.safetensors";
  const auto train = data(x = images(300)), validation = data(x = images(50));
  const auto options = [&](std::size_t epochs, bool resume, const std::string& path) {
    return fit_options{.epochs = epochs,
                       .batch = 60,
                       .optimizer = adam{1e-2},
                       .seed = 3,
                       .checkpoint = path,
                       .resume = resume,
                       .progress = false};
  };
  auto whole = infer<elbo<2>>(p, score_q), first = infer<elbo<2>>(p, score_q),
       second = infer<elbo<2>>(p, score_q);
  whole.fit(train, validation, options(6, false, ""));
  first.fit(train, validation, options(3, false, file));
  second.fit(train, validation, options(6, true, file));
  CHECK(same_bits(whole, second));

  auto used = infer<elbo<2>>(p, score_q);
  used.load_checkpoint(file);
  CHECK(same_bits(used, second));
  CHECK(value_of(used.bound(validation)) == value_of(second.bound(validation)));

  constexpr auto wide_q =
      guide(plate<"image">(w = ~normal(mean = dense<3>(tanh(dense<17>(x))), scale = 1),
                           z = ~categorical<5>(logits = dense<20>(x))));
  auto other = infer<elbo<1>>(p, wide_q);
  CHECK_THROWS_WITH(other.load_checkpoint(file), Catch::Contains("checkpoint of another model"));
}

TEMPLATE_TEST_CASE("every row is trained on in an epoch", "", float, double) {
  constexpr auto y = observed<"y", 2>;
  constexpr auto own = model(plate<"row">(y = ~normal(row_param<2>(constant(0)), 1)));
  auto vi = infer<elbo<1>, TestType>(own, guide());
  const array<float> ones = xt::ones<float>({199, 2});
  vi.fit(data(y = ones), {.batch = 100, .optimizer = sgd{1.0}, .progress = false});
  // A row's mean, a step along its share of the bound of its batch, from 0.
  std::size_t of_100 = 0, of_99 = 0;
  for (const auto m : vi.parameter(vi.parameter_table()[0].name)) {
    of_100 += m == Approx(1.0 / 100).epsilon(1e-5);
    of_99 += m == Approx(1.0 / 99).epsilon(1e-5);
  }
  CHECK(of_100 == 200);
  CHECK(of_99 == 198);
}

TEMPLATE_TEST_CASE("columns of a large scale are learnt from", "", float, double) {
  constexpr auto u = given<"u">;
  constexpr auto y = observed<"y">;
  constexpr auto line = model(plate<"row">(y = ~normal(param<>(constant(0)) * u, 1)));
  auto vi = infer<elbo<1>, TestType>(line, guide());
  array<double> column = xt::ones<double>({20});
  column *= 1e10;  // of gradients of 1e20
  vi.fit(data(u = column, y = column), {.epochs = 5, .optimizer = adam{0.1}, .progress = false});
  CHECK(vi.parameter(vi.parameter_table()[0].name)(0) == Approx(0.5).epsilon(0.05));
}

TEST_CASE("fit says first which columns are far from 1, and standardizing takes them there") {
  constexpr auto u = given<"u", 2>;
  constexpr auto y = observed<"y">;
  constexpr auto k = observed<"k">;
  constexpr auto line = model(
      plate<"row">(y = ~normal(param<>() + sum(u), 1), k = ~categorical<50>(logits = param<50>())));
  array<double> columns = xt::ones<double>({20, 2}), labels = xt::ones<double>({20});
  for (std::size_t r = 0; r < 20; ++r) columns(r, 1) = 500.0 + static_cast<double>(r);
  labels *= 49;  // of a discrete variable: they are what they are
  const std::vector<double> ys(20, 0.5);
  const auto words = [&](const source& us) {
    std::ostringstream log;
    auto vi = infer<elbo<1>>(line, guide());
    vi.fit(data(u = us, y = ys, k = labels), {.epochs = 1, .log = &log});
    return log.str();
  };
  CHECK_THAT(words(columns),
             Catch::StartsWith("fit: 'u' has values of about 5.1e+02 (number 1 of") &&
                 Catch::Contains("u = source.standardized()") && !Catch::Contains("'k'"));
  CHECK_THAT(words(source(columns).standardized()), !Catch::Contains("standardized"));
}

TEST_CASE("bad data is refused with the variable's name") {
  auto vi = infer<elbo<1>>(p, q);
  auto grey = images(10);
  grey(3, 4) = 0.5f;
  CHECK_THROWS_WITH(vi.fit(data(x = grey)), Catch::Contains("'x'") && Catch::Contains("row 3") &&
                                                Catch::Contains(".rounded()"));
  CHECK_NOTHROW(vi.fit(data(x = source(grey).rounded()), {.batch = 5, .progress = false}));
  const array<float> narrow = xt::zeros<float>({10, 7});
  CHECK_THROWS_WITH(vi.bound(data(x = narrow)), Catch::Contains("'x'") && Catch::Contains("7"));
  CHECK_THROWS_WITH(vi.parameter("q.z.weight"), Catch::Contains("q.z.dense0.weight"));
}

TEST_CASE("a parameter is set by a value of its shape") {
  auto vi = infer<elbo<1>>(p, q);
  const std::string name = "q.h.dense0.weight";
  const array<float> weights = xt::ones<float>({30, 16}), turned = xt::ones<float>({16, 30});
  vi.set_parameter(name, weights);
  CHECK((vi.parameter(name) == weights));
  CHECK_THROWS_WITH(vi.set_parameter(name, turned), Catch::Contains(name) &&
                                                        Catch::Contains("found shape [16, 30]") &&
                                                        Catch::Contains("expected shape [30, 16]"));
}

TEST_CASE("what can be read after training has the shapes of the data") {
  auto vi = infer<elbo<1>>(p, q);
  const auto some = data(x = images(70));
  CHECK(vi.posterior<"z">(some).shape() == array<float>::shape_type{70, 4, 5});
  CHECK(vi.posterior<"w">(some).shape() == array<float>::shape_type{70, 3});
  CHECK(vi.predict<"x">(some).shape() == array<float>::shape_type{70, 30});
  CHECK(vi.generate<"x">(5).shape() == array<float>::shape_type{5, 30});
  const auto draws = vi.sample<"x">(5);
  for (const float v : draws) CHECK((v == 0.0f || v == 1.0f));
}

}  // namespace
}  // namespace tests
