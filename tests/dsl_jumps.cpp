#include <numbers>

#include "estimator_check.hpp"
#include "kernel_check.hpp"

// Paths without a derivative: an op says which of its inputs have none, and what does not say so
// has one that is the whole of it. What follows of it for draws.

namespace tests {
namespace {

using namespace variad;
using namespace variad::internals;
using kernel_check::input;

/// Whether what an op gives at the ends of a line through input i, from its own values to others,
/// differs by the integral of its derivative along the line: it has jumps otherwise. Midpoints; a
/// kink costs no more than a point.
template <class Op>
bool derivative_is_whole(const Op& op, const std::vector<input>& inputs, const shape& domain,
                         std::size_t i, unsigned seed) {
  using kernel_check::call_on_buffers;
  const shape event = kernel_check::event_of<Op>(inputs);
  call_on_buffers<double> b(inputs, event, domain, seed);
  const std::vector<double> to =
                                call_on_buffers<double>(inputs, event, domain, seed + 100).value[i],
                            from = b.value[i];
  const auto objective = [&] {
    kernel_check::forward(op, b.call);
    double total = 0;
    for (std::size_t j = 0; j < b.out.size(); ++j) total += b.out_adjoint[j] * b.out[j];
    return total;
  };
  const auto move = [&](double t) {
    for (std::size_t j = 0; j < from.size(); ++j) b.value[i][j] = (1 - t) * from[j] + t * to[j];
  };
  constexpr int points = 4000;
  double integral = 0;
  for (int p = 0; p < points; ++p) {
    move((p + 0.5) / points);
    for (auto& a : b.adjoint) std::fill(a.begin(), a.end(), 0.0);
    objective();
    kernel_check::pull_back(op, b.call);
    for (std::size_t j = 0; j < from.size(); ++j)
      integral += b.adjoint[i][j] * (to[j] - from[j]) / points;
  }
  move(0);
  const double begin = objective();
  move(1);
  return std::abs(objective() - begin - integral) < 2e-3 * (1 + std::abs(integral));
}

/// An op tells the truth of each of its inputs.
template <class Op>
void check(const Op& op, const std::vector<input>& inputs, const shape& domain) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CAPTURE(Op::name, i);
    bool whole = true;
    for (const unsigned seed : {1u, 2u, 3u})
      whole = whole && derivative_is_whole(op, inputs, domain, i, seed);
    CHECK(whole == !(Op::traits.without_derivative >> i & 1u));
  }
}
template <class Op>
void check(const Op& op, const std::vector<input>& inputs) {
  check(op, inputs, kernel_check::event_of<Op>(inputs));
}

constexpr auto rounded = [](auto in, auto out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] > 0 ? 1 : 0;
};
constexpr auto squared = [](auto in, auto out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] * in[i];
};
constexpr auto slope_of_square = [](auto in, auto seed, auto to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += 2 * in[i] * seed[i];
};

const shape five = shape_of(5), square_of_3 = shape_of(3, 3);
const input any{five}, positive{five, 3, 0.3, 2}, share{five, 3, 0.1, 0.9};

TEST_CASE("the derivative of an op is the whole of it, but for the inputs that it names", "[ops]") {
  check(ops::add{}, {any, any});
  check(ops::subtract{}, {any, any});
  check(ops::multiply{}, {any, any});
  check(ops::divide{}, {any, positive});
  check(ops::negate{}, {any});
  check(ops::exp{}, {any});
  check(ops::log{}, {positive});
  check(ops::sqrt{}, {positive});
  check(ops::pow{}, {positive, any});
  check(ops::square{}, {any});
  check(ops::tanh{}, {any});
  check(ops::sigmoid{}, {any});
  check(ops::softplus{}, {any});
  check(ops::relu{}, {any});
  check(ops::leaky_relu{{}, 0.2}, {any});
  check(ops::select{}, {any, any, any});
  check(ops::softmax{}, {any});
  check(ops::log_softmax{}, {any});
  check(ops::sum<ops::all_axes>{}, {any});
  check(ops::mean<0>{}, {any});
  check(ops::logsumexp<0>{}, {any});
  check(ops::matmul{}, {{square_of_3}, {square_of_3}});
  check(ops::concat{}, {any, any});
  check(ops::slice<1, 3>{}, {any});
  check(ops::reshape<5, 1>{}, {any});
  check(ops::lower_cholesky{}, {{square_of_3}});
  static_assert(!ops::function<1, decltype(rounded), ops::no_derivative, 5>::traits.differentiable);
  check(ops::function<1, decltype(squared), decltype(slope_of_square), 5>{squared, slope_of_square},
        {any});
}

TEST_CASE("the derivative of a density is the whole of it, in the value too", "[ops]") {
  const auto located = [&]<class Family>(Family) {
    check(typename Family::log_prob{}, {positive, any, positive}, five);
    check(typename Family::entropy{}, {any, positive}, five);
    check(kl_divergence<Family, Family>{}, {any, positive, any, positive}, five);
  };
  located(families::normal{});
  located(families::log_normal{});
  located(families::laplace{});
  check(families::bernoulli::log_prob{}, {share, any}, five);
  check(families::bernoulli::entropy{}, {any}, five);
  check(kl_divergence<families::bernoulli, families::bernoulli>{}, {any, any}, five);
  using of_five = families::categorical<5>;
  check(of_five::log_prob{}, {share, any}, five);
  check(of_five::entropy{}, {any}, five);
  check(kl_divergence<of_five, of_five>{}, {any, any}, five);
  using families::multivariate_normal;
  const shape three = shape_of(3);
  const input factor{square_of_3, 3, 0.6, 1.4};
  check(multivariate_normal::log_prob{}, {{three}, {three}, factor}, three);
  check(multivariate_normal::entropy{}, {{three}, factor}, three);
}

// --- draws that select reads ---------------------------------------------------------------------

constexpr auto x = observed<"x">;
constexpr auto u = given<"u">;
constexpr auto z = latent<"z">;
constexpr auto w = latent<"w", 2>;
constexpr double datum = 0.7;

constexpr auto step_model =
    model(plate<"row">(z = ~normal(0, 1), x = ~normal(select(z - u, 1.5, -0.5), 1)));
constexpr auto step_guide = guide(plate<"row">(z = ~normal(param<>(), exp(param<>()))));

/// The bound: the mass of either side by the error function.
double step_bound(const parameters& at, double threshold) {
  const double m = at.at("q.z.param0.value")[0], l = at.at("q.z.param1.value")[0], s = std::exp(l);
  const double above = 0.5 * std::erfc((threshold - m) / (s * std::sqrt(2.0)));
  return l - 0.5 * (s * s + m * m - 1) + above * log_normal_density(datum, 1.5, 1) +
         (1 - above) * log_normal_density(datum, -0.5, 1);
}

TEST_CASE("a normal draw in the condition of select") {
  constexpr double threshold = 0.2;
  auto vi = infer<elbo<1>, double>(step_model, step_guide);
  CHECK(vi.estimator<"z">() == "score_function(moving)");
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto exact = [&](const parameters& p) { return step_bound(p, threshold); };
  const auto loaded = vi.load(data(x = repeated(datum, 200), u = repeated(threshold, 200)));
  require_unbiased(mean_gradient(vi, loaded, 400), finite_differences(exact, at), exact(at));
}

constexpr auto gamma_model = model(plate<"row">(z = ~gamma(2, 1.5), x = ~normal(z, 1)));
constexpr auto gamma_guide =
    guide(plate<"row">(z = ~gamma(rate = exp(param<>()), concentration = exp(param<>()))));

/// The bound by E z, E z² and E log z, with the digamma function by differences of log Γ.
double gamma_bound(const parameters& at) {
  const double a = std::exp(at.at("q.z.param0.value")[0]),
               b = std::exp(at.at("q.z.param1.value")[0]);
  const double digamma = (std::lgamma(a + 1e-4) - std::lgamma(a - 1e-4)) / 2e-4;
  const double mean_log = digamma - std::log(b);
  const double prior = 2 * std::log(1.5) - std::lgamma(2.0) + mean_log - 1.5 * a / b;
  const double own = a * std::log(b) - std::lgamma(a) + (a - 1) * mean_log - a;
  return -0.5 * (std::pow(datum - a / b, 2) + a / (b * b)) - 0.5 * std::log(2 * std::numbers::pi) +
         prior - own;
}

TEST_CASE("a gamma draw has no derivative along a path") {
  static_assert(!reparameterizable_family<families::gamma>);
  auto vi = infer<elbo<1>, double>(gamma_model, gamma_guide);
  CHECK(vi.estimator<"z">() == "score_function(moving)");
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto loaded = vi.load(data(x = repeated(datum, 200)));
  require_unbiased(mean_gradient(vi, loaded, 400), finite_differences(gamma_bound, at),
                   gamma_bound(at));
}

// Two binary draws, and a step of each of them.
constexpr auto binary_model = model(plate<"row">(
    w = ~bernoulli(logits = 0.4), x = ~normal(sum(select(w - 0.5, param<2>(), param<2>())), 1)));
template <class E>
constexpr auto binary_guide(const E& by) {
  return guide(plate<"row">(w = ~bernoulli(logits = param<2>()).by(by)));
}

double binary_bound(const parameters& at) {
  const auto &l = at.at("q.w.param0.value"), &one = at.at("p.x.param0.value"),
             &zero = at.at("p.x.param1.value");
  const double prior = 1 / (1 + std::exp(-0.4));
  double bound = 0;
  for (const bool a : {false, true})
    for (const bool b : {false, true}) {
      const double qa = 1 / (1 + std::exp(a ? -l[0] : l[0])),
                   qb = 1 / (1 + std::exp(b ? -l[1] : l[1]));
      const double mean = (a ? one[0] : zero[0]) + (b ? one[1] : zero[1]);
      bound += qa * qb *
               (log_normal_density(datum, mean, 1) + std::log(a ? prior : 1 - prior) +
                std::log(b ? prior : 1 - prior) - std::log(qa) - std::log(qb));
    }
  return bound;
}

TEST_CASE("a binary draw in the condition of select: unbiased, or refused") {
  using plan_of = decltype(infer<elbo<2>, double>(
      binary_model, binary_guide(score_function{leave_one_out})))::training_plan;
  constexpr const latent_traits& traits = plan_of::traits<latent_id{}>;
  hana::for_each(estimator_list, [&](auto type) {
    using E = typename decltype(type)::type;
    if (E::probes(traits).role == probe_role::cost) return;
    CAPTURE(E::traits.name);
    CHECK(!verdict_on<E>(traits).yes);
  });
  const auto check = [&](auto by) {
    if constexpr (verdict_on<decltype(by)>(plan_of::template traits<latent_id{}>).yes) {
      auto vi = infer<elbo<2>, double>(binary_model, binary_guide(by));
      CAPTURE(decltype(by)::traits.name);
      spread_parameters(vi);
      const parameters at = parameters_of(vi);
      require_unbiased(mean_gradient(vi, vi.load(data(x = repeated(datum, 200))), 400),
                       finite_differences(binary_bound, at), binary_bound(at));
    }
  };
  check(enumerate{});
  check(local_expectation{});
  check(score_function{leave_one_out});
  check(rebar{});
  check(muprop{});
}

TEST_CASE("a condition of data and parameters passes derivatives to what it selects") {
  // Constant in the parameters but at jumps, and no draw: the derivative is what it should be.
  constexpr auto p = model(plate<"row">(
      x = ~normal(select(u - param<>(constant(0.2)), param<>(constant(1)), 2 * u), 1)));
  auto vi = infer<elbo<1>, double>(p, guide());
  auto inputs = array<double>::from_shape({2}), targets = inputs;
  inputs(0) = 0.5;
  inputs(1) = -0.5;
  targets(0) = 0.3;
  targets(1) = 0.1;
  const auto loaded = vi.load(data(x = targets, u = inputs));
  const std::vector<std::uint32_t> rows{0, 1};
  vi.gradient(loaded, rows);
  CHECK(vi.gradient()[vi.parameter_table()[0].offset] == 0);
  CHECK(vi.gradient()[vi.parameter_table()[1].offset] == Approx(0.5 * (0.3 - 1)));
}

}  // namespace
}  // namespace tests
