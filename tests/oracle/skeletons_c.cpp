// Written by scripts/write-skeletons: change that, and call it.
// clang-format off
#include "program.hpp"

namespace {

using namespace variad;
namespace o = oracle;

namespace gaps_enumerated {
constexpr auto z0 = latent<"z0", 2>;
constexpr auto z1 = partly_observed<"z1">;
constexpr auto x0 = partly_observed<"x0">;
constexpr auto x1 = partly_observed<"x1", 2>;
constexpr auto u = given<"u">;
constexpr auto h0 = quantity<"h0">;
constexpr auto p = model(
    plate<"row">(z0 = ~bernoulli(logits = -0.06), z1 = ~categorical<3>(logits = row_param<3>() + param<3>() * (sum(param<2>() * z0))), h0 = select(filled(u, 0), sum(param<2>() * z0), param<>()) + take(param<3>(), z1), x0 = ~normal(param<>() + h0 + 0.5 * filled(u, 0), exp(row_param<>())), x1 = ~bernoulli(logits = dense<2>(z0)), term(param<>() * sum(param<2>() * z0) + known(x0) * param<>() + log_prob(normal(param<>(), 0.9), x0)), loss(param<>() * sum(param<2>() * z0) + known(x0) * param<>() + log_prob(normal(param<>(), 0.9), x0))));
constexpr auto q = guide(
    plate<"row">(z0 = ~bernoulli(logits = param<2>() + param<>() * filled(u, 0)).by(enumerate{}), z1 = ~categorical<3>(logits = param<3>() + param<3>() * filled(u, 0)).by(enumerate{}), loss(tanh(param<>() * sum(param<2>() * z0)) + square(param<>()) + known(x0) * param<>() + log_prob(normal(param<>(), 0.9), x0))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "row", 2);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "row", 2, 2);
  m.add_column("z1", "row", 1, 3);
  m.add_column("u", "row", 1, 0);
  m.may_have_gaps("x0");
  m.may_have_gaps("x1");
  m.may_have_gaps("z1");
  m.may_have_gaps("u");
  m.draw("z0", o::bernoulli(o::param(2) + o::param(1) * o::filled(o::ref("u"))));
  m.draw("z1", o::categorical(3, o::param(3) + o::param(3) * o::filled(o::ref("u"))));
  m.density("z0", o::bernoulli(o::expression(-0.06)));
  m.density("z1", o::categorical(3, o::row_param(3) + o::param(3) * (o::sum(o::param(2) * o::ref("z0")))));
  m.quantity("h0", false, "row", o::select(o::filled(o::ref("u")), o::sum(o::param(2) * o::ref("z0")), o::param(1)) + o::take(o::param(3), o::ref("z1")));
  m.density("x0", o::normal(o::param(1) + o::ref("h0") + o::expression(0.5) * o::filled(o::ref("u")), o::exp(o::row_param(1))));
  m.density("x1", o::bernoulli(o::dense(2, o::ref("z0"))));
  m.term("row", o::param(1) * o::sum(o::param(2) * o::ref("z0")) + o::known(o::ref("x0")) * o::param(1) + o::log_prob(o::normal(o::param(1), 0.9), o::ref("x0")));
  m.loss(false, "row", o::param(1) * o::sum(o::param(2) * o::ref("z0")) + o::known(o::ref("x0")) * o::param(1) + o::log_prob(o::normal(o::param(1), 0.9), o::ref("x0")));
  m.loss(true, "row", o::tanh(o::param(1) * o::sum(o::param(2) * o::ref("z0"))) + o::square(o::param(1)) + o::known(o::ref("x0")) * o::param(1) + o::log_prob(o::normal(o::param(1), 0.9), o::ref("x0")));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"gaps_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), z1 = d.at("z1"), u = d.at("u"))); })};
}
}  // namespace gaps_enumerated

namespace gaps_pathwise {
constexpr auto z0 = partly_observed<"z0">;
constexpr auto z1 = latent<"z1", 2>;
constexpr auto z2 = partly_observed<"z2">;
constexpr auto x0 = partly_observed<"x0">;
constexpr auto x1 = partly_observed<"x1">;
constexpr auto u = given<"u">;
constexpr auto h0 = quantity<"h0">;
constexpr auto h1 = quantity<"h1">;
constexpr auto p = model(
    z0 = ~normal(param<>(), exp(param<>())),
    plate<"row">(z2 = ~bernoulli(logits = row_param<>() + tanh(z0)), z1 = ~normal(row_param<2>(), exp(row_param<>())), h0 = select(filled(u, 0), param<>() * z2, param<>()) + param<>() * z0, h1 = select(filled(u, 0), param<>() * z2, param<>()) + param<>() * z0, x0 = ~normal(param<>() + h0 + 0.5 * filled(u, 0), exp(row_param<>())), x1 = ~normal(param<>() + h1 + 0.5 * filled(u, 0), exp(row_param<>()))));
constexpr auto q = guide(
    z0 = ~normal(param<>(), exp(param<>())).by(pathwise{}),
    plate<"row">(z1 = ~normal(row_param<2>() + param<>() * filled(u, 0) + param<>() * filled(x0, 0) + param<>() * known(x0) + param<>() * filled(x1, 0) + param<>() * known(x1), exp(row_param<>())).by(pathwise{}), z2 = ~bernoulli(logits = row_param<>() + param<>() * z0 + param<>() * filled(u, 0)).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 2);
  m.add_latent("z2", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.add_column("z0", "", 1, 0);
  m.add_column("z2", "row", 1, 2);
  m.add_column("u", "row", 1, 0);
  m.may_have_gaps("x0");
  m.may_have_gaps("x1");
  m.may_have_gaps("z0");
  m.may_have_gaps("z2");
  m.may_have_gaps("u");
  m.draw("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.draw("z1", o::normal(o::row_param(2) + o::param(1) * o::filled(o::ref("u")) + o::param(1) * o::filled(o::ref("x0")) + o::param(1) * o::known(o::ref("x0")) + o::param(1) * o::filled(o::ref("x1")) + o::param(1) * o::known(o::ref("x1")), o::exp(o::row_param(1))));
  m.draw("z2", o::bernoulli(o::row_param(1) + o::param(1) * o::ref("z0") + o::param(1) * o::filled(o::ref("u"))));
  m.density("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.density("z2", o::bernoulli(o::row_param(1) + o::tanh(o::ref("z0"))));
  m.density("z1", o::normal(o::row_param(2), o::exp(o::row_param(1))));
  m.quantity("h0", false, "row", o::select(o::filled(o::ref("u")), o::param(1) * o::ref("z2"), o::param(1)) + o::param(1) * o::ref("z0"));
  m.quantity("h1", false, "row", o::select(o::filled(o::ref("u")), o::param(1) * o::ref("z2"), o::param(1)) + o::param(1) * o::ref("z0"));
  m.density("x0", o::normal(o::param(1) + o::ref("h0") + o::expression(0.5) * o::filled(o::ref("u")), o::exp(o::row_param(1))));
  m.density("x1", o::normal(o::param(1) + o::ref("h1") + o::expression(0.5) * o::filled(o::ref("u")), o::exp(o::row_param(1))));
  m.weighted = true;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"gaps_pathwise", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), z0 = d.at("z0"), z2 = d.at("z2"), u = d.at("u"), weighted_by(d.at("weights")))); })};
}
}  // namespace gaps_pathwise

namespace gaps_weighted {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = partly_observed<"z1">;
constexpr auto x0 = partly_observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    x1 = ~normal(param<>(), exp(param<>())),
    plate<"row">(z1 = ~normal(-0.08, exp(param<>())), z0 = ~bernoulli(logits = -0.32), x0 = ~normal(param<>() + param<>() * z0 + tanh(z1), exp(param<>())), term(param<>() * param<>() * z0 + known(z1) * param<>() + log_prob(normal(param<>(), 0.9), z1)), loss(param<>() * param<>() * z0 + known(x0) * param<>() + log_prob(normal(param<>(), 0.9), x0))));
constexpr auto q = guide(
    plate<"row">(z0 = ~bernoulli(logits = row_param<>() + param<>() * filled(x0, 0) + param<>() * known(x0)).by(vimco{}), z1 = ~normal(row_param<>() + param<>() * z0 + param<>() * filled(x0, 0) + param<>() * known(x0), exp(param<>())).by(pathwise{}), loss(tanh(param<>() * param<>() * z1) + square(param<>()) + known(x0) * param<>() + log_prob(normal(param<>(), 0.9), x0))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "", 1, 0);
  m.add_column("z1", "row", 1, 0);
  m.may_have_gaps("x0");
  m.may_have_gaps("z1");
  m.draw("z0", o::bernoulli(o::row_param(1) + o::param(1) * o::filled(o::ref("x0")) + o::param(1) * o::known(o::ref("x0"))));
  m.draw("z1", o::normal(o::row_param(1) + o::param(1) * o::ref("z0") + o::param(1) * o::filled(o::ref("x0")) + o::param(1) * o::known(o::ref("x0")), o::exp(o::param(1))));
  m.density("z1", o::normal(o::expression(-0.08), o::exp(o::param(1))));
  m.density("z0", o::bernoulli(o::expression(-0.32)));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z0") + o::tanh(o::ref("z1")), o::exp(o::param(1))));
  m.density("x1", o::normal(o::param(1), o::exp(o::param(1))));
  m.term("row", o::param(1) * o::param(1) * o::ref("z0") + o::known(o::ref("z1")) * o::param(1) + o::log_prob(o::normal(o::param(1), 0.9), o::ref("z1")));
  m.loss(false, "row", o::param(1) * o::param(1) * o::ref("z0") + o::known(o::ref("x0")) * o::param(1) + o::log_prob(o::normal(o::param(1), 0.9), o::ref("x0")));
  m.loss(true, "row", o::tanh(o::param(1) * o::param(1) * o::ref("z1")) + o::square(o::param(1)) + o::known(o::ref("x0")) * o::param(1) + o::log_prob(o::normal(o::param(1), 0.9), o::ref("x0")));
  m.weighted = true;
  m.importance = 2;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"gaps_weighted", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<iwae<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), z1 = d.at("z1"), weighted_by(d.at("weights")))); })};
}
}  // namespace gaps_weighted

namespace gaps_nested {
constexpr auto z0 = partly_observed<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    plate<"row">(z0 = ~categorical<3>(logits = param<3>()), x1 = ~bernoulli(logits = param<>() + take(param<3>(), z0)), term(param<>() * take(param<3>(), z0)), loss(param<>() * take(param<3>(), z0)), plate<"item", 2>(z1 = ~bernoulli(logits = param<>() + take(param<3>(), z0)), x0 = ~normal(param<>() + param<>() * z1 + take(param<3>(), z0), 0.7))));
constexpr auto q = guide(
    plate<"row">(z0 = ~categorical<3>(logits = row_param<3>()).by(score_function(leave_one_out)), plate<"item", 2>(z1 = ~bernoulli(logits = param<>() + take(param<3>(), z0)).by(local_expectation{}), loss(tanh(param<>() * param<>() * z1) + square(param<>())))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.add_column("x1", "row", 1, 2);
  m.add_column("z0", "row", 1, 3);
  m.may_have_gaps("z0");
  m.draw("z0", o::categorical(3, o::row_param(3)));
  m.draw("z1", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z0"))));
  m.density("z0", o::categorical(3, o::param(3)));
  m.density("z1", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z0"))));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z1") + o::take(o::param(3), o::ref("z0")), o::expression(0.7)));
  m.density("x1", o::bernoulli(o::param(1) + o::take(o::param(3), o::ref("z0"))));
  m.term("row", o::param(1) * o::take(o::param(3), o::ref("z0")));
  m.loss(false, "row", o::param(1) * o::take(o::param(3), o::ref("z0")));
  m.loss(true, "item", o::tanh(o::param(1) * o::param(1) * o::ref("z1")) + o::square(o::param(1)));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"gaps_nested", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), z0 = d.at("z0"))); })};
}
}  // namespace gaps_nested

namespace gaps_controlled {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = partly_observed<"x0">;
constexpr auto x1 = partly_observed<"x1">;
constexpr auto p = model(
    plate<"side", 3>(z0 = ~bernoulli(logits = 0.63), x0 = ~normal(param<>() + param<>() * z0, 0.7)),
    plate<"row">(z1 = ~categorical<3>(logits = row_param<3>()), z2 = ~bernoulli(logits = row_param<>() + take(param<3>(), z1)), x1 = ~normal(param<>() + take(param<3>(), z1) + param<>() * z2, 0.7)));
constexpr auto q = guide(
    plate<"side", 3>(z0 = ~bernoulli(logits = param<>()).by(rebar{})),
    plate<"row">(z1 = ~categorical<3>(logits = param<3>()).by(arsm{}), z2 = ~bernoulli(logits = -0.36 + take(param<3>(), z1)).by(nvil{})));
o::model describe() {
  o::model m;
  m.add_plate("side", 3, "");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "side", 1);
  m.add_latent("z1", "row", 1);
  m.add_latent("z2", "row", 1);
  m.add_column("x0", "side", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.may_have_gaps("x0");
  m.may_have_gaps("x1");
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::categorical(3, o::param(3)));
  m.draw("z2", o::bernoulli(o::expression(-0.36) + o::take(o::param(3), o::ref("z1"))));
  m.density("z0", o::bernoulli(o::expression(0.63)));
  m.density("z1", o::categorical(3, o::row_param(3)));
  m.density("z2", o::bernoulli(o::row_param(1) + o::take(o::param(3), o::ref("z1"))));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z0"), o::expression(0.7)));
  m.density("x1", o::normal(o::param(1) + o::take(o::param(3), o::ref("z1")) + o::param(1) * o::ref("z2"), o::expression(0.7)));
  m.weighted = true;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"gaps_controlled", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), weighted_by(d.at("weights")))); })};
}
}  // namespace gaps_controlled

namespace groups_enumerated {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto x2 = observed<"x2">;
constexpr auto i = given<"i">;
constexpr auto county = given<"county">;
constexpr auto p = model(
    plate<"county">(z0 = ~categorical<3>(logits = param<3>()), x0 = ~normal(param<>() + take(param<3>(), z0), 0.7), loss(param<>() * take(param<3>(), z0))),
    plate<"row">(z1 = ~bernoulli(logits = 0.14 + take(param<3>(), i)), x1 = ~normal(row_param<>() + param<>() * z1 + take(param<3>(), take(z0, county)) + take(param<3>(), i), 0.9), x2 = ~categorical<3>(logits = param<3>() + take(param<3, 3>(), take(z0, county))), term(param<>() * param<>() * z1)));
constexpr auto q = guide(
    plate<"county">(z0 = ~categorical<3>(logits = row_param<3>()).by(enumerate{}), loss(tanh(param<>() * take(param<3>(), z0)) + square(param<>()))),
    plate<"row">(z1 = ~bernoulli(logits = param<>() + take(param<3>(), take(z0, county)) + take(param<3>(), i)).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_group("county");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "county", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "county", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.add_column("x2", "row", 1, 3);
  m.add_column("i", "row", 1, 3);
  m.add_column("county", "row", 1, 0);
  m.numbers("county", "county");
  m.draw("z0", o::categorical(3, o::row_param(3)));
  m.draw("z1", o::bernoulli(o::param(1) + o::take(o::param(3), o::gather(o::ref("z0"), o::ref("county"))) + o::take(o::param(3), o::ref("i"))));
  m.density("z0", o::categorical(3, o::param(3)));
  m.density("z1", o::bernoulli(o::expression(0.14) + o::take(o::param(3), o::ref("i"))));
  m.density("x0", o::normal(o::param(1) + o::take(o::param(3), o::ref("z0")), o::expression(0.7)));
  m.density("x1", o::normal(o::row_param(1) + o::param(1) * o::ref("z1") + o::take(o::param(3), o::gather(o::ref("z0"), o::ref("county"))) + o::take(o::param(3), o::ref("i")), o::expression(0.9)));
  m.density("x2", o::categorical(3, o::param(3) + o::take(o::param(9), o::gather(o::ref("z0"), o::ref("county")))));
  m.term("row", o::param(1) * o::param(1) * o::ref("z1"));
  m.loss(false, "county", o::param(1) * o::take(o::param(3), o::ref("z0")));
  m.loss(true, "county", o::tanh(o::param(1) * o::take(o::param(3), o::ref("z0"))) + o::square(o::param(1)));
  m.weighted = true;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"groups_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), x2 = d.at("x2"), i = d.at("i"), county = d.at("county"), weighted_by(d.at("weights")), groups<"county">(d.at("groups").size()))); })};
}
}  // namespace groups_enumerated

namespace groups_pathwise {
constexpr auto z0 = partly_observed<"z0">;
constexpr auto z1 = partly_observed<"z1">;
constexpr auto z2 = partly_observed<"z2">;
constexpr auto x0 = partly_observed<"x0">;
constexpr auto i = given<"i">;
constexpr auto county = given<"county">;
constexpr auto p = model(
    z0 = ~normal(param<>(), exp(param<>())),
    plate<"county">(z1 = ~normal(row_param<>() + tanh(z0), 0.9)),
    plate<"row">(z2 = ~laplace(param<>(), 0.9), x0 = ~normal(row_param<>() + param<>() * z0 + tanh(take(z1, county)), exp(param<>()))));
constexpr auto q = guide(
    z0 = ~normal(param<>(), 1.2).by(pathwise{}),
    plate<"county">(z1 = ~normal(param<>(), exp(param<>())).by(pathwise{})),
    plate<"row">(z2 = ~laplace(row_param<>() + param<>() * take(z1, county) + take(param<3>(), i), exp(param<>())).by(pathwise{})));
o::model describe() {
  o::model m;
  m.add_group("county");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "county", 1);
  m.add_latent("z2", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("z0", "", 1, 0);
  m.add_column("z1", "county", 1, 0);
  m.add_column("z2", "row", 1, 0);
  m.add_column("i", "row", 1, 3);
  m.add_column("county", "row", 1, 0);
  m.numbers("county", "county");
  m.may_have_gaps("x0");
  m.may_have_gaps("z0");
  m.may_have_gaps("z1");
  m.may_have_gaps("z2");
  m.draw("z0", o::normal(o::param(1), o::expression(1.2)));
  m.draw("z1", o::normal(o::param(1), o::exp(o::param(1))));
  m.draw("z2", o::laplace(o::row_param(1) + o::param(1) * o::gather(o::ref("z1"), o::ref("county")) + o::take(o::param(3), o::ref("i")), o::exp(o::param(1))));
  m.density("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.density("z1", o::normal(o::row_param(1) + o::tanh(o::ref("z0")), o::expression(0.9)));
  m.density("z2", o::laplace(o::param(1), o::expression(0.9)));
  m.density("x0", o::normal(o::row_param(1) + o::param(1) * o::ref("z0") + o::tanh(o::gather(o::ref("z1"), o::ref("county"))), o::exp(o::param(1))));
  m.weighted = true;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"groups_pathwise", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), z0 = d.at("z0"), z1 = d.at("z1"), z2 = d.at("z2"), i = d.at("i"), county = d.at("county"), weighted_by(d.at("weights")), groups<"county">(d.at("groups").size()))); })};
}
}  // namespace groups_pathwise

namespace groups_scores {
constexpr auto z0 = partly_observed<"z0">;
constexpr auto z1 = partly_observed<"z1">;
constexpr auto z2 = partly_observed<"z2">;
constexpr auto x0 = partly_observed<"x0">;
constexpr auto x1 = partly_observed<"x1">;
constexpr auto county = given<"county">;
constexpr auto p = model(
    plate<"county">(z0 = ~bernoulli(logits = param<>())),
    plate<"row">(z1 = ~categorical<2>(logits = param<2>()), x1 = ~bernoulli(logits = param<>() + param<>() * take(z0, county)), plate<"item", 2>(z2 = ~bernoulli(logits = param<>() + take(param<2>(), z1)), x0 = ~normal(param<>() + param<>() * z2 + take(param<2>(), z1), exp(row_param<>())))));
constexpr auto q = guide(
    plate<"county">(z0 = ~bernoulli(logits = -0.55).by(score_function(leave_one_out))),
    plate<"row">(z1 = ~categorical<2>(logits = param<2>() + param<2>() * take(z0, county)).by(local_expectation{}), plate<"item", 2>(z2 = ~bernoulli(logits = row_param<>() + take(param<2>(), z1)).by(arm{}))));
o::model describe() {
  o::model m;
  m.add_group("county");
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "county", 1);
  m.add_latent("z1", "row", 1);
  m.add_latent("z2", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.add_column("x1", "row", 1, 2);
  m.add_column("z0", "county", 1, 2);
  m.add_column("z1", "row", 1, 2);
  m.add_column("z2", "item", 1, 2);
  m.add_column("county", "row", 1, 0);
  m.numbers("county", "county");
  m.may_have_gaps("x0");
  m.may_have_gaps("x1");
  m.may_have_gaps("z0");
  m.may_have_gaps("z1");
  m.may_have_gaps("z2");
  m.draw("z0", o::bernoulli(o::expression(-0.55)));
  m.draw("z1", o::categorical(2, o::param(2) + o::param(2) * o::gather(o::ref("z0"), o::ref("county"))));
  m.draw("z2", o::bernoulli(o::row_param(1) + o::take(o::param(2), o::ref("z1"))));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("z1", o::categorical(2, o::param(2)));
  m.density("z2", o::bernoulli(o::param(1) + o::take(o::param(2), o::ref("z1"))));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z2") + o::take(o::param(2), o::ref("z1")), o::exp(o::row_param(1))));
  m.density("x1", o::bernoulli(o::param(1) + o::param(1) * o::gather(o::ref("z0"), o::ref("county"))));
  m.weighted = true;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"groups_scores", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), z0 = d.at("z0"), z1 = d.at("z1"), z2 = d.at("z2"), county = d.at("county"), weighted_by(d.at("weights")), groups<"county">(d.at("groups").size()))); })};
}
}  // namespace groups_scores

namespace terms_of_all {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = partly_observed<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = partly_observed<"x0">;
constexpr auto x1 = partly_observed<"x1">;
constexpr auto i = given<"i">;
constexpr auto p = model(
    z0 = ~bernoulli(logits = param<>()),
    term(param<>() * param<>() * z0),
    loss(param<>() * param<>() * z0),
    plate<"side", 2>(z1 = ~laplace(row_param<>(), exp(param<>())), x0 = ~normal(row_param<>() + param<>() * z0 + param<>() * z1, exp(param<>()))),
    plate<"row">(x1 = ~normal(param<>() + param<>() * z0 + take(param<3>(), i), exp(param<>())), plate<"item", 2>(z2 = ~bernoulli(logits = row_param<>() + param<>() * z0))));
constexpr auto q = guide(
    z0 = ~bernoulli(logits = 0.65).by(enumerate{}),
    loss(tanh(param<>() * param<>() * z0) + square(param<>())),
    plate<"side", 2>(z1 = ~normal(row_param<>() + param<>() * z0, exp(row_param<>())).by(pathwise{})),
    plate<"row">(plate<"item", 2>(z2 = ~bernoulli(logits = param<>() + param<>() * z0).by(enumerate{}))));
o::model describe() {
  o::model m;
  m.add_plate("side", 2, "");
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "side", 1);
  m.add_latent("z2", "item", 1);
  m.add_column("x0", "side", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.add_column("z1", "side", 1, 0);
  m.add_column("i", "row", 1, 3);
  m.may_have_gaps("x0");
  m.may_have_gaps("x1");
  m.may_have_gaps("z1");
  m.draw("z0", o::bernoulli(o::expression(0.65)));
  m.draw("z1", o::normal(o::row_param(1) + o::param(1) * o::ref("z0"), o::exp(o::row_param(1))));
  m.draw("z2", o::bernoulli(o::param(1) + o::param(1) * o::ref("z0")));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("z1", o::laplace(o::row_param(1), o::exp(o::param(1))));
  m.density("z2", o::bernoulli(o::row_param(1) + o::param(1) * o::ref("z0")));
  m.density("x0", o::normal(o::row_param(1) + o::param(1) * o::ref("z0") + o::param(1) * o::ref("z1"), o::exp(o::param(1))));
  m.density("x1", o::normal(o::param(1) + o::param(1) * o::ref("z0") + o::take(o::param(3), o::ref("i")), o::exp(o::param(1))));
  m.term("", o::param(1) * o::param(1) * o::ref("z0"));
  m.loss(false, "", o::param(1) * o::param(1) * o::ref("z0"));
  m.loss(true, "", o::tanh(o::param(1) * o::param(1) * o::ref("z0")) + o::square(o::param(1)));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"terms_of_all", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), z1 = d.at("z1"), i = d.at("i"))); })};
}
}  // namespace terms_of_all

const o::registration all{{&gaps_enumerated::make, &gaps_pathwise::make, &gaps_weighted::make, &gaps_nested::make, &gaps_controlled::make, &groups_enumerated::make, &groups_pathwise::make, &groups_scores::make, &terms_of_all::make}};

}  // namespace
