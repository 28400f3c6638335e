#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

/// Small models described in plain words, to be summed and integrated by hand: nothing here knows
/// variad. A description says what the statements of a model and its guide are, in their order.
namespace oracle {

enum class op {
  literal,
  parameter,
  reference,
  add,
  subtract,
  multiply,
  divide,
  exp,
  tanh,
  sigmoid,
  square,
  sum,
  take,
  gather,
  select,
  dense,
  filled,
  known,
  log_prob
};

enum class family { bernoulli, bernoulli_probs, categorical, normal, laplace, none };

struct expression {
  op what = op::literal;
  double number = 0;
  std::size_t size = 1;           ///< values of a parameter, outputs of a dense layer, categories
  family density = family::none;  ///< of a log-density
  bool per_row = false;           ///< a parameter that every row of its plates has for itself
  std::string name{};             ///< of what is referred to
  std::vector<expression> inputs{};
  // Found when the description is complete.
  int target = -1;        ///< what `name` is: a statement or a column
  std::size_t block = 0;  ///< of a parameter; a layer has its bias in the next one

  expression() = default;
  expression(double c) : number(c) {}  // NOLINT: a number is an expression
  expression(op o, std::vector<expression> of) : what(o), inputs(std::move(of)) {}
};

inline expression param(std::size_t size = 1) {
  expression e(op::parameter, {});
  e.size = size;
  return e;
}
inline expression row_param(std::size_t size = 1) {
  expression e = param(size);
  e.per_row = true;
  return e;
}
inline expression ref(const std::string& name) {
  expression e(op::reference, {});
  e.name = name;
  return e;
}
inline expression dense(std::size_t size, const expression& x) {
  expression e(op::dense, {x});
  e.size = size;
  return e;
}
inline expression operator+(const expression& a, const expression& b) { return {op::add, {a, b}}; }
inline expression operator-(const expression& a, const expression& b) {
  return {op::subtract, {a, b}};
}
inline expression operator*(const expression& a, const expression& b) {
  return {op::multiply, {a, b}};
}
inline expression operator/(const expression& a, const expression& b) {
  return {op::divide, {a, b}};
}
inline expression exp(const expression& a) { return {op::exp, {a}}; }
inline expression tanh(const expression& a) { return {op::tanh, {a}}; }
inline expression sigmoid(const expression& a) { return {op::sigmoid, {a}}; }
inline expression square(const expression& a) { return {op::square, {a}}; }
inline expression sum(const expression& a) { return {op::sum, {a}}; }
/// What a row of another plate has, by a column that numbers its rows.
inline expression gather(const expression& e, const expression& index) {
  return {op::gather, {e, index}};
}
/// Data with 0 where there is a gap, and 1 or 0 for what is there and what is not.
inline expression filled(const expression& x) { return {op::filled, {x}}; }
inline expression known(const expression& x) { return {op::known, {x}}; }
/// Rows of a table chosen by categories.
inline expression take(const expression& table, const expression& index) {
  return {op::take, {table, index}};
}
inline expression select(const expression& c, const expression& a, const expression& b) {
  return {op::select, {c, a, b}};
}

struct distribution {
  family what = family::none;
  std::size_t categories = 0;
  std::vector<expression> parameters{};
};
inline distribution bernoulli(const expression& logits) { return {family::bernoulli, 0, {logits}}; }
// p = σ(l) is taken by its logits: where an integral goes far out, σ(l) is 1 in double precision,
// and log(1 − p) would be −∞.
inline distribution bernoulli_probs(const expression& p) {
  if (p.what == op::sigmoid) return bernoulli(p.inputs[0]);
  return {family::bernoulli_probs, 0, {p}};
}
inline distribution categorical(std::size_t k, const expression& logits) {
  return {family::categorical, k, {logits}};
}
inline distribution normal(const expression& m, const expression& s) {
  return {family::normal, 0, {m, s}};
}
inline distribution laplace(const expression& m, const expression& s) {
  return {family::laplace, 0, {m, s}};
}

/// The log-density at a value; at data, of what is there.
inline expression log_prob(const distribution& d, const expression& x) {
  expression e(op::log_prob, {x});
  e.inputs.insert(e.inputs.end(), d.parameters.begin(), d.parameters.end());
  e.density = d.what;
  e.size = d.categories;
  return e;
}

struct plate {
  std::string name;
  std::size_t size;  ///< 0: that of the data
  int parent;
  bool group = false;  ///< the data give its size, and rows of the data plate number its rows
};

/// A draw of the guide, a density of the model, or a quantity, term or loss of either.
struct statement {
  std::string name;
  bool guide;
  int place;  ///< the innermost plate, or −1
  distribution density;
  expression quantity;
  enum class kind { density, quantity, term, loss } what = kind::density;
  int latent = -1;  ///< of a draw and of a prior
};

/// Data: a column of `variables` numbers for every row of the plates it stands in.
struct column {
  std::string name;
  int place;
  std::size_t variables;
  std::size_t categories;  ///< of a categorical one; 2 of a bernoulli; 0 of any number
  bool gaps = false;       ///< NaN where it is not there
  int numbers = -1;        ///< the plate whose rows it numbers
};

struct latent {
  std::string name;
  int place;
  std::size_t variables;
  int draw = -1, prior = -1;  ///< statements
  int data = -1;              ///< the column of what is known of it
};

/// A block of parameters as variad names it: rows × size values.
struct block {
  std::string name;
  int place;
  std::size_t size;
  bool per_row;
};

/// A model, its guide and the objective. Statements are added in the order of the source: plates,
/// variables, the guide, the model; then `complete`.
struct model {
  std::vector<plate> plates{};
  int data_plate = -1;
  std::vector<column> columns{};
  std::vector<latent> latents{};
  std::vector<statement> statements{};
  std::vector<block> blocks{};
  std::size_t importance = 0;  ///< samples of log (1/K) Σ w^power / power; 0: elbo
  double power = 1;
  bool weighted = false;  ///< rows have weights

  void add_plate(const std::string& name, std::size_t size, const std::string& parent = "");
  void add_latent(const std::string& name, const std::string& place, std::size_t variables = 1);
  void add_column(const std::string& name, const std::string& place, std::size_t variables,
                  std::size_t categories);
  void draw(const std::string& name, const distribution& d);
  void density(const std::string& name, const distribution& d);
  /// A plate that takes its size from the data beside the data plate.
  void add_group(const std::string& name);
  /// The column of this name may have gaps, or numbers the rows of a plate.
  void may_have_gaps(const std::string& name) { column_named(name).gaps = true; }
  void numbers(const std::string& name, const std::string& plate) {
    column_named(name).numbers = find_plate(plate);
  }
  void term(const std::string& place, const expression& e);
  void loss(bool guide, const std::string& place, const expression& e);
  void quantity(const std::string& name, bool guide, const std::string& place, const expression& e);
  void complete();

  [[nodiscard]] int find_plate(const std::string& name) const;
  /// Whether a place is the data plate or within it.
  [[nodiscard]] bool in_data_plate(int place) const;

 private:
  column& column_named(const std::string& name);
  void resolve(expression& e, const statement& s, std::map<std::string, int>& counts);
};

// A reference's target: a latent, a column or a quantity, by number.
constexpr int column_base = 1000, quantity_base = 2000;

}  // namespace oracle
