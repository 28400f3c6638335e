// Written by scripts/write-skeletons: change that, and call it.
// clang-format off
#include "program.hpp"

namespace {

using namespace variad;
namespace o = oracle;

namespace rows_enumerated {
constexpr auto z0 = latent<"z0", 2>;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1", 2>;
constexpr auto p = model(
    plate<"row">(z1 = ~categorical<3>(logits = param<3>()), z0 = ~bernoulli(logits = param<2>() + take(param<3>(), z1)), x0 = ~normal(param<>() + sum(param<2>() * z0) + take(param<3>(), z1), exp(param<>())), x1 = ~bernoulli(probs = sigmoid(dense<2>(z1)))));
constexpr auto q = guide(
    plate<"row">(z0 = ~bernoulli(probs = sigmoid(row_param<2>())).by(enumerate{}), z1 = ~categorical<3>(logits = param<3>() + param<3>() * (sum(param<2>() * z0))).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "row", 2);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "row", 2, 2);
  m.draw("z0", o::bernoulli_probs(o::sigmoid(o::row_param(2))));
  m.draw("z1", o::categorical(3, o::param(3) + o::param(3) * (o::sum(o::param(2) * o::ref("z0")))));
  m.density("z1", o::categorical(3, o::param(3)));
  m.density("z0", o::bernoulli(o::param(2) + o::take(o::param(3), o::ref("z1"))));
  m.density("x0", o::normal(o::param(1) + o::sum(o::param(2) * o::ref("z0")) + o::take(o::param(3), o::ref("z1")), o::exp(o::param(1))));
  m.density("x1", o::bernoulli_probs(o::sigmoid(o::dense(2, o::ref("z1")))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"rows_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace rows_enumerated

namespace global_enumerated {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto x2 = observed<"x2">;
constexpr auto u = given<"u">;
constexpr auto h0 = quantity<"h0">;
constexpr auto g = quantity<"g">;
constexpr auto p = model(
    z0 = ~bernoulli(logits = param<>()),
    x0 = ~normal(param<>() + param<>() * z0, 0.9),
    plate<"row">(z1 = ~categorical<3>(logits = row_param<3>() + param<3>() * z0), h0 = select(u, take(param<3>(), z1), param<>()), x1 = ~normal(param<>() + h0 + 0.5 * u, 0.7), x2 = ~categorical<3>(logits = param<3>() + param<3>() * z0 + take(param<3, 3>(), z1))));
constexpr auto q = guide(
    z0 = ~bernoulli(logits = -0.45).by(enumerate{}),
    plate<"row">(g = tanh(param<>() * u + param<>()), z1 = ~categorical<3>(logits = param<3>() + param<3>() * z0 + param<3>() * g).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.add_column("x2", "row", 1, 3);
  m.add_column("u", "row", 1, 0);
  m.quantity("g", true, "row", o::tanh(o::param(1) * o::ref("u") + o::param(1)));
  m.draw("z0", o::bernoulli(o::expression(-0.45)));
  m.draw("z1", o::categorical(3, o::param(3) + o::param(3) * o::ref("z0") + o::param(3) * o::ref("g")));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("z1", o::categorical(3, o::row_param(3) + o::param(3) * o::ref("z0")));
  m.quantity("h0", false, "row", o::select(o::ref("u"), o::take(o::param(3), o::ref("z1")), o::param(1)));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z0"), o::expression(0.9)));
  m.density("x1", o::normal(o::param(1) + o::ref("h0") + o::expression(0.5) * o::ref("u"), o::expression(0.7)));
  m.density("x2", o::categorical(3, o::param(3) + o::param(3) * o::ref("z0") + o::take(o::param(9), o::ref("z1"))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"global_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), x2 = d.at("x2"), u = d.at("u"))); })};
}
}  // namespace global_enumerated

namespace nested_enumerated {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    z0 = ~categorical<2>(logits = param<2>()),
    plate<"row">(z1 = ~bernoulli(logits = row_param<>() + take(param<2>(), z0)), x1 = ~bernoulli(logits = param<>() + take(param<2>(), z0) + param<>() * z1), plate<"item", 2>(z2 = ~categorical<3>(logits = row_param<3>() + param<3>() * z1), x0 = ~normal(row_param<>() + take(param<2>(), z0) + param<>() * z1, exp(row_param<>())))));
constexpr auto q = guide(
    z0 = ~categorical<2>(logits = param<2>()).by(enumerate{}),
    plate<"row">(z1 = ~bernoulli(logits = param<>() + take(param<2>(), z0)).by(enumerate{}), plate<"item", 2>(z2 = ~categorical<3>(logits = param<3>() + take(param<2, 3>(), z0)).by(enumerate{}))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_latent("z2", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.add_column("x1", "row", 1, 2);
  m.draw("z0", o::categorical(2, o::param(2)));
  m.draw("z1", o::bernoulli(o::param(1) + o::take(o::param(2), o::ref("z0"))));
  m.draw("z2", o::categorical(3, o::param(3) + o::take(o::param(6), o::ref("z0"))));
  m.density("z0", o::categorical(2, o::param(2)));
  m.density("z1", o::bernoulli(o::row_param(1) + o::take(o::param(2), o::ref("z0"))));
  m.density("z2", o::categorical(3, o::row_param(3) + o::param(3) * o::ref("z1")));
  m.density("x0", o::normal(o::row_param(1) + o::take(o::param(2), o::ref("z0")) + o::param(1) * o::ref("z1"), o::exp(o::row_param(1))));
  m.density("x1", o::bernoulli(o::param(1) + o::take(o::param(2), o::ref("z0")) + o::param(1) * o::ref("z1")));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"nested_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace nested_enumerated

namespace side_enumerated {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto x2 = observed<"x2">;
constexpr auto p = model(
    z0 = ~bernoulli(logits = 0.66),
    x2 = ~bernoulli(logits = param<>() + param<>() * z0),
    plate<"side", 3>(z1 = ~categorical<3>(logits = param<3>() + param<3>() * z0), x0 = ~normal(-0.69 + take(param<3>(), z1) + param<>() * z0, 0.7)),
    plate<"row">(z2 = ~bernoulli(logits = 0.32 + param<>() * z0), x1 = ~normal(row_param<>() + param<>() * z2 + param<>() * z0, 1.2)));
constexpr auto q = guide(
    z0 = ~bernoulli(logits = param<>()).by(enumerate{}),
    plate<"side", 3>(z1 = ~categorical<3>(logits = row_param<3>()).by(enumerate{})),
    plate<"row">(z2 = ~bernoulli(logits = param<>() + param<>() * z0).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("side", 3, "");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "side", 1);
  m.add_latent("z2", "row", 1);
  m.add_column("x0", "side", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.add_column("x2", "", 1, 2);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::categorical(3, o::row_param(3)));
  m.draw("z2", o::bernoulli(o::param(1) + o::param(1) * o::ref("z0")));
  m.density("z0", o::bernoulli(o::expression(0.66)));
  m.density("z1", o::categorical(3, o::param(3) + o::param(3) * o::ref("z0")));
  m.density("z2", o::bernoulli(o::expression(0.32) + o::param(1) * o::ref("z0")));
  m.density("x0", o::normal(o::expression(-0.69) + o::take(o::param(3), o::ref("z1")) + o::param(1) * o::ref("z0"), o::expression(0.7)));
  m.density("x1", o::normal(o::row_param(1) + o::param(1) * o::ref("z2") + o::param(1) * o::ref("z0"), o::expression(1.2)));
  m.density("x2", o::bernoulli(o::param(1) + o::param(1) * o::ref("z0")));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"side_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), x2 = d.at("x2"))); })};
}
}  // namespace side_enumerated

namespace sub_enumerated {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2", 2>;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1", 2>;
constexpr auto u = given<"u">;
constexpr auto p = model(
    plate<"side", 2>(z0 = ~bernoulli(logits = row_param<>()), plate<"sub", 2>(z1 = ~categorical<2>(logits = row_param<2>() + param<2>() * z0), x0 = ~normal(param<>() + param<>() * z0 + take(param<2>(), z1), 0.7))),
    plate<"row">(z2 = ~bernoulli(logits = -0.6), x1 = ~bernoulli(logits = dense<2>(z2))));
constexpr auto q = guide(
    plate<"side", 2>(z0 = ~bernoulli(logits = param<>()).by(enumerate{}), plate<"sub", 2>(z1 = ~categorical<2>(logits = param<2>() + param<2>() * z0).by(enumerate{}))),
    plate<"row">(z2 = ~bernoulli(logits = row_param<2>() + param<>() * u).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("side", 2, "");
  m.add_plate("sub", 2, "side");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "side", 1);
  m.add_latent("z1", "sub", 1);
  m.add_latent("z2", "row", 2);
  m.add_column("x0", "sub", 1, 0);
  m.add_column("x1", "row", 2, 2);
  m.add_column("u", "row", 1, 0);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::categorical(2, o::param(2) + o::param(2) * o::ref("z0")));
  m.draw("z2", o::bernoulli(o::row_param(2) + o::param(1) * o::ref("u")));
  m.density("z0", o::bernoulli(o::row_param(1)));
  m.density("z1", o::categorical(2, o::row_param(2) + o::param(2) * o::ref("z0")));
  m.density("z2", o::bernoulli(o::expression(-0.6)));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z0") + o::take(o::param(2), o::ref("z1")), o::expression(0.7)));
  m.density("x1", o::bernoulli(o::dense(2, o::ref("z2"))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"sub_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), u = d.at("u"))); })};
}
}  // namespace sub_enumerated

namespace sized_enumerated {
constexpr auto z0 = latent<"z0", 2>;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto x2 = observed<"x2">;
constexpr auto p = model(
    x2 = ~normal(param<>(), exp(param<>())),
    plate<"row", 3>(z0 = ~categorical<3>(logits = param<2, 3>()), x0 = ~normal(row_param<>() + sum(take(param<3>(), z0)), 1.2)),
    plate<"side", 2>(z1 = ~bernoulli(probs = sigmoid(param<>())), x1 = ~bernoulli(probs = sigmoid(param<>() + param<>() * z1))));
constexpr auto q = guide(
    plate<"row", 3>(z0 = ~categorical<3>(logits = param<2, 3>()).by(enumerate{})),
    plate<"side", 2>(z1 = ~bernoulli(logits = param<>()).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 3, "");
  m.add_plate("side", 2, "");
  m.add_latent("z0", "row", 2);
  m.add_latent("z1", "side", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "side", 1, 2);
  m.add_column("x2", "", 1, 0);
  m.draw("z0", o::categorical(3, o::param(6)));
  m.draw("z1", o::bernoulli(o::param(1)));
  m.density("z0", o::categorical(3, o::param(6)));
  m.density("z1", o::bernoulli_probs(o::sigmoid(o::param(1))));
  m.density("x0", o::normal(o::row_param(1) + o::sum(o::take(o::param(3), o::ref("z0"))), o::expression(1.2)));
  m.density("x1", o::bernoulli_probs(o::sigmoid(o::param(1) + o::param(1) * o::ref("z1"))));
  m.density("x2", o::normal(o::param(1), o::exp(o::param(1))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"sized_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), x2 = d.at("x2"))); })};
}
}  // namespace sized_enumerated

namespace alone_enumerated {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1", 2>;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    z1 = ~bernoulli(logits = param<2>()),
    z0 = ~categorical<3>(logits = param<3>() + param<3>() * (sum(param<2>() * z1))),
    x0 = ~normal(param<>() + sum(param<2>() * z1) + take(param<3>(), z0), exp(param<>())),
    x1 = ~bernoulli(logits = param<>() + sum(param<2>() * z1)));
constexpr auto q = guide(
    z0 = ~categorical<3>(logits = param<3>()).by(enumerate{}),
    z1 = ~bernoulli(logits = param<2>() + take(param<3>(), z0)).by(enumerate{}));
o::model describe() {
  o::model m;
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "", 2);
  m.add_column("x0", "", 1, 0);
  m.add_column("x1", "", 1, 2);
  m.draw("z0", o::categorical(3, o::param(3)));
  m.draw("z1", o::bernoulli(o::param(2) + o::take(o::param(3), o::ref("z0"))));
  m.density("z1", o::bernoulli(o::param(2)));
  m.density("z0", o::categorical(3, o::param(3) + o::param(3) * (o::sum(o::param(2) * o::ref("z1")))));
  m.density("x0", o::normal(o::param(1) + o::sum(o::param(2) * o::ref("z1")) + o::take(o::param(3), o::ref("z0")), o::exp(o::param(1))));
  m.density("x1", o::bernoulli(o::param(1) + o::sum(o::param(2) * o::ref("z1"))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"alone_enumerated", describe(), o::skeleton::kind::exact,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace alone_enumerated

namespace global_pathwise {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto u = given<"u">;
constexpr auto h0 = quantity<"h0">;
constexpr auto h1 = quantity<"h1">;
constexpr auto p = model(
    z0 = ~normal(param<>(), exp(param<>())),
    plate<"row">(z2 = ~bernoulli(logits = row_param<>()), z1 = ~laplace(row_param<>(), 0.9), h0 = select(u, tanh(z0), param<>()) + param<>() * z1, h1 = select(u, param<>() * z0, param<>()) + param<>() * z2, x0 = ~normal(param<>() + h0 + 0.5 * u, exp(row_param<>())), x1 = ~bernoulli(logits = param<>() + h1 + 0.5 * u)));
constexpr auto q = guide(
    z0 = ~normal(param<>(), exp(param<>())).by(pathwise{}),
    plate<"row">(z1 = ~laplace(param<>() + tanh(z0) + param<>() * u, exp(row_param<>())).by(pathwise{}), z2 = ~bernoulli(logits = 0.11 + param<>() * z0 + param<>() * u).by(enumerate{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_latent("z2", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "row", 1, 2);
  m.add_column("u", "row", 1, 0);
  m.draw("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.draw("z1", o::laplace(o::param(1) + o::tanh(o::ref("z0")) + o::param(1) * o::ref("u"), o::exp(o::row_param(1))));
  m.draw("z2", o::bernoulli(o::expression(0.11) + o::param(1) * o::ref("z0") + o::param(1) * o::ref("u")));
  m.density("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.density("z2", o::bernoulli(o::row_param(1)));
  m.density("z1", o::laplace(o::row_param(1), o::expression(0.9)));
  m.quantity("h0", false, "row", o::select(o::ref("u"), o::tanh(o::ref("z0")), o::param(1)) + o::param(1) * o::ref("z1"));
  m.quantity("h1", false, "row", o::select(o::ref("u"), o::param(1) * o::ref("z0"), o::param(1)) + o::param(1) * o::ref("z2"));
  m.density("x0", o::normal(o::param(1) + o::ref("h0") + o::expression(0.5) * o::ref("u"), o::exp(o::row_param(1))));
  m.density("x1", o::bernoulli(o::param(1) + o::ref("h1") + o::expression(0.5) * o::ref("u")));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"global_pathwise", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"), u = d.at("u"))); })};
}
}  // namespace global_pathwise

namespace nested_pathwise {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    z0 = ~laplace(param<>(), 0.9),
    plate<"row">(z1 = ~normal(param<>() + param<>() * z0, 1.2), x1 = ~normal(row_param<>() + param<>() * z0, exp(param<>())), plate<"item", 2>(z2 = ~laplace(-0.13, exp(param<>())), x0 = ~normal(0.18 + tanh(z0) + param<>() * z1, exp(row_param<>())))));
constexpr auto q = guide(
    z0 = ~laplace(param<>(), exp(param<>())).by(pathwise{}),
    plate<"row">(z1 = ~normal(row_param<>(), 0.9).by(pathwise{}), plate<"item", 2>(z2 = ~normal(param<>(), exp(row_param<>())).by(pathwise{}))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "row", 1);
  m.add_latent("z2", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.add_column("x1", "row", 1, 0);
  m.draw("z0", o::laplace(o::param(1), o::exp(o::param(1))));
  m.draw("z1", o::normal(o::row_param(1), o::expression(0.9)));
  m.draw("z2", o::normal(o::param(1), o::exp(o::row_param(1))));
  m.density("z0", o::laplace(o::param(1), o::expression(0.9)));
  m.density("z1", o::normal(o::param(1) + o::param(1) * o::ref("z0"), o::expression(1.2)));
  m.density("z2", o::laplace(o::expression(-0.13), o::exp(o::param(1))));
  m.density("x0", o::normal(o::expression(0.18) + o::tanh(o::ref("z0")) + o::param(1) * o::ref("z1"), o::exp(o::row_param(1))));
  m.density("x1", o::normal(o::row_param(1) + o::param(1) * o::ref("z0"), o::exp(o::param(1))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"nested_pathwise", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace nested_pathwise

namespace side_pathwise {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto z2 = latent<"z2", 2>;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1", 2>;
constexpr auto p = model(
    z0 = ~normal(param<>(), 0.9),
    plate<"side", 3>(z1 = ~laplace(param<>(), exp(param<>())), x0 = ~normal(param<>() + tanh(z1) + param<>() * z0, exp(param<>()))),
    plate<"row">(z2 = ~normal(param<2>(), 1.2), x1 = ~bernoulli(logits = param<2>() + tanh(z0))));
constexpr auto q = guide(
    z0 = ~normal(param<>(), exp(param<>())).by(pathwise{}),
    plate<"side", 3>(z1 = ~laplace(param<>() + param<>() * z0, 0.9).by(pathwise{})),
    plate<"row">(z2 = ~normal(0.2, 1.2).by(pathwise{})));
o::model describe() {
  o::model m;
  m.add_plate("side", 3, "");
  m.add_plate("row", 0, "");
  m.add_latent("z0", "", 1);
  m.add_latent("z1", "side", 1);
  m.add_latent("z2", "row", 2);
  m.add_column("x0", "side", 1, 0);
  m.add_column("x1", "row", 2, 2);
  m.draw("z0", o::normal(o::param(1), o::exp(o::param(1))));
  m.draw("z1", o::laplace(o::param(1) + o::param(1) * o::ref("z0"), o::expression(0.9)));
  m.draw("z2", o::normal(o::expression(0.2), o::expression(1.2)));
  m.density("z0", o::normal(o::param(1), o::expression(0.9)));
  m.density("z1", o::laplace(o::param(1), o::exp(o::param(1))));
  m.density("z2", o::normal(o::param(2), o::expression(1.2)));
  m.density("x0", o::normal(o::param(1) + o::tanh(o::ref("z1")) + o::param(1) * o::ref("z0"), o::exp(o::param(1))));
  m.density("x1", o::bernoulli(o::param(2) + o::tanh(o::ref("z0"))));
  m.complete();
  return m;
}
o::skeleton make() {
  return {"side_pathwise", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<elbo<1>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace side_pathwise

namespace rows_weighted {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    x1 = ~normal(param<>(), exp(param<>())),
    plate<"row">(z1 = ~normal(row_param<>(), 0.7), z0 = ~bernoulli(logits = param<>()), x0 = ~normal(param<>() + param<>() * z1 + param<>() * z0, 0.7)));
constexpr auto q = guide(
    plate<"row">(z0 = ~bernoulli(logits = param<>()).by(vimco{}), z1 = ~normal(0.51 + param<>() * z0, exp(row_param<>())).by(pathwise{})));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "row", 1);
  m.add_column("x0", "row", 1, 0);
  m.add_column("x1", "", 1, 0);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::normal(o::expression(0.51) + o::param(1) * o::ref("z0"), o::exp(o::row_param(1))));
  m.density("z1", o::normal(o::row_param(1), o::expression(0.7)));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z1") + o::param(1) * o::ref("z0"), o::expression(0.7)));
  m.density("x1", o::normal(o::param(1), o::exp(o::param(1))));
  m.importance = 2;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"rows_weighted", describe(), o::skeleton::kind::unbiased,
          o::maker<true>([] { return infer<iwae<2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace rows_weighted

namespace nested_weighted {
constexpr auto z0 = latent<"z0">;
constexpr auto z1 = latent<"z1">;
constexpr auto x0 = observed<"x0">;
constexpr auto x1 = observed<"x1">;
constexpr auto p = model(
    plate<"row">(z0 = ~bernoulli(logits = param<>()), x1 = ~bernoulli(logits = param<>() + param<>() * z0), plate<"item", 2>(z1 = ~bernoulli(logits = -0.38 + param<>() * z0), x0 = ~normal(param<>() + param<>() * z0 + param<>() * z1, 1.2))));
constexpr auto q = guide(
    plate<"row">(z0 = ~bernoulli(logits = param<>()).by(score_function(leave_one_out)), plate<"item", 2>(z1 = ~bernoulli(logits = row_param<>() + param<>() * z0).by(enumerate{}))));
o::model describe() {
  o::model m;
  m.add_plate("row", 0, "");
  m.add_plate("item", 2, "row");
  m.add_latent("z0", "row", 1);
  m.add_latent("z1", "item", 1);
  m.add_column("x0", "item", 1, 0);
  m.add_column("x1", "row", 1, 2);
  m.draw("z0", o::bernoulli(o::param(1)));
  m.draw("z1", o::bernoulli(o::row_param(1) + o::param(1) * o::ref("z0")));
  m.density("z0", o::bernoulli(o::param(1)));
  m.density("z1", o::bernoulli(o::expression(-0.38) + o::param(1) * o::ref("z0")));
  m.density("x0", o::normal(o::param(1) + o::param(1) * o::ref("z0") + o::param(1) * o::ref("z1"), o::expression(1.2)));
  m.density("x1", o::bernoulli(o::param(1) + o::param(1) * o::ref("z0")));
  m.importance = 2;
  m.complete();
  return m;
}
o::skeleton make() {
  return {"nested_weighted", describe(), o::skeleton::kind::unbiased,
          o::maker<false>([] { return infer<iwae<2, 2>, double>(p, q); },
                         [](const o::arrays& d, auto&& f) { return f(data(x0 = d.at("x0"), x1 = d.at("x1"))); })};
}
}  // namespace nested_weighted

const o::registration all{{&rows_enumerated::make, &global_enumerated::make, &nested_enumerated::make, &side_enumerated::make, &sub_enumerated::make, &sized_enumerated::make, &alone_enumerated::make, &global_pathwise::make, &nested_pathwise::make, &side_pathwise::make, &rows_weighted::make, &nested_weighted::make}};

}  // namespace
