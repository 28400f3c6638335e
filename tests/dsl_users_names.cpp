// A program that says `using namespace variad` and has names of its own for what it consists of:
// those that users are likeliest to take stay theirs. A name of the library that is one of them
// makes its use here ambiguous, and this file does not compile.

#include <type_traits>

#include <catch2/catch.hpp>

#include <variad/variad.hpp>

using namespace variad;

// clang-format off
#define VARIAD_TYPES(X) \
  X(arena) X(axes) X(batch) X(column) X(config) X(context) X(draw) X(engine) X(entry) X(event) \
  X(group) X(image) X(kernel) X(matrix) X(network) X(node) X(options) X(parameters) X(point) \
  X(program) X(record) X(reference) X(result) X(role) X(settings) X(share) X(state) X(table) \
  X(tensor) X(trainer) X(vector)
#define VARIAD_FUNCTIONS(X) \
  X(after) X(attention) X(block) X(broadcast) X(check) X(decoder) X(derive) X(describe) X(dot) X(draw_of) X(embed) \
  X(encoder) X(energy) X(exists) X(fill) X(gate) X(hidden) X(index_of) X(layer) X(mlp) X(norm) X(normalise) \
  X(residual) X(row) X(standardise) X(step) X(train) X(walk) X(whiten)
#define VARIAD_FUNCTIONS_OF_TWO(X) X(emission) X(join) X(merge) X(reduce) X(transition)
#define VARIAD_NAMESPACES(X) \
  X(chain) X(chart) X(code) X(core) X(data_loading) X(detail) X(dsl) X(experiment) X(graph) \
  X(support_code) X(impl) X(inner) X(internal) X(keywords) X(passes) X(problem) X(relaxation) \
  X(runtime) X(swaps) X(token) X(tools) X(utils)
#define VARIAD_VARIABLES(X) \
  X(alpha) X(batch_size) X(beta) X(epochs) X(epsilon) X(height) X(images) X(labels) X(lanes) \
  X(learning_rate) X(match) X(mu) X(name) X(purpose) X(rows) X(seed) X(sigma) X(tau) X(text) \
  X(theta) X(units) X(use) X(width)
// clang-format on

#define VARIAD_TYPE(n) \
  struct n {           \
    int own;           \
  };
#define VARIAD_FUNCTION(n)       \
  template <class E>             \
  constexpr auto n(const E& e) { \
    return 2 * e;                \
  }
#define VARIAD_FUNCTION_OF_TWO(n)            \
  template <class A, class B>                \
  constexpr auto n(const A& a, const B& b) { \
    return a - b;                            \
  }
#define VARIAD_NAMESPACE(n) \
  namespace n {             \
  constexpr int own = 2;    \
  }
#define VARIAD_VARIABLE(n) constexpr int n = 3;

VARIAD_TYPES(VARIAD_TYPE)
VARIAD_FUNCTIONS(VARIAD_FUNCTION)
VARIAD_FUNCTIONS_OF_TWO(VARIAD_FUNCTION_OF_TWO)
VARIAD_NAMESPACES(VARIAD_NAMESPACE)
VARIAD_VARIABLES(VARIAD_VARIABLE)

#define VARIAD_OF_TYPE(n) +n{1}.own
#define VARIAD_OF_NAMESPACE(n) +n::own
#define VARIAD_OF_VARIABLE(n) +n
#define VARIAD_ONE(n) +1
// Functions are looked up in the namespaces of their arguments, too.
#define VARIAD_DOUBLES(n)                                 \
  +int(std::is_same_v<decltype(n(z)), decltype(2 * z)> && \
       std::is_same_v<decltype(n(tanh(dense<3>(x)))), decltype(2 * tanh(dense<3>(x)))>)
#define VARIAD_SUBTRACTS(n) +int(std::is_same_v<decltype(n(z, 2 * x)), decltype(z - 2 * x)>)

constexpr auto x = given<"x">;
constexpr auto z = latent<"z">;

TEST_CASE("a user's own names stay the user's") {
  constexpr int types = 0 VARIAD_TYPES(VARIAD_ONE), functions = 0 VARIAD_FUNCTIONS(VARIAD_ONE),
                namespaces = 0 VARIAD_NAMESPACES(VARIAD_ONE),
                variables = 0 VARIAD_VARIABLES(VARIAD_ONE);
  STATIC_REQUIRE(types + functions + namespaces + variables >= 100);
  CHECK((0 VARIAD_TYPES(VARIAD_OF_TYPE)) == types);
  CHECK((0 VARIAD_NAMESPACES(VARIAD_OF_NAMESPACE)) == 2 * namespaces);
  CHECK((0 VARIAD_VARIABLES(VARIAD_OF_VARIABLE)) == 3 * variables);
  CHECK((0 VARIAD_FUNCTIONS(VARIAD_DOUBLES)) == functions);
  CHECK((0 VARIAD_FUNCTIONS_OF_TWO(VARIAD_SUBTRACTS)) == (0 VARIAD_FUNCTIONS_OF_TWO(VARIAD_ONE)));
}
