#include <sstream>
#include <string>
#include <string_view>

#include "scratch_folder.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/inference/lab.hpp>
#include <variad/variad.hpp>

namespace tests {
namespace {

using namespace variad;
using namespace variad_tests;

constexpr auto x = observed<"x", 6>;
constexpr auto z = latent<"z", 2>;
constexpr auto w = latent<"w">;
constexpr auto p = model(plate<"row">(z = ~categorical<3>(uniform),
                                      x = ~bernoulli(logits = dense<6>(tanh(dense<4>(z))))));
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));

array<float> rows(std::size_t n) {
  auto a = array<float>::from_shape({n, 6});
  for (std::size_t i = 0; i < a.size(); ++i) a.data()[i] = (i * 7 + i / 13) % 3 == 0 ? 1.0f : 0.0f;
  return a;
}

const lab_row* find(const lab_report& r, std::string_view name, double knob = -1) {
  for (const lab_row& row : r.rows)
    if (row.estimator == name && (knob < 0 || row.knob == knob)) return &row;
  return nullptr;
}

TEST_CASE("the lab runs what a latent accepts, against the exact gradient") {
  auto vi = infer<elbo<1>>(p, q);
  vi.initialise(3);
  const auto before = vi.parameter("q.z.dense0.weight");
  const lab_report r = lab<"z">(vi, data(x = rows(40)), {.repeats = 100, .seed = 5});
  CHECK((vi.parameter("q.z.dense0.weight") == before));
  CHECK(r.latent == "z");
  CHECK(r.exact);
  CHECK(r.reference == "enumerate");
  // Of 100 gradients with 42 parameters the distance of an unbiased mean is near what chance makes
  // of it: beyond 1.7 times that with a probability below 1e-6.
  for (const lab_row& row : r.rows) {
    INFO(row.estimator);
    CHECK(row.milliseconds > 0);
    if (row.bias_class == "unbiased") CHECK(row.bias < 1.7 * row.bias_error + 1e-4);
  }
  REQUIRE(find(r, "local_expectation"));
  REQUIRE(find(r, "score_function"));
  CHECK(find(r, "local_expectation")->variance < find(r, "score_function")->variance);
  CHECK(find(r, "local_expectation")->cosine > 0.9);
  REQUIRE(find(r, "gumbel_softmax", 2.0));
  CHECK(find(r, "gumbel_softmax", 2.0)->bias > 5 * find(r, "gumbel_softmax", 2.0)->bias_error);
  CHECK(find(r, "gumbel_softmax", 2.0)->knob_name == "tau");
  CHECK(!find(r, "pathwise"));
  CHECK(r.best().estimator == "enumerate");

  bool says_why = false;
  for (const auto& refusal : r.refused)
    says_why |=
        refusal.estimator == "arm" && refusal.reason.find("two categories") != std::string::npos;
  CHECK(says_why);

  std::ostringstream text;
  text << r;
  CHECK(text.str().find("direct_argmax") != std::string::npos);
  CHECK(text.str().find("* ") != std::string::npos);
}

constexpr auto continuous_p =
    model(plate<"row">(w = ~normal(0, 1), x = ~bernoulli(logits = param<6>() * w)));
constexpr auto continuous_q = guide(plate<"row">(w = ~normal(sum(dense<1>(x)), 1)));

TEST_CASE("without enumeration the lab compares with a long mean") {
  auto vi = infer<elbo<1>>(continuous_p, continuous_q);
  vi.initialise(2);
  const lab_report r =
      lab<"w">(vi, data(x = rows(40)), {.repeats = 100, .reference_repeats = 2000, .seed = 5});
  CHECK(!r.exact);
  CHECK(r.reference == "pathwise");
  REQUIRE(r.rows.size() == 4);  // pathwise, nvil, the score function with and without a baseline
  for (const lab_row& row : r.rows) CHECK(row.bias < 2.5 * row.bias_error);
  CHECK(find(r, "pathwise")->variance < find(r, "score_function")->variance);
  CHECK(r.best().estimator == "pathwise");
}

// A single gradient is exact for one choice of what is left out alone.
TEST_CASE("the lab averages over what dropout leaves out") {
  auto vi = infer<elbo<1>>(
      model(plate<"row">(z = ~categorical<3>(uniform),
                         x = ~bernoulli(logits = dense<6>(dropout(tanh(dense<4>(z)), 0.5))))),
      guide(plate<"row">(z = ~categorical<3>(logits = param<3>()).by(enumerate{}))));
  vi.initialise(3);
  const lab_report r = lab<"z">(vi, data(x = rows(40)), {.repeats = 100, .seed = 5});
  CHECK(!r.exact);
  REQUIRE(find(r, "enumerate"));
  CHECK(find(r, "enumerate")->bias < 1.7 * find(r, "enumerate")->bias_error);
}

TEST_CASE("the lab measures the estimator that the guide names") {
  auto vi = infer<elbo<1>>(
      continuous_p,
      guide(plate<"row">(w = ~normal(sum(dense<1>(x)), 1).by(nvil(dense<1>(tanh(dense<4>(x))))))));
  vi.fit(data(x = rows(200)),
         {.epochs = 40, .batch = 20, .optimizer = adam{0.05}, .seed = 2, .progress = false});
  const lab_report r = lab<"w">(vi, data(x = rows(40)), {.repeats = 50, .reference_repeats = 500});
  REQUIRE(r.rows.size() == 5);
  CHECK(r.rows[4].estimator == "nvil, the guide's");
  for (const lab_row& row : r.rows) CHECK(row.bias < 2.5 * row.bias_error + 1e-4);
  // The baseline depends on the datum: it has learnt more than a running mean.
  CHECK(r.rows[4].variance < find(r, "score_function")->variance);
}

TEST_CASE("a report as CSV") {
  lab_report r;
  r.reference_norm = 2;
  r.rows.push_back({.estimator = "a", .bias_class = "unbiased", .variance = 30, .milliseconds = 2});
  r.rows.push_back({.estimator = "b", .knob = 0.5, .bias = 1, .milliseconds = 1});
  // (variance / 10 + bias² · norm²) · time
  CHECK(r.rows[0].cost(2) == 6);
  CHECK(r.rows[1].cost(2) == 4);
  CHECK(r.best().estimator == "b");
  const scratch_folder folder;
  r.write_csv(folder / "lab.csv");
  CHECK(read_file(folder / "lab.csv") ==
        "estimator,knob,bias_class,probes,bias,bias_error,variance,cosine,milliseconds,cost\n"
        "a,,unbiased,1,0,0,30,0,2,6\nb,0.5,,1,1,0,0,0,1,4\n");
}

TEST_CASE("a report as a picture") {
  lab_report r;
  r.latent = "z";
  r.objective = "elbo<1>";
  const scratch_folder folder;
  CHECK_THAT(message_of([&] { r.write_picture(folder / "lab.svg"); }),
             has("lab.svg") && has("no estimators"));

  r.reference_norm = 2;
  r.rows.push_back({.estimator = "plain", .variance = 30, .milliseconds = 2});
  const auto picture = [&] {
    r.write_picture(folder / "lab.svg");
    return read_file(folder / "lab.svg");
  };
  const auto shows = [&](std::string_view text) {
    return picture().find(text) != std::string::npos;
  };
  CHECK(!shows("Bias"));  // no estimator has a knob
  CHECK(shows(">plain<"));
  CHECK(shows(">6 least<"));

  for (const double knob : {0.1, 0.2})
    r.rows.push_back({.estimator = "known",
                      .knob = knob,
                      .knob_name = "tau",
                      .bias = knob,
                      .bias_error = 0.05,
                      .variance = 10,
                      .milliseconds = 1});
  r.rows.push_back({.estimator = "wordless", .knob = 3, .variance = 500, .milliseconds = 1});
  CHECK(shows("Bias of the gradient of z under elbo&lt;1&gt;"));
  CHECK(shows("Variance of the gradient of z under elbo&lt;1&gt;"));
  CHECK(shows(">known (tau)<"));
  // (1 + (0.1² − 0.05²) · 2²) · 1; the larger knob costs more.
  CHECK(shows(">known, tau 0.1<"));
  CHECK(shows(">1.03 least<"));
  CHECK(!shows(">known, tau 0.2<"));
  CHECK(shows(">wordless, 3<"));
  CHECK(shows("Left out: wordless, 1 of 1 points"));  // its bias is 0

  // What rounding leaves of an exact gradient's variance is shown as 0.
  r.rows.push_back({.estimator = "exact", .variance = 1e-15, .milliseconds = 1});
  CHECK(shows(">0 least<"));
}

}  // namespace
}  // namespace tests
