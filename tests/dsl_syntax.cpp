#include <cmath>
#include <sstream>
#include <type_traits>

#include <catch2/catch.hpp>

#include <variad/variad.hpp>

namespace syntax {

using namespace variad;
using namespace variad::internals;

constexpr auto x = observed<"x", 784>;
constexpr auto z = latent<"z", 20>;
constexpr auto p =
    model(plate<"image">(z = ~categorical<10>(uniform), x = ~bernoulli(logits = dense<784>(z))));
constexpr auto q = guide(plate<"image">(z = ~categorical<10>(logits = dense<200>(x))));
using first_listing = decltype(infer<elbo<1>>(p, q));
using resolved_listing = first_listing::training_plan;

// What says only which op, family or variable stands where is empty.
static_assert(std::is_empty_v<decltype(x)> && std::is_empty_v<decltype(z)>);
// A layer carries its initialiser, a literal its value.
static_assert(sizeof(q) <= 24 && sizeof(p) <= 32);

static_assert(first_listing::estimator<"z">() == "direct_argmax");
static_assert(first_listing::reason<"z">() ==
              "discrete, and the next layer makes one-site alternatives cheap");

constexpr node_id op_node(std::string_view name, bool in_guide) {
  for (const node_id i : resolved_listing::program.token_ids())
    if (resolved_listing::program[i].op == name &&
        resolved_listing::program[i].in_guide == in_guide)
      return i;
  return node_id::none;
}

// Axes: the encoder runs once per datum and not once per sample, the decoder once per sample.
constexpr axes per_datum = axis_bit(first_plate_axis);
static_assert(resolved_listing::program[op_node("dense", true)].axes == per_datum);
static_assert(resolved_listing::program[op_node("dense", false)].axes ==
              (per_datum | axis_bit(replicate_axis)));

// Terms: the analytic KL has taken the place of the prior.
static_assert(resolved_listing::program.latent(latent_id{}).term == latent_info::term_kind::kl);
static_assert(resolved_listing::program[resolved_listing::program.latent(latent_id{}).prior].what ==
              role::nothing);

// Schedule: every input is computed before it is read.
constexpr bool in_order = [] {
  const auto& s = resolved_listing::schedule;
  for (std::size_t i = 0; i < s.size(); ++i)
    for (const node_id in : s[i].inputs) {
      bool before = false;
      for (std::size_t k = 0; k < i; ++k) before = before || s[k].node == in;
      if (!before) return false;
    }
  return true;
}();
static_assert(in_order);

// Memory: every scheduled node has a buffer, within the arena of its kind.
constexpr bool placed = [] {
  const auto& s = resolved_listing::schedule;
  const auto& m = resolved_listing::memory;
  for (const step& one : s) {
    const auto size = static_cast<std::size_t>(resolved_listing::program[one.node].event.size());
    const std::size_t offset = m.value[one.node];
    if (offset == nowhere || offset + size > (one.global ? m.global.values : m.datum_size))
      return false;
  }
  return true;
}();
static_assert(placed);
static_assert(resolved_listing::memory.datum_size >= 784 + 200 + 784);

// Fusion: elementwise ops with one consumer make one loop; an op that is read twice ends a chain.
constexpr auto y = observed<"y", 3>;
constexpr auto w = latent<"w", 3>;
constexpr auto chain_model =
    model(plate<"row">(w = ~normal(0, 1), y = ~normal(tanh(exp(w) * w + 1), 1)));
constexpr auto chain_guide = guide(plate<"row">(w = ~normal(dense<3>(y), 1)));
using chained = decltype(infer<elbo<1>>(chain_model, chain_guide))::training_plan;
constexpr std::size_t longest_chain = [] {
  std::size_t longest = 0;
  for (const step& one : chained::schedule) longest = std::max(longest, one.members.size());
  return longest;
}();
static_assert(longest_chain == 5);  // exp, multiply, add, tanh and the density

// By default draws of few joint values are summed over, as many as fit the budget of 16 together;
// those that are told to be come first, and at most three are.
constexpr auto three = latent<"three">;
constexpr auto two = latent<"two">;
constexpr auto five = latent<"five">;
constexpr auto pair = latent<"pair", 2>;
constexpr auto several = model(plate<"image">(
    three = ~categorical<3>(uniform), two = ~bernoulli(uniform), five = ~categorical<5>(uniform),
    pair = ~bernoulli(uniform),
    x = ~bernoulli(logits = dense<784>(concat(three, five, pair)) + param<784>() * two)));
template <class E>
constexpr auto several_by(const E& by) {
  return guide(plate<"image">(three = ~categorical<3>(logits = dense<3>(x)),
                              two = ~bernoulli(logits = sum(dense<1>(x))),
                              five = ~categorical<5>(logits = dense<5>(x)).by(by),
                              pair = ~bernoulli(logits = dense<2>(x))));
}
using one_left = decltype(infer<elbo<1>>(several, several_by(direct_argmax{})));
using weighted = decltype(infer<iwae<5>>(several, several_by(direct_argmax{})));
using one_told = decltype(infer<elbo<1>>(several, several_by(enumerate{})));

constexpr auto b1 = latent<"b1">;
constexpr auto b2 = latent<"b2">;
constexpr auto b3 = latent<"b3">;
constexpr auto b4 = latent<"b4">;
constexpr auto bits =
    plate<"image">(b1 = ~bernoulli(logits = param<>()), b2 = ~bernoulli(logits = param<>()),
                   b3 = ~bernoulli(logits = param<>()), b4 = ~bernoulli(logits = param<>()));
constexpr auto of_bits = model(plate<"image">(
    b1 = ~bernoulli(uniform), b2 = ~bernoulli(uniform), b3 = ~bernoulli(uniform),
    b4 = ~bernoulli(uniform), x = ~bernoulli(logits = dense<784>(concat(b1, b2, b3, b4)))));
using four_bits = decltype(infer<elbo<1>>(of_bits, guide(bits)));

}  // namespace syntax

TEST_CASE("a plan is data") {
  const variad::plan plan = variad::infer<variad::elbo<1>>(syntax::p, syntax::q).plan();
  REQUIRE(plan.latents.size() == 1);
  CHECK(plan.latents[0].name == "z");
  CHECK(plan.latents[0].family == "categorical");
  CHECK(plan.latents[0].estimator == "direct_argmax");
  CHECK(plan.latents[0].bias == "consistent");
  CHECK(plan.latents[0].term == "exact KL");
  CHECK(plan.latents[0].probes == 200);
  REQUIRE(plan.parameters.size() == 4);
  CHECK(plan.parameters[0].name == "q.z.dense0.weight");
  CHECK(plan.datum_bytes ==
        static_cast<std::size_t>(syntax::resolved_listing::memory.datum_size) * sizeof(float));
}

TEST_CASE("the plan of the first listing as text") {
  std::ostringstream out;
  out << variad::infer<variad::elbo<1>>(syntax::p, syntax::q).plan();
  const std::string expected = R"(objective elbo<1>

latents
  name  family       event     estimator      probes  bias        divergence  why
  z     categorical  [20, 10]  direct_argmax  200     consistent  exact KL    discrete, and the next layer makes one-site alternatives cheap
  z: epsilon, in logits per nat: as it falls, bias vanishes and variance grows; no logit's gradient exceeds 1/epsilon
  z: source direct-argmax-discrete-vae, Theorem 1, eq. 10

schedule
  what                in   event     rows
  read x                   [784]     image
  dense               q.z  [200]     image
  draw z              q.z  [20, 10]  image
  dense               p.x  [784]     image
  bernoulli.log_prob  p.x  []        image
  kl                  q.z  []        image

parameters
  q.z.dense0.weight  [784, 200]
  q.z.dense0.bias    [200]
  p.x.dense0.weight  [200, 784]
  p.x.dense0.bias    [784]
  314584 values

memory
  11816 bytes per datum, 4 bytes once
)";
  CHECK(out.str() == expected);
}

TEST_CASE("draws of few joint values are summed by default, as far as the budget goes") {
  using namespace syntax;
  CHECK(one_left::estimator<"three">() == "enumerate");
  CHECK(one_left::estimator<"two">() == "enumerate");       // 6 joint values
  CHECK(one_left::estimator<"pair">() == "direct_argmax");  // would be 24
  CHECK(one_told::estimator<"three">() == "enumerate");     // 15
  CHECK(one_told::estimator<"two">() == "direct_argmax");
  CHECK(one_told::reason<"three">() ==
        "few joint values: the sum over all of them is exact, and with those of other draws fits "
        "the budget of 16");
  CHECK(four_bits::estimator<"b3">() == "enumerate");
  CHECK(four_bits::estimator<"b4">() == "direct_argmax");  // no more than three are summed
  CHECK(weighted::estimator<"three">() == "enumerate");
}

TEST_CASE("the assignments of a small mixture have their exact gradient by default") {
  using namespace variad;
  constexpr auto y = observed<"y">;
  constexpr auto k = latent<"k">;
  constexpr auto mixture = model(plate<"row">(k = ~categorical<3>(logits = param<3>()),
                                              y = ~normal(take(param<3>(), k), 0.8)));
  constexpr auto assigned = guide(plate<"row">(k = ~categorical<3>(logits = row_param<3>())));
  auto vi = infer<elbo<1>, double>(mixture, assigned);
  auto targets = array<double>::from_shape({2});
  targets(0) = 0.3;
  targets(1) = -1.1;
  const auto loaded = vi.load(data(y = targets));
  const std::vector<std::uint32_t> rows{0, 1};
  vi.gradient(loaded, rows);  // lays out parameters that the data give a length
  double at = 0.4;
  for (const auto& info : vi.parameter_table()) {
    auto value = vi.parameter(info.name);
    for (double& v : value) v = std::sin(7 * (at += 0.37));
    vi.set_parameter(info.name, value);
  }
  const array<double> q = vi.parameter("q.k.param0.value"),
                      prior = vi.parameter("p.k.param0.value"),
                      centre = vi.parameter("p.y.param0.value");
  vi.gradient(loaded, rows);
  for (const auto& info : vi.parameter_table())
    if (info.name == "q.k.param0.value")
      for (std::size_t r = 0; r < 2; ++r) {
        // Of Σ π_j f_j: π_j (f_j − Σ π f), with f the log joint less log π; half of it is a row's.
        double total = 0, prior_total = 0, expected = 0, f[3];
        for (std::size_t j = 0; j < 3; ++j) {
          total += std::exp(q(r, j));
          prior_total += std::exp(prior(j));
        }
        for (std::size_t j = 0; j < 3; ++j) {
          const double d = (targets(r) - centre(j)) / 0.8;
          f[j] = -0.5 * d * d + prior(j) - std::log(prior_total) - q(r, j) + std::log(total);
          expected += std::exp(q(r, j)) / total * f[j];
        }
        for (std::size_t j = 0; j < 3; ++j)
          CHECK(vi.gradient()[info.offset + r * 3 + j] ==
                Approx(0.5 * std::exp(q(r, j)) / total * (f[j] - expected)).margin(1e-12));
      }
}
