#include "solve.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "quadrature.hpp"

namespace oracle {
namespace {

constexpr std::size_t most_plates = 4;
using place_index = std::array<std::size_t, most_plates>;  // the row in each plate

/// A value, or the categories of one.
struct numbers {
  std::size_t n = 0;
  std::array<double, 12> v;  // the first n
  double& operator[](std::size_t i) { return v[i]; }
  double operator[](std::size_t i) const { return v[i]; }
};

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

class solver {
 public:
  solver(const model& m, const problem& p, bool differentiate)
      : m_(m), p_(p), differentiate_(differentiate) {
    for (const block& b : m.blocks) {
      first_.push_back(values_.size());
      const auto found = p.parameters.find(b.name);
      if (found == p.parameters.end()) throw std::logic_error("no parameter " + b.name);
      values_.insert(values_.end(), found->second.begin(), found->second.end());
    }
    touched_.assign(values_.size(), false);
    for (const latent& l : m.latents) {
      latent_values_.emplace_back(rows_in(l.place));
      const family drawn_from = m.statements[static_cast<std::size_t>(l.draw)].density.what;
      continuous_ |= drawn_from == family::normal || drawn_from == family::laplace;
    }
  }

  solution run() {
    solution s;
    s.per_datum = m_.data_plate >= 0 && m_.plates[plate(m_.data_plate)].size == 0;
    s.rows.resize(m_.data_plate >= 0 ? p_.rows : 0);
    s.weights = p_.weights;
    begin(s.outside);
    for (part& r : s.rows) begin(r);
    // Under an importance-weighted objective the latents of a row stand in one weight.
    const bool weighs = m_.importance > 0;
    for (std::size_t i = 0; i < m_.statements.size(); ++i) {
      const statement& t = m_.statements[i];
      const bool loss = t.what == statement::kind::loss;
      if (t.what == statement::kind::quantity) continue;
      if (weighs && !loss && (m_.data_plate < 0 || m_.in_data_plate(t.place))) continue;
      each_row(t.place, {}, [&](const place_index& at) {
        part& to = m_.in_data_plate(t.place) ? s.rows[at[plate(m_.data_plate)]] : s.outside;
        const double before = to.value;
        add(to, closure(t, at), [&] { return signed_term(t, at); });
        if (loss) to.value = before;  // it is trained, and no part of the bound
      });
    }
    if (weighs && m_.data_plate < 0) add_weighted(s.outside, 0);
    if (weighs && m_.data_plate >= 0)
      for (std::size_t r = 0; r < s.rows.size(); ++r) add_weighted(s.rows[r], r);
    return s;
  }

  std::size_t rows_of(int at) const { return rows_of_plate(m_, at, p_); }
  std::size_t rows_in(int place) const {
    std::size_t n = 1;
    for (; place >= 0; place = m_.plates[plate(place)].parent) n *= rows_of(place);
    return n;
  }

 private:
  struct drawn {
    std::size_t latent;
    place_index at;
  };

  static std::size_t plate(int p) { return static_cast<std::size_t>(p); }

  void begin(part& p) const {
    for (std::size_t b = 0; b < m_.blocks.size(); ++b)
      p.gradient[m_.blocks[b].name].assign(
          (b + 1 < first_.size() ? first_[b + 1] : values_.size()) - first_[b], 0.0);
  }

  /// Calls f(index) for the rows of a place.
  template <class F>
  void each_row(int place, place_index at, F&& f) const {
    std::vector<int> chain;
    for (int p = place; p >= 0; p = m_.plates[plate(p)].parent) chain.insert(chain.begin(), p);
    const std::function<void(std::size_t)> go = [&](std::size_t depth) {
      if (depth == chain.size()) return f(static_cast<const place_index&>(at));
      for (std::size_t i = 0; i < rows_of(chain[depth]); ++i) {
        at[plate(chain[depth])] = i;
        go(depth + 1);
      }
    };
    go(0);
  }
  std::size_t flat(int place, const place_index& at) const {
    std::size_t index = 0, stride = 1;
    for (; place >= 0; place = m_.plates[plate(place)].parent) {
      index += at[plate(place)] * stride;
      stride *= rows_of(place);
    }
    return index;
  }

  // --- expressions ---------------------------------------------------------------------------

  std::size_t categories_of(const expression& e) const {
    if (e.what == op::gather) return categories_of(e.inputs[0]);
    if (e.what != op::reference || e.target < 0) return 0;
    if (e.target < column_base) {
      const latent& l = m_.latents[static_cast<std::size_t>(e.target)];
      return m_.statements[static_cast<std::size_t>(l.draw)].density.categories;
    }
    if (e.target < quantity_base)
      return m_.columns[static_cast<std::size_t>(e.target) - column_base].categories;
    return 0;
  }

  double parameter(std::size_t block, std::size_t row, std::size_t i, std::size_t size) {
    const std::size_t at = first_[block] + row * size + i;
    if (noting_) touched_[at] = true;
    return values_[at];
  }

  numbers elementwise(const numbers& a, const numbers& b, op what) const {
    numbers out;
    out.n = std::max(a.n, b.n);
    for (std::size_t i = 0; i < out.n; ++i) {
      const double x = a[i % a.n], y = b[i % b.n];
      out[i] = what == op::add        ? x + y
               : what == op::subtract ? x - y
               : what == op::multiply ? x * y
                                      : x / y;
    }
    return out;
  }

  numbers evaluate(const expression& e, int place, const place_index& at) {
    numbers out;
    switch (e.what) {
      case op::literal:
        out.n = 1;
        out[0] = e.number;
        return out;
      case op::parameter:
        out.n = e.size;
        for (std::size_t i = 0; i < e.size; ++i)
          out[i] = parameter(e.block, e.per_row ? flat(place, at) : 0, i, e.size);
        return out;
      case op::reference: {
        if (e.target >= quantity_base) {
          const statement& q = m_.statements[static_cast<std::size_t>(e.target - quantity_base)];
          return evaluate(q.quantity, q.place, at);
        }
        if (e.target >= column_base)
          return datum(m_.columns[static_cast<std::size_t>(e.target - column_base)], at);
        const auto l = static_cast<std::size_t>(e.target);
        return latent_values_[l][flat(m_.latents[l].place, at)];
      }
      case op::add:
      case op::subtract:
      case op::multiply:
      case op::divide:
        return elementwise(evaluate(e.inputs[0], place, at), evaluate(e.inputs[1], place, at),
                           e.what);
      case op::exp:
      case op::tanh:
      case op::sigmoid:
      case op::square:
        out = evaluate(e.inputs[0], place, at);
        for (std::size_t i = 0; i < out.n; ++i)
          out[i] = e.what == op::exp       ? std::exp(out[i])
                   : e.what == op::tanh    ? std::tanh(out[i])
                   : e.what == op::sigmoid ? 1 / (1 + std::exp(-out[i]))
                                           : out[i] * out[i];
        return out;
      case op::sum: {
        const numbers x = evaluate(e.inputs[0], place, at);
        out.n = 1;
        out[0] = 0;
        for (std::size_t i = 0; i < x.n; ++i) out[0] += x[i];
        return out;
      }
      case op::take: {
        const std::size_t k = categories_of(e.inputs[1]);
        const numbers table = evaluate(e.inputs[0], place, at),
                      index = evaluate(e.inputs[1], place, at);
        const std::size_t width = table.n / k;
        out.n = index.n * width;
        for (std::size_t i = 0; i < index.n; ++i)
          for (std::size_t j = 0; j < width; ++j)
            out[i * width + j] = table[static_cast<std::size_t>(index[i]) * width + j];
        return out;
      }
      case op::gather:
        return evaluate(e.inputs[0], place, chosen_by(e.inputs[1], at));
      case op::filled:
        out = evaluate(e.inputs[0], place, at);
        for (std::size_t i = 0; i < out.n; ++i) out[i] = std::isnan(out[i]) ? 0 : out[i];
        return out;
      case op::known:
        out = datum(column_of(e.inputs[0]), at);
        for (std::size_t i = 0; i < out.n; ++i) out[i] = std::isnan(out[i]) ? 0 : 1;
        return out;
      case op::log_prob: {
        const bool of_data = is_data(e.inputs[0]);
        const numbers x =
            of_data ? datum(column_of(e.inputs[0]), at) : evaluate(e.inputs[0], place, at);
        out.n = 1;
        out[0] = log_density({e.density, e.size, {e.inputs.begin() + 1, e.inputs.end()}}, place, x,
                             at, [&](std::size_t i) { return std::isnan(x[i]) ? 0.0 : 1.0; });
        return out;
      }
      case op::select:
        return evaluate(e.inputs[0], place, at)[0] > 0 ? evaluate(e.inputs[1], place, at)
                                                       : evaluate(e.inputs[2], place, at);
      case op::dense: {
        const numbers x = evaluate(e.inputs[0], place, at);
        const std::size_t k = categories_of(e.inputs[0]);
        out.n = e.size;
        for (std::size_t j = 0; j < e.size; ++j) {
          out[j] = parameter(e.block + 1, 0, j, 1);
          for (std::size_t i = 0; i < x.n; ++i)
            out[j] += k > 0 ? parameter(e.block, 0,
                                        (i * k + static_cast<std::size_t>(x[i])) * e.size + j, 1)
                            : x[i] * parameter(e.block, 0, i * e.size + j, 1);
        }
        return out;
      }
    }
    return out;
  }

  /// The place at which an index finds what is gathered.
  place_index chosen_by(const expression& index, place_index at) const {
    const column& c = column_of(index);
    const std::size_t row = static_cast<std::size_t>(datum(c, at)[0]);
    at[plate(c.numbers)] = row;
    return at;
  }
  /// Whether something refers to a column, or to a latent of which there are data.
  bool is_data(const expression& e) const {
    return e.what == op::reference && e.target < quantity_base &&
           (e.target >= column_base || m_.latents[static_cast<std::size_t>(e.target)].data >= 0);
  }
  const column& column_of(const expression& e) const {
    const int c = e.target >= column_base ? e.target - column_base
                                          : m_.latents[static_cast<std::size_t>(e.target)].data;
    return m_.columns[static_cast<std::size_t>(c)];
  }

  numbers datum(const column& c, const place_index& at) const {
    const std::vector<double>& values = p_.data.at(c.name);
    numbers out;
    out.n = c.variables;
    const std::size_t row = flat(c.place, at);
    for (std::size_t i = 0; i < c.variables; ++i) out[i] = values[row * c.variables + i];
    return out;
  }

  // --- densities -----------------------------------------------------------------------------

  /// The log-densities of the variables of x, each times its factor; where that is 0 it is not
  /// looked at.
  template <class Factor>
  double log_density(const distribution& d, int place, const numbers& x, const place_index& at,
                     Factor&& factor) {
    const numbers a = evaluate(d.parameters[0], place, at);
    double total = 0;
    if (d.what == family::normal || d.what == family::laplace) {
      const numbers b = evaluate(d.parameters[1], place, at);
      for (std::size_t i = 0; i < x.n; ++i) {
        if (factor(i) == 0) continue;
        const double scale = b[i % b.n], e = (x[i] - a[i % a.n]) / scale;
        total += factor(i) * (d.what == family::normal ? -0.5 * e * e - std::log(scale) -
                                                             0.5 * std::log(2 * std::numbers::pi)
                                                       : -std::abs(e) - std::log(2 * scale));
      }
      return total;
    }
    for (std::size_t i = 0; i < x.n; ++i) {
      if (factor(i) == 0) continue;
      if (d.what == family::bernoulli) {
        total -= factor(i) * softplus(x[i] > 0.5 ? -a[i % a.n] : a[i % a.n]);
      } else if (d.what == family::bernoulli_probs) {
        total += factor(i) * std::log(x[i] > 0.5 ? a[i % a.n] : 1 - a[i % a.n]);
      } else {
        const std::size_t k = d.categories;
        const auto logit = [&](std::size_t j) { return a[(i * k + j) % a.n]; };
        double sum = 0;
        for (std::size_t j = 0; j < k; ++j) sum += std::exp(logit(j));
        total += factor(i) * (logit(static_cast<std::size_t>(x[i])) - std::log(sum));
      }
    }
    return total;
  }

  /// What a statement adds to what is trained, where the latents have their present values: to log
  /// p − log q, what is known of a latent being data and not drawn, or as a term or a loss.
  double signed_term(const statement& s, const place_index& at) {
    if (s.what != statement::kind::density) {
      const numbers e = evaluate(s.quantity, s.place, at);
      double sum = 0;
      for (std::size_t i = 0; i < e.n; ++i) sum += e[i];
      return s.what == statement::kind::loss ? -sum : sum;
    }
    if (s.latent < 0) {
      const numbers x = datum(column_named(s.name), at);
      return log_density(s.density, s.place, x, at,
                         [&](std::size_t i) { return std::isnan(x[i]) ? 0.0 : 1.0; });
    }
    const auto l = static_cast<std::size_t>(s.latent);
    const numbers x = latent_values_[l][flat(s.place, at)], there = known(l, at);
    return log_density(s.density, s.place, x, at, [&](std::size_t i) {
      return s.guide ? (there[i] > 0 ? 0 : -p_.kl_weight) : (there[i] > 0 ? 1 : p_.kl_weight);
    });
  }
  /// 1 for the variables of a latent whose data are there.
  numbers known(std::size_t l, const place_index& at) const {
    numbers out;
    out.n = m_.latents[l].variables;
    std::fill_n(out.v.begin(), out.n, 0.0);
    if (m_.latents[l].data < 0) return out;
    out = datum(m_.columns[static_cast<std::size_t>(m_.latents[l].data)], at);
    for (std::size_t i = 0; i < out.n; ++i) out[i] = std::isnan(out[i]) ? 0 : 1;
    return out;
  }
  const column& column_named(const std::string& name) const {
    for (const column& c : m_.columns)
      if (c.name == name) return c;
    throw std::logic_error("no column " + name);
  }

  // --- expectations --------------------------------------------------------------------------

  /// Latents of rows, by the number of the row in its plates.
  using found_draws = std::vector<std::map<std::size_t, place_index>>;

  void collect(const expression& e, const place_index& at, found_draws& found) const {
    if (e.what == op::known) return;
    if (e.what == op::log_prob && is_data(e.inputs[0])) {  // of the data, and not of the draw
      for (std::size_t i = 1; i < e.inputs.size(); ++i) collect(e.inputs[i], at, found);
      return;
    }
    if (e.what == op::gather) return collect(e.inputs[0], chosen_by(e.inputs[1], at), found);
    for (const expression& i : e.inputs) collect(i, at, found);
    if (e.what != op::reference) return;
    if (e.target >= quantity_base)
      return collect(m_.statements[static_cast<std::size_t>(e.target - quantity_base)].quantity, at,
                     found);
    if (e.target < column_base) collect_latent(static_cast<std::size_t>(e.target), at, found);
  }
  void collect_latent(std::size_t l, const place_index& at, found_draws& found) const {
    if (!found[l].emplace(flat(m_.latents[l].place, at), at).second) return;
    for (const expression& e :
         m_.statements[static_cast<std::size_t>(m_.latents[l].draw)].density.parameters)
      collect(e, at, found);
  }
  /// The latents that a term depends on, itself or through the guide, in the guide's order.
  std::vector<drawn> closure(const statement& s, const place_index& at) const {
    found_draws found(m_.latents.size());
    for (const expression& e : s.density.parameters) collect(e, at, found);
    if (s.what != statement::kind::density) collect(s.quantity, at, found);
    if (s.latent >= 0) collect_latent(static_cast<std::size_t>(s.latent), at, found);
    std::vector<drawn> out;
    for (const statement& d : m_.statements)
      if (d.guide && d.latent >= 0)
        for (const auto& [row, place] : found[static_cast<std::size_t>(d.latent)])
          out.push_back({static_cast<std::size_t>(d.latent), place});
    return out;
  }

  /// Where the derivative of what reads a latent may jump.
  static void selected(const expression& e, std::size_t l, bool& found) {
    for (const expression& i : e.inputs) selected(i, l, found);
    if (e.what == op::select && e.inputs[0].what == op::reference &&
        e.inputs[0].target == static_cast<int>(l))
      found = true;
  }
  std::vector<double> breaks(std::size_t l, const place_index& at) {
    std::vector<double> out;
    const statement& prior = m_.statements[static_cast<std::size_t>(m_.latents[l].prior)];
    if (prior.density.what == family::laplace) {
      // Where the nodes lie is no matter of what the term depends on.
      const bool noted = std::exchange(noting_, false);
      out.push_back(evaluate(prior.density.parameters[0], prior.place, at)[0]);
      noting_ = noted;
    }
    bool found = false;
    for (const statement& s : m_.statements) {
      for (const expression& e : s.density.parameters) selected(e, l, found);
      if (s.what != statement::kind::density) selected(s.quantity, l, found);
    }
    if (found) out.push_back(0);
    return out;
  }

  /// Calls leaf(weight) for all values of draws[k], draws[k + 1] ...
  template <class F>
  void integrate(const std::vector<drawn>& draws, std::size_t k, double weight, F&& leaf) {
    if (k == draws.size()) return leaf(weight);
    const latent& l = m_.latents[draws[k].latent];
    const statement& s = m_.statements[static_cast<std::size_t>(l.draw)];
    const place_index& at = draws[k].at;
    numbers& value = latent_values_[draws[k].latent][flat(l.place, at)];
    value.n = l.variables;
    const distribution& d = s.density;
    const numbers there = known(draws[k].latent, at);
    if (l.data >= 0) {
      const numbers data = datum(m_.columns[static_cast<std::size_t>(l.data)], at);
      for (std::size_t i = 0; i < l.variables; ++i)
        if (there[i] > 0) value[i] = data[i];
    }
    if (d.what == family::normal || d.what == family::laplace) {
      const numbers mean = evaluate(d.parameters[0], s.place, at),
                    scale = evaluate(d.parameters[1], s.place, at);
      std::vector<double> where = breaks(draws[k].latent, at);
      const std::function<void(std::size_t, double)> go = [&](std::size_t i, double w) {
        if (i == l.variables) return integrate(draws, k + 1, w, leaf);
        if (there[i] > 0) return go(i + 1, w);
        std::vector<double> mine = where;
        for (double& b : mine) b = (b - mean[i % mean.n]) / scale[i % scale.n];
        for (const quadrature_node& n :
             d.what == family::normal ? normal_nodes(mine) : laplace_nodes(mine)) {
          value[i] = mean[i % mean.n] + scale[i % scale.n] * n.at;
          go(i + 1, w * n.weight);
        }
      };
      return go(0, weight);
    }
    const std::size_t k_values = d.what == family::categorical ? d.categories : 2;
    std::size_t joint = 1;
    for (std::size_t i = 0; i < l.variables; ++i) joint *= there[i] > 0 ? 1 : k_values;
    for (std::size_t j = 0; j < joint; ++j) {
      for (std::size_t i = 0, rest = j; i < l.variables; ++i) {
        if (there[i] > 0) continue;
        value[i] = static_cast<double>(rest % k_values);
        rest /= k_values;
      }
      const numbers chosen = value;
      const double log_q = log_density(d, s.place, chosen, at,
                                       [&](std::size_t i) { return there[i] > 0 ? 0.0 : 1.0; });
      integrate(draws, k + 1, weight * std::exp(log_q), leaf);
    }
  }

  template <class F>
  double expectation(const std::vector<drawn>& draws, F&& f) {
    double total = 0;
    integrate(draws, 0, 1, [&](double w) { total += w * f(); });
    return total;
  }

  /// Adds the value of f() and its derivatives in the parameters that it reads.
  void add_differentiated(part& to, const std::function<double()>& f) {
    std::fill(touched_.begin(), touched_.end(), false);
    noting_ = true;
    to.value += f();
    noting_ = false;
    if (!differentiate_) return;
    const std::vector<bool> reads = touched_;
    // Sums are exact and deserve four points; so many would take too long where there are
    // integrals.
    const double h = continuous_ ? 1e-4 : 2e-3;
    for (std::size_t b = 0; b < m_.blocks.size(); ++b) {
      std::vector<double>& gradient = to.gradient[m_.blocks[b].name];
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        if (!reads[first_[b] + i]) continue;
        double& x = values_[first_[b] + i];
        const double before = x;
        const auto moved = [&](double by) {
          x = before + by;
          return f();
        };
        const double near = moved(h) - moved(-h);
        gradient[i] +=
            continuous_ ? near / (2 * h) : (8 * near - (moved(2 * h) - moved(-2 * h))) / (12 * h);
        x = before;
      }
    }
  }
  template <class F>
  void add(part& to, const std::vector<drawn>& draws, F&& term) {
    add_differentiated(to, [&] { return expectation(draws, term); });
  }

  /// E log of the mean of K weights p/q of a row, whose latents are drawn K times; of a power of
  /// the weights, over the power.
  void add_weighted(part& to, std::size_t row) {
    std::vector<drawn> draws;
    place_index at{};
    if (m_.data_plate >= 0) at[plate(m_.data_plate)] = row;
    const auto each = [&](const statement& s, auto&& f) {
      each_row(s.place, at, [&](const place_index& i) {
        if (m_.data_plate < 0 || i[plate(m_.data_plate)] == row) f(i);
      });
    };
    std::vector<const statement*> terms;
    for (const statement& s : m_.statements) {
      if (s.what == statement::kind::quantity || s.what == statement::kind::loss ||
          (m_.data_plate >= 0 && !m_.in_data_plate(s.place)))
        continue;
      terms.push_back(&s);
      if (s.guide && s.latent >= 0)
        each(s, [&](const place_index& i) {
          draws.push_back({static_cast<std::size_t>(s.latent), i});
        });
    }
    add_differentiated(to, [&, this] {
      std::vector<std::pair<double, double>> samples;  // probability, weight
      integrate(draws, 0, 1, [&](double probability) {
        double log_weight = 0;
        for (const statement* s : terms)
          each(*s, [&](const place_index& i) { log_weight += signed_term(*s, i); });
        samples.emplace_back(probability, std::exp(m_.power * log_weight));
      });
      const std::function<double(std::size_t, double)> mean = [&](std::size_t k, double sum) {
        if (k == 0) return std::log(sum / static_cast<double>(m_.importance)) / m_.power;
        double total = 0;
        for (const auto& [probability, weight] : samples)
          total += probability * mean(k - 1, sum + weight);
        return total;
      };
      return mean(m_.importance, 0);
    });
  }

  const model& m_;
  const problem& p_;
  bool differentiate_;
  std::vector<std::size_t> first_;
  std::vector<double> values_;
  std::vector<bool> touched_;
  bool noting_ = false;
  bool continuous_ = false;
  std::vector<std::vector<numbers>> latent_values_;
};

}  // namespace

part solution::objective(const std::vector<std::uint32_t>& batch) const {
  part total = outside;
  const double n = static_cast<double>(rows.size()), b = static_cast<double>(batch.size());
  for (const std::uint32_t r : batch) {
    if (rows.empty()) break;
    const double weight = n / b * (weights.empty() ? 1 : weights[r]);
    total.value += weight * rows[r].value;
    for (auto& [name, gradient] : total.gradient)
      for (std::size_t i = 0; i < gradient.size(); ++i)
        gradient[i] += weight * rows[r].gradient.at(name)[i];
  }
  const double all = weights.empty() ? n : std::accumulate(weights.begin(), weights.end(), 0.0);
  const double unit = per_datum ? all : 1;
  total.value /= unit;
  for (auto& [name, gradient] : total.gradient)
    for (double& g : gradient) g /= unit;
  return total;
}

std::size_t rows_of_plate(const model& m, int p, const problem& of) {
  const plate& is = m.plates[static_cast<std::size_t>(p)];
  return p == m.data_plate ? of.rows : is.group ? of.groups : is.size;
}

std::map<std::string, std::size_t> parameter_sizes(const model& m, const problem& of) {
  std::map<std::string, std::size_t> out;
  for (const block& b : m.blocks) {
    std::size_t n = b.size;
    for (int p = b.per_row ? b.place : -1; p >= 0; p = m.plates[static_cast<std::size_t>(p)].parent)
      n *= rows_of_plate(m, p, of);
    out[b.name] = n;
  }
  return out;
}

std::size_t column_size(const model& m, const column& c, const problem& of) {
  std::size_t n = c.variables;
  for (int p = c.place; p >= 0; p = m.plates[static_cast<std::size_t>(p)].parent)
    n *= rows_of_plate(m, p, of);
  return n;
}

solution solve(const model& m, const problem& p, bool differentiate) {
  return solver(m, p, differentiate).run();
}

}  // namespace oracle
