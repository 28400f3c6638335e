// Written by scripts/write-skeletons: change that, and call it.
// clang-format off
#include "program.hpp"

namespace {

using namespace variad;
namespace o = oracle;

namespace antithetic {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1", 2>;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1", 2>;
constexpr auto p = model(
    z0 = ~bernoulli(logits = param<>()),
    plate<"row">(z1 = ~bernoulli(logits = 0.71), x0 = ~normal(param<>() + param<>() * z0 + sum(param<2>() * z1), exp(row_param<>())), x1 = ~bernoulli(logits = dense<2>(z1))));
constexpr auto q = guide(
    z0 = ~bernoulli(logits = param<>()).by(disarm{}),
    plate<"row">(z1 = ~bernoulli(logits = row_param<2>()).by(arm{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 2);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "row", 2, 2);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::bernoulli(o::row_param(2)));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("z1", o::bernoulli(o::expression(0.71)));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z0") + o::sum(o::param(2) * o::ref("z1")), o::exp(o::row_param(1))));
  m.density("x1", o::bernoulli(o::dense(2, o::ref("z1"))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"antithetic", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace antithetic

namespace swapped {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto u = given<"u">;
constexpr auto h0 = quantity<"h0">;
constexpr auto p = model(
    z0 = ~categorical<3>(uniform),
    x1 = ~normal(param<>() + take(param<3>(), z0), exp(param<>())),
    plate<"row", 4>(z1 = ~categorical<3>(logits = param<3>() + take(param<3, 3>(), z0)), h0 = select(u, take(param<3>(), z1), param<>()) + take(param<3>(), z0), x0 = ~normal(param<>() + h0 + 0.5 * u, exp(param<>()))));
constexpr auto q = guide(
    z0 = ~categorical<3>(logits = param<3>()).by(ars{}),
    plate<"row", 4>(z1 = ~categorical<3>(logits = param<3>() + take(param<3, 3>(), z0) + param<3>() * u).by(arsm{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 4, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "", 1, 0);
  m.add_column("u", "row", 1, 0);
  m.draw("z0", o::categorical(3, o::param(3)));
  m.draw("z1", o::categorical(3, o::param(3) + o::take(o::param(9), o::ref("z0")) + o::param(3) * o::ref("u")));
  m.density("z0", o::categorical(3, o::expression(0.0)));
  m.density("z1", o::categorical(3, o::param(3) + o::take(o::param(9), o::ref("z0"))));
  m.quantity("h0", false, "row", o::select(o::ref("u"), o::take(o::param(3), o::ref("z1")), o::param(1)) + o::take(o::param(3), o::ref("z0")));
  m.density("x0", o::normal(o::param(1) + o::ref("h0") + o::expression(0.5) * o::ref("u"), o::exp(o::param(1))));
  m.density("x1", o::normal(o::param(1) + o::take(o::param(3), o::ref("z0")), o::exp(o::param(1))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"swapped", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), u = d.at("u"))); })};
}
}  // namespace swapped

namespace swapped_nested {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto p = model(
    plate<"row">(z0 = ~categorical<3>(logits = row_param<3>()), plate<"item", 2>(z1 = ~categorical<3>(logits = param<3>() + take(param<3, 3>(), z0)), x0 = ~normal(param<>() + take(param<3>(), z0) + take(param<3>(), z1), exp(row_param<>())))));
constexpr auto q = guide(
    plate<"row">(z0 = ~categorical<3>(logits = row_param<3>()).by(ars_plus{}), plate<"item", 2>(z1 = ~categorical<3>(logits = param<3>() + take(param<3, 3>(), z0)).by(arsm_plus{}))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.draw("z0", o::categorical(3, o::row_param(3)));
  m.draw("z1", o::categorical(3, o::param(3) + o::take(o::param(9), o::ref("z0"))));
  m.density("z0", o::categorical(3, o::row_param(3)));
  m.density("z1", o::categorical(3, o::param(3) + o::take(o::param(9), o::ref("z0"))));
  m.density("x0", o::normal(o::param(1) + o::take(o::param(3), o::ref("z0")) + o::take(o::param(3), o::ref("z1")), o::exp(o::row_param(1))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"swapped_nested", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"))); })};
}
}  // namespace swapped_nested

namespace relaxed_controls {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    plate<"side", 3>(z0 = ~bernoulli(logits = param<>()), x0 = ~normal(param<>() + param<>() * z0, 0.7)),
    plate<"row">(z1 = ~categorical<3>(logits = row_param<3>()), x1 = ~normal(param<>() + take(param<3>(), z1), 1.2)));
constexpr auto q = guide(
    plate<"side", 3>(z0 = ~bernoulli(logits = param<>()).by(rebar{})),
    plate<"row">(z1 = ~categorical<3>(uniform).by(muprop{})));
o::model describe() {
  o::model m;
  m.add_plate("side", 3, "");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "side", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "side", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::categorical(3, o::expression(0.0)));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("z1", o::categorical(3, o::row_param(3)));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z0"), o::expression(0.7)));
  m.density("x1", o::normal(o::param(1) + o::take(o::param(3), o::ref("z1")), o::expression(1.2)));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"relaxed_controls", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace relaxed_controls

namespace relaxed_learnt {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    x1 = ~normal(param<>(), 0.9),
    plate<"row">(z0 = ~categorical<3>(logits = row_param<3>()), z1 = ~bernoulli(logits = param<>()), x0 = ~normal(row_param<>() + take(param<3>(), z0) + param<>() * z1, exp(param<>()))));
constexpr auto q = guide(
    plate<"row">(z0 = ~categorical<3>(uniform).by(relax{}), z1 = ~bernoulli(logits = param<>() + take(param<3>(), z0)).by(nvil{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "", 1, 0);
  m.draw("z0", o::categorical(3, o::expression(0.0)));
  m.draw("z1", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z0"))));
  m.density("z0", o::categorical(3, o::row_param(3)));
  m.density("z1", o::bernoulli(o::param(1)));
  m.density("x0", o::normal(o::row_param(1) + o::take(o::param(3), o::ref("z0")) + o::param(1) * o::ref("z1"), o::exp(o::param(1))));
  m.density("x1", o::normal(o::param(1), o::expression(0.9)));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"relaxed_learnt", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace relaxed_learnt

namespace local {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto x2 = observed<"x2">;
constexpr auto p = model(
    z0 = ~bernoulli(logits = 0.35),
    plate<"side", 2>(z1 = ~categorical<3>(logits = param<3>() + param<3>() * z0), x0 = ~normal(0.03 + param<>() * z0 + take(param<3>(), z1), exp(row_param<>()))),
    plate<"row">(x2 = ~normal(row_param<>() + param<>() * z0, exp(row_param<>())), plate<"item", 2>(z2 = ~bernoulli(logits = row_param<>() + param<>() * z0), x1 = ~bernoulli(logits = param<>() + param<>() * z0 + param<>() * z2))));
constexpr auto q = guide(
    z0 = ~bernoulli(logits = param<>()).by(importance_sampling{0.5}),
    plate<"side", 2>(z1 = ~categorical<3>(logits = row_param<3>() + param<3>() * z0).by(local_expectation{})),
    plate<"row">(plate<"item", 2>(z2 = ~bernoulli(logits = row_param<>()).by(local_expectation{}))));
o::model describe() {
  o::model m;
  m.add_plate("side", 2, "");
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "side", 1);
  m.add_latent("z2", "item", 1);
  m.add_column("x0", "side", 1, 0);
  m.add_column("x1", "item", 1, 2);
  m.add_column("x2", "row", 1, 0);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::categorical(3, o::row_param(3) + o::param(3) * o::ref("z0")));
  m.draw("z2", o::bernoulli(o::row_param(1)));
  m.density("z0", o::bernoulli(o::expression(0.35)));
  m.density("z1", o::categorical(3, o::param(3) + o::param(3) * o::ref("z0")));
  m.density("z2", o::bernoulli(o::row_param(1) + o::param(1) * o::ref("z0")));
  m.density("x0", o::normal(o::expression(0.03) + o::param(1) * o::ref("z0") + o::take(o::param(3), o::ref("z1")), o::exp(o::row_param(1))));
  m.density("x1", o::bernoulli(o::param(1) + o::param(1) * o::ref("z0") + o::param(1) * o::ref("z2")));
  m.density("x2", o::normal(o::row_param(1) + o::param(1) * o::ref("z0"), o::exp(o::row_param(1))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"local", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), x2 = d.at("x2"))); })};
}
}  // namespace local

namespace scores_left_out {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    z0 = ~laplace(param<>(), exp(param<>())),
    plate<"row">(z1 = ~categorical<3>(logits = param<3>() + param<3>() * z0), x1 = ~normal(param<>() + tanh(z0), 0.7), plate<"item", 2>(z2 = ~laplace(row_param<>(), 1.2), x0 = ~normal(param<>() + tanh(z2) + take(param<3>(), z1), exp(row_param<>())))));
constexpr auto q = guide(
    z0 = ~normal(param<>(), exp(param<>())).by(score_function(leave_one_out)),
    plate<"row">(z1 = ~categorical<3>(logits = row_param<3>()).by(score_function(leave_one_out)), plate<"item", 2>(z2 = ~laplace(row_param<>() + take(param<3>(), z1), exp(row_param<>())).by(score_function(leave_one_out)))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_latent("z2", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.draw("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.draw("z1", o::categorical(3, o::row_param(3)));
  m.draw("z2", o::laplace(o::row_param(1) + o::take(o::param(3), o::ref("z1")), o::exp(o::row_param(1))));
  m.density("z0", o::laplace(o::param(1), o::exp(o::param(1))));
  m.density("z1", o::categorical(3, o::param(3) + o::param(3) * o::ref("z0")));
  m.density("z2", o::laplace(o::row_param(1), o::expression(1.2)));
  m.density("x0", o::normal(o::param(1) + o::tanh(o::ref("z2")) + o::take(o::param(3), o::ref("z1")), o::exp(o::row_param(1))));
  m.density("x1", o::normal(o::param(1) + o::tanh(o::ref("z0")), o::expression(0.7)));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"scores_left_out", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace scores_left_out

namespace scores_selected {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    z0 = ~normal(param<>(), exp(param<>())),
    plate<"row", 4>(z1 = ~normal(param<>(), exp(row_param<>())), x0 = ~normal(row_param<>() + select(z0, param<>(), param<>() * z0), exp(param<>())), x1 = ~bernoulli(logits = row_param<>() + select(z1, param<>(), param<>() * z1))));
constexpr auto q = guide(
    z0 = ~normal(param<>(), exp(param<>())).by(score_function(no_baseline)),
    plate<"row", 4>(z1 = ~normal(row_param<>(), 0.7).by(score_function(baselines::moving{}))));
o::model describe() {
  o::model m;
  m.add_plate("row", 4, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "row", 1, 2);
  m.draw("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.draw("z1", o::normal(o::row_param(1), o::expression(0.7)));
  m.density("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.density("z1", o::normal(o::param(1), o::exp(o::row_param(1))));
  m.density("x0", o::normal(o::row_param(1) + o::select(o::ref("z0"), o::param(1), o::param(1) * o::ref("z0")), o::exp(o::param(1))));
  m.density("x1", o::bernoulli(o::row_param(1) + o::select(o::ref("z1"), o::param(1), o::param(1) * o::ref("z1"))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"scores_selected", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace scores_selected

namespace weighted_probes {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    plate<"row", 3>(z1 = ~bernoulli(logits = row_param<>()), z0 = ~categorical<3>(logits = param<3>() + param<3>() * z1), x0 = ~normal(row_param<>() + take(param<3>(), z0) + param<>() * z1, exp(row_param<>()))),
    plate<"side", 2>(x1 = ~normal(row_param<>(), exp(row_param<>()))));
constexpr auto q = guide(
    plate<"row", 3>(z0 = ~categorical<3>(logits = row_param<3>()).by(local_expectation{}), z1 = ~bernoulli(logits = param<>()).by(disarm{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 3, "");
  m.add_plate("side", 2, "");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "side", 1, 0);
  m.draw("z0", o::categorical(3, o::row_param(3)));
  m.draw("z1", o::bernoulli(o::param(1)));
  m.density("z1", o::bernoulli(o::row_param(1)));
  m.density("z0", o::categorical(3, o::param(3) + o::param(3) * o::ref("z1")));
  m.density("x0", o::normal(o::row_param(1) + o::take(o::param(3), o::ref("z0")) + o::param(1) * o::ref("z1"), o::exp(o::row_param(1))));
  m.density("x1", o::normal(o::row_param(1), o::exp(o::row_param(1))));
  m.importance = 2;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"weighted_probes", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<iwae<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace weighted_probes

namespace of_order_half {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    x1 = ~normal(param<>(), 1.2),
    plate<"row">(z1 = ~categorical<3>(logits = row_param<3>()), z0 = ~bernoulli(logits = param<>() + take(param<3>(), z1)), x0 = ~normal(param<>() + take(param<3>(), z1) + param<>() * z0, exp(row_param<>()))));
constexpr auto q = guide(
    plate<"row">(z0 = ~bernoulli(logits = param<>()).by(vimco{}), z1 = ~categorical<3>(logits = row_param<3>() + param<3>() * z0).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "", 1, 0);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::categorical(3, o::row_param(3) + o::param(3) * o::ref("z0")));
  m.density("z1", o::categorical(3, o::row_param(3)));
  m.density("z0", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z1"))));
  m.density("x0", o::normal(o::param(1) + o::take(o::param(3), o::ref("z1")) + o::param(1) * o::ref("z0"), o::exp(o::row_param(1))));
  m.density("x1", o::normal(o::param(1), o::expression(1.2)));
  m.importance = 2;
  m.power = 1 - 0.5;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"of_order_half", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<renyi<2, 0.5>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace of_order_half

namespace mixed_global {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto z3 = latent<"z3">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto u = given<"u">;
constexpr auto h0 = quantity<"h0">;
constexpr auto g = quantity<"g">;
constexpr auto p = model(
    z0 = ~categorical<3>(logits = param<3>()),
    plate<"side", 3>(z1 = ~laplace(param<>(), exp(row_param<>())), x0 = ~bernoulli(logits = param<>() + take(param<3>(), z0) + param<>() * z1)),
    plate<"row">(z3 = ~laplace(param<>(), 0.9), z2 = ~bernoulli(logits = param<>() + take(param<3>(), z0)), h0 = select(u, take(param<3>(), z0), param<>()) + param<>() * z2, x1 = ~normal(param<>() + h0 + 0.5 * u, 0.7)));
constexpr auto q = guide(
    z0 = ~categorical<3>(logits = param<3>()).by(score_function(leave_one_out)),
    plate<"side", 3>(z1 = ~normal(row_param<>() + take(param<3>(), z0), exp(param<>())).by(pathwise{})),
    plate<"row">(g = tanh(param<>() * u + param<>()), z2 = ~bernoulli(logits = param<>() + take(param<3>(), z0)).by(enumerate{}), z3 = ~laplace(row_param<>() + param<>() * g, 1.2).by(pathwise{})));
o::model describe() {
  o::model m;
  m.add_plate("side", 3, "");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "side", 1);
  m.add_latent("z2", "row", 1);
  m.add_latent("z3", "row", 1);
  m.add_column("x0", "side", 1, 2);
  m.add_column("x1", "row", 1, 0);
  m.add_column("u", "row", 1, 0);
  m.quantity("g", true, "row", o::tanh(o::param(1) * o::ref("u") + o::param(1)));
  m.draw("z0", o::categorical(3, o::param(3)));
  m.draw("z1", o::normal(o::row_param(1) + o::take(o::param(3), o::ref("z0")), o::exp(o::param(1))));
  m.draw("z2", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z0"))));
  m.draw("z3", o::laplace(o::row_param(1) + o::param(1) * o::ref("g"), o::expression(1.2)));
  m.density("z0", o::categorical(3, o::param(3)));
  m.density("z1", o::laplace(o::param(1), o::exp(o::row_param(1))));
  m.density("z3", o::laplace(o::param(1), o::expression(0.9)));
  m.density("z2", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z0"))));
  m.quantity("h0", false, "row", o::select(o::ref("u"), o::take(o::param(3), o::ref("z0")), o::param(1)) + o::param(1) * o::ref("z2"));
  m.density("x0", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z0")) + o::param(1) * o::ref("z1")));
  m.density("x1", o::normal(o::param(1) + o::ref("h0") + o::expression(0.5) * o::ref("u"), o::expression(0.7)));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"mixed_global", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), u = d.at("u"))); })};
}
}  // namespace mixed_global

namespace direct {
constexpr auto z0 = latent<"z0", 2>;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0", 2>;
constexpr auto x1 = observed<"x1", 2>;
constexpr auto x2 = observed<"x2">;
constexpr auto p = model(
    x2 = ~normal(param<>(), exp(param<>())),
    plate<"row">(z0 = ~bernoulli(logits = -0.64), z1 = ~categorical<3>(logits = param<3>() + param<3>() * (sum(param<2>() * z0))), x0 = ~bernoulli(logits = dense<2>(z0)), x1 = ~bernoulli(logits = dense<2>(z1))));
constexpr auto q = guide(
    plate<"row">(z0 = ~bernoulli(logits = row_param<2>()).by(direct_argmax{0.1}), z1 = ~categorical<3>(logits = param<3>() + param<3>() * (sum(param<2>() * z0))).by(local_expectation{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "row", 2);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 2, 2);
  m.add_column("x1", "row", 2, 2);
  m.add_column("x2", "", 1, 0);
  m.draw("z0", o::bernoulli(o::row_param(2)));
  m.draw("z1", o::categorical(3, o::param(3) + o::param(3) * (o::sum(o::param(2) * o::ref("z0")))));
  m.density("z0", o::bernoulli(o::expression(-0.64)));
  m.density("z1", o::categorical(3, o::param(3) + o::param(3) * (o::sum(o::param(2) * o::ref("z0")))));
  m.density("x0", o::bernoulli(o::dense(2, o::ref("z0"))));
  m.density("x1", o::bernoulli(o::dense(2, o::ref("z1"))));
  m.density("x2", o::normal(o::param(1), o::exp(o::param(1))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"direct", describe(), o::skeleton::kind::limit,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), x2 = d.at("x2"))); })};
}
}  // namespace direct

namespace biased {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    z0 = ~bernoulli(logits = param<>()),
    plate<"row">(z1 = ~categorical<3>(logits = param<3>() + param<3>() * z0), x1 = ~normal(row_param<>() + take(param<3>(), z1) + param<>() * z0, exp(param<>())), plate<"item", 2>(z2 = ~bernoulli(logits = row_param<>()), x0 = ~normal(0.6 + take(param<3>(), z1) + param<>() * z0, exp(param<>())))));
constexpr auto q = guide(
    z0 = ~bernoulli(logits = param<>()).by(straight_through{}),
    plate<"row">(z1 = ~categorical<3>(logits = row_param<3>() + param<3>() * z0).by(gumbel_softmax{}), plate<"item", 2>(z2 = ~bernoulli(logits = row_param<>() + param<>() * z0).by(darn{}))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_latent("z2", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::categorical(3, o::row_param(3) + o::param(3) * o::ref("z0")));
  m.draw("z2", o::bernoulli(o::row_param(1) + o::param(1) * o::ref("z0")));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("z1", o::categorical(3, o::param(3) + o::param(3) * o::ref("z0")));
  m.density("z2", o::bernoulli(o::row_param(1)));
  m.density("x0", o::normal(o::expression(0.6) + o::take(o::param(3), o::ref("z1")) + o::param(1) * o::ref("z0"), o::exp(o::param(1))));
  m.density("x1", o::normal(o::row_param(1) + o::take(o::param(3), o::ref("z1")) + o::param(1) * o::ref("z0"), o::exp(o::param(1))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"biased", describe(), o::skeleton::kind::bound_only,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace biased

const o::registration all{{&antithetic::make, &swapped::make, &swapped_nested::make, &relaxed_controls::make, &relaxed_learnt::make, &local::make, &scores_left_out::make, &scores_selected::make, &weighted_probes::make, &of_order_half::make, &mixed_global::make, &direct::make, &biased::make}};

}  // namespace
