#include "count_allocations.hpp"
#include "scratch_folder.hpp"
#include "value_of.hpp"
#include <catch2/catch.hpp>

#include <variad/variad.hpp>

namespace tests {
namespace {

using namespace variad;
using variad_tests::has;
using variad_tests::message_of;

constexpr auto x = observed<"x", 3>;
constexpr auto y = observed<"y">;
constexpr auto u = given<"u", 2>;
constexpr auto c = given<"c">;
constexpr auto w = latent<"w", 2>;
constexpr auto z = latent<"z">;

array<double> numbers(std::vector<std::size_t> dims, double first, double step) {
  array<double> a(array<double>::shape_type(dims.begin(), dims.end()));
  for (std::size_t i = 0; i < a.size(); ++i) a.data()[i] = first + step * static_cast<double>(i);
  return a;
}
array<double> one_number(double value) { return numbers({1}, value, 0); }
std::vector<std::uint32_t> first_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::uint32_t>(i);
  return rows;
}

// y = w·u + c + noise, where c, which the prior of w reads too, stands outside the plate.
constexpr auto line = model(w = ~normal(c, 1), plate<"row">(y = ~normal(sum(w * u) + c, 0.5)));
constexpr auto line_guide = mean_field(line);

// A latent of every datum, with parameters of every datum.
constexpr auto local = model(plate<"row">(z = ~normal(0, 1), x = ~normal(z, 1)));
constexpr auto local_guide = mean_field(local);

// One guide network, several columns of data.
constexpr auto columns =
    model(plate<"row">(z = ~normal(0, 1), x = ~normal(z, 1), y = ~normal(z + sum(u), 1)));
constexpr auto columns_guide = guide(
    plate<"row">(z = ~normal(mean = sum(dense<1>(x, u)), scale = exp(param<>(constant(-1))))));

TEST_CASE("predictions at new inputs need the inputs alone") {
  auto vi = infer<elbo<4>, double>(line, line_guide);
  vi.fit(data(y = numbers({20}, 0, 0.1), u = numbers({20, 2}, 0, 0.05), c = one_number(3)),
         {.epochs = 5, .batch = 10, .progress = false});
  const auto at = data(u = numbers({7, 2}, 0, 1), c = one_number(3));
  const auto found = vi.predict<"y">(at);
  REQUIRE(found.shape() == array<double>::shape_type{7});
  const auto drawn = vi.posterior<"w">(data());
  for (std::size_t r = 0; r < 7; ++r)
    CHECK(found(r) == Approx(drawn(0) * static_cast<double>(2 * r) +
                             drawn(1) * static_cast<double>(2 * r + 1) + 3.0));
}

TEST_CASE("several draws of a posterior, and predictions averaged over them") {
  auto vi = infer<elbo<1>, double>(line, line_guide);
  const auto draws = vi.posterior<"w">(data(), samples(50), 3);
  REQUIRE(draws.shape() == array<double>::shape_type{50, 2});
  CHECK(draws(0, 0) == vi.posterior<"w">(data(), 3)(0));
  CHECK(draws(0, 0) != draws(1, 0));
  double mean[2] = {};
  for (std::size_t k = 0; k < 50; ++k)
    for (std::size_t i = 0; i < 2; ++i) mean[i] += draws(k, i) / 50;
  const auto found =
      vi.predict<"y">(data(u = numbers({4, 2}, 0, 1), c = one_number(3)), samples(50), 3);
  for (std::size_t r = 0; r < 4; ++r)
    CHECK(found(r) == Approx(mean[0] * static_cast<double>(2 * r) +
                             mean[1] * static_cast<double>(2 * r + 1) + 3.0));
  CHECK_THROWS_AS(samples(0), error);
}

TEST_CASE("constants are read anew for every call") {
  auto vi = infer<elbo<1>, double>(line, line_guide);
  const auto bound = [&](double constant) {
    return vi
        .bound(data(y = numbers({6}, 0, 1), u = numbers({6, 2}, 0, 1), c = one_number(constant)))
        .value;
  };
  const double near = bound(0), far = bound(50), same = bound(0);
  CHECK(near == same);
  CHECK(far < near - 1000);
  const auto gradient = [&](double constant) {
    const auto loaded =
        vi.load(data(y = numbers({6}, 0, 1), u = numbers({6, 2}, 0, 1), c = one_number(constant)));
    return vi.gradient(loaded, first_rows(6)).bound;
  };
  const double near_step = gradient(0);
  CHECK(gradient(50) < near_step - 1000);
  CHECK(gradient(0) == near_step);
}

TEST_CASE("steps allocate nothing, whatever the columns and constants") {
  const auto count = [](auto vi, const auto& bindings) {
    const auto loaded = vi.load(bindings);
    const auto rows = first_rows(8);
    const optimizer how = adam{1e-3};
    for (int s = 0; s < 2; ++s) vi.step(loaded, rows, how);
    const std::size_t before = variad_tests::allocations;
    for (int s = 0; s < 3; ++s) vi.step(loaded, rows, how);
    return variad_tests::allocations - before;
  };
  CHECK(count(infer<elbo<1>, double>(columns, columns_guide),
              data(x = numbers({8, 3}, 0, 0.1), y = numbers({8}, 0, 1),
                   u = numbers({8, 2}, 1, 0))) == 0);
  CHECK(count(infer<elbo<1>, double>(line, line_guide),
              data(y = numbers({8}, 0, 1), u = numbers({8, 2}, 0, 1), c = one_number(1))) == 0);
}

TEST_CASE("each step of a loop has noise of its own") {
  auto vi = infer<elbo<1>, double>(columns, columns_guide);
  const auto loaded =
      vi.load(data(x = numbers({8, 3}, 0, 0.1), y = numbers({8}, 0, 1), u = numbers({8, 2}, 1, 0)));
  const optimizer still = sgd{.rate = 0.0};
  const double first = vi.step(loaded, first_rows(8), still).bound;
  CHECK(vi.step(loaded, first_rows(8), still).bound != first);
  CHECK_THAT(message_of([&] {
               vi.gradient(loaded, std::vector<std::uint32_t>{0, 8});
             }),
             has("found row 8") && has("8 rows of the data"));
}

TEST_CASE("parameters of each row belong to the data that they were learnt from") {
  const variad_tests::scratch_folder folder;
  const std::string file = folder / "local.safetensors";
  const auto train = data(x = numbers({10, 3}, 0, 0.1)), other = data(x = numbers({4, 3}, 0, 0.1));
  auto vi = infer<elbo<1>, double>(local, local_guide);
  vi.fit(train, {.epochs = 20, .batch = 5, .checkpoint = file, .progress = false});
  const auto name = vi.parameter_table().front().name;
  const auto learnt = vi.parameter(name);
  CHECK_THAT(message_of([&] { vi.bound(other); }), has("data of 4 rows") && has("10 rows"));
  CHECK_THAT(message_of([&] { vi.fit(train, train, {.progress = false}); }),
             has("found validation data, expected none"));
  CHECK((vi.parameter(name) == learnt));

  auto used = infer<elbo<1>, double>(local, local_guide);
  used.load_checkpoint(file);
  CHECK((used.parameter(name) == learnt));
  CHECK(value_of(used.bound(train, 1)) == value_of(vi.bound(train, 1)));
}

TEST_CASE("a plate of a stated size takes that many rows") {
  constexpr auto p = model(plate<"row", 8>(z = ~normal(0, 1), x = ~normal(z, 1)));
  auto vi = infer<elbo<1>, double>(p, mean_field(p));
  CHECK(std::isfinite(value_of(vi.bound(data(x = numbers({8, 3}, 0, 1))))));
  for (const std::size_t n : {std::size_t{5}, std::size_t{20}})
    CHECK_THAT(message_of([&] {
                 vi.bound(data(x = numbers({n, 3}, 0, 1)));
               }),
               has("plate 'row'") && has("expected 8"));

  constexpr auto global = model(w = ~normal(0, 1), plate<"row", 8>(y = ~normal(sum(w), 1)));
  auto of_all = infer<elbo<1>, double>(global, mean_field(global));
  CHECK(of_all.posterior<"w">(data()).size() == 2);
}

TEST_CASE("a model with given variables generates a row for each of theirs") {
  auto vi = infer<elbo<1>, double>(line, line_guide);
  const auto at = data(u = numbers({5, 2}, 0, 1), c = one_number(3));
  const auto means = vi.generate<"y">(at), draws = vi.sample<"y">(at), weights = vi.sample<"w">(at);
  REQUIRE(means.size() == 5);
  REQUIRE(draws.size() == 5);
  for (std::size_t r = 0; r < 5; ++r)
    CHECK(means(r) == Approx(weights(0) * static_cast<double>(2 * r) +
                             weights(1) * static_cast<double>(2 * r + 1) + 3.0));
}

TEST_CASE("a model with parameters of each row has none for rows that it generates") {
  constexpr auto p = model(plate<"row">(x = ~normal(row_param<3>(), 1)));
  auto vi = infer<elbo<1>, double>(p, guide());
  CHECK_THAT(message_of([&] { vi.generate<"x">(3); }), has("none for rows to generate"));
}

TEST_CASE("what is generated in a plate inside has its extent") {
  constexpr auto p = model(plate<"row">(z = ~normal(0, 1), plate<"part", 4>(y = ~normal(z, 1))));
  constexpr auto q = guide(plate<"row">(z = ~normal(sum(param<>()), 1)));
  auto vi = infer<elbo<1>, double>(p, q);
  CHECK(vi.generate<"y">(5).shape() == array<double>::shape_type{5, 4});
  CHECK(vi.sample<"y">(5).shape() == array<double>::shape_type{5, 4});
  CHECK(vi.predict<"y">(data(y = numbers({5, 4}, 0, 1))).shape() ==
        array<double>::shape_type{5, 4});
}

TEST_CASE("a checkpoint serves another method, but a run does not go on with one") {
  const variad_tests::scratch_folder folder;
  const std::string file = folder / "model.safetensors";
  const auto train =
      data(x = numbers({10, 3}, 0, 0.1), y = numbers({10}, 0, 1), u = numbers({10, 2}, 1, 0));
  auto vi = infer<elbo<1>, double>(columns, columns_guide);
  vi.fit(train, {.epochs = 2, .batch = 5, .checkpoint = file, .progress = false});
  auto weighted = infer<iwae<4>, double>(columns, columns_guide);
  weighted.load_checkpoint(file);
  CHECK(value_of(weighted.log_likelihood(train, samples(8), 2)) >
        value_of(vi.bound(train, 2)) - 20);
  CHECK_THAT(message_of([&] {
               weighted.fit(train,
                            {.epochs = 3, .checkpoint = file, .resume = true, .progress = false});
             }),
             has("elbo<1>") && has("iwae<4, 1>"));
}

// The bound of an importance-weighted program is that of its objective: with the prior as guide and
// one latent, weights are likelihoods, and the bound rises with the number of samples. The chance
// that averages over 2000 rows fall in another order is below 1e-9.
TEST_CASE("bound and validation are of the objective that is trained") {
  constexpr auto p = model(plate<"row">(z = ~normal(0, 1), y = ~normal(z, 0.5)));
  constexpr auto q = guide(plate<"row">(z = ~normal(0, 1)));
  const auto train = data(y = numbers({2000}, -1, 0.001));
  auto one = infer<elbo<1>, double>(p, q);
  auto many = infer<iwae<30>, double>(p, q);
  CHECK(value_of(many.bound(train)) > value_of(one.bound(train)) + 0.5);
  double validated = 0;
  many.fit(train, train, {.epochs = 1, .progress = false, .on_epoch = [&](const epoch_report& r) {
                            validated = r.validation_bound;
                          }});
  CHECK(validated > value_of(one.bound(train)) + 0.5);
}

namespace not_finite {
constexpr auto v = observed<"v">;
constexpr auto spread = given<"spread">;
constexpr auto m = latent<"m">;
constexpr auto p = model(plate<"row">(m = ~normal(0, 1), v = ~normal(m, spread)));
constexpr auto q = guide(plate<"row">(m = ~normal(param<>(), 1)));
constexpr auto drawn_q = guide(plate<"row">(m = ~normal(param<>(), spread)));
constexpr auto sure = model(plate<"row">(v = ~bernoulli(probs = param<>(constant(1)))));
}  // namespace not_finite

TEST_CASE("what is not finite is named, with its row, its cause and a repair") {
  using namespace not_finite;
  const array<double> values{0.1, 0.2, 0.3}, scales{1, -0.3, 2}, ones{1, 1, 1};
  const auto rows = std::vector<std::uint32_t>{2, 1};
  const auto expect_scale = [](auto&& query, const char* name) {
    CHECK_THAT(message_of(query),
               has(name) && has("scale of 'v' in row 1 is -0.3") && has("exp(...)"));
  };
  auto vi = infer<elbo<1>, double>(p, q);
  const auto d = data(v = values, spread = scales);
  expect_scale([&] { vi.bound(d); }, "bound");
  expect_scale([&] { vi.log_likelihood(d, samples(3)); }, "log_likelihood");
  expect_scale([&] { vi.gradient(vi.load(d), rows); }, "gradient");
  expect_scale([&] { vi.fit(d, {.progress = false}); }, "step 0");
  // A row without the fault is a good one.
  CHECK_NOTHROW(vi.gradient(vi.load(d), std::vector<std::uint32_t>{0, 2}));

  auto drawn = infer<elbo<1>, double>(p, drawn_q);
  CHECK_THAT(message_of([&] { drawn.posterior<"m">(data(spread = scales)); }),
             has("scale of 'm' in row 1 is -0.3"));

  vi.set_parameter("q.m.param0.value", array<double>(std::numeric_limits<double>::quiet_NaN()));
  CHECK_THAT(message_of([&] { vi.bound(data(v = values, spread = ones)); }),
             has("'q.m.param0' is not a number"));

  auto certain = infer<elbo<1>, double>(sure, guide());
  CHECK(value_of(certain.bound(data(v = ones))) == 0.0);
  CHECK_THAT(message_of([&] {
               certain.bound(data(v = array<double>{1, 1, 0}));
             }),
             has("'v' is -inf in row 2") && has("probability 0"));
}

TEST_CASE("labels of a nested plate, more than the categories of one row") {
  constexpr auto label = observed<"label">;
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(plate<"item", 40>(label = ~categorical<3>(logits = param<3>())))),
      guide());
  const array<double> zeros = xt::zeros<double>({4, 40});
  const auto loaded = vi.load(data(label = zeros));
  const auto r = vi.gradient(loaded, std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK(r.bound == Approx(-40 * std::log(3.0)));
  CHECK(vi.gradient()[0] == Approx(40 * 2 / 3.0));
  CHECK(vi.gradient()[1] == Approx(-40 / 3.0));
  CHECK(vi.gradient()[2] == Approx(-40 / 3.0));
}

TEST_CASE("parameters that were set stay when rows are laid out") {
  constexpr auto m = latent<"m">;
  constexpr auto v = observed<"v">;
  auto vi =
      infer<elbo<1>, double>(model(plate<"row">(m = ~normal(0, 1), v = ~normal(m, exp(param<>())))),
                             guide(plate<"row">(m = ~normal(row_param<>(constant(0.25)), 1))));
  vi.set_parameter("p.v.param0.value", array<double>(0.5));
  vi.bound(data(v = array<double>{1, 2, 3}));
  CHECK(vi.parameter("p.v.param0.value")() == 0.5);
  CHECK((vi.parameter("q.m.param0.value") == array<double>{0.25, 0.25, 0.25}));
}

TEST_CASE("a step that is refused changes nothing") {
  constexpr auto v = observed<"v">;
  constexpr auto input = given<"input">;
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(v = ~normal(sum(batch_norm(linear<1>(input))), exp(param<>())))), guide());
  vi.initialise(1);
  const array<double> values{0.3, -0.2, 1.1}, inputs{1, 2, 4}, huge{1e160, 2, 4};
  const auto d = data(v = values, input = inputs);
  const std::vector<std::uint32_t> rows{0, 1, 2};
  vi.gradient(vi.load(d), rows);
  const double before = value_of(vi.bound(d));
  CHECK_THROWS_AS(vi.gradient(vi.load(data(v = values, input = huge)), rows), error);
  CHECK(value_of(vi.bound(d)) == before);

  CHECK_THROWS_WITH(vi.fit(d, {.progress = false,
                               .on_epoch =
                                   [&](const epoch_report&) {
                                     vi.gradient(vi.load(d), std::vector<std::uint32_t>{0});
                                   }}),
                    Catch::Contains("called within fit"));
}

}  // namespace
}  // namespace tests
