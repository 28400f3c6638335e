// The README's table of estimators, by asking each of estimator_list: nothing here names one.
//
//   estimator_table <README.md>           fails unless the table between the marks is this one
//   estimator_table --write <README.md>   puts it there

#include <cstddef>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <boost/hana/for_each.hpp>

#include <variad/dsl/estimators/list.hpp>
#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/categorical.hpp>
#include <variad/dsl/families/multivariate_normal.hpp>
#include <variad/dsl/families/normal.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>

namespace {

using namespace variad;

constexpr std::string_view begin_mark = "<!-- the table that scripts/estimator-table writes -->\n",
                           end_mark = "<!-- its end -->\n";

/// What an estimator says of itself.
struct asked {
  std::string_view name, knob, source;
  bias_class bias;
  bool learns;  ///< a network of its own
  verdict (*accepts)(const latent_traits&);
  probe_set (*probes)(const latent_traits&);
};

/// A latent with everything that an estimator could wish for.
template <family F>
latent_traits latent_of(int variables, int categories, bool boltzmann_prior = false) {
  latent_traits t;
  t.family = F::name;
  t.boltzmann_prior = boltzmann_prior;
  t.prior_reads_whole_draw = true;
  t.discrete = F::traits.discrete;
  t.reparameterizable = reparameterizable_family<F>;
  t.variables = variables;
  t.categories = categories;
  t.replicates = 2;
  t.differentiable_downstream = true;
  t.cheap_alternatives = true;
  return t;
}

latent_traits under_elbo(latent_traits t) { return t; }
latent_traits under_iwae(latent_traits t) {
  t.importance = 2;
  t.weighs_samples = true;
  return t;
}

using latents = std::vector<latent_traits>;

/// Large and small ones, as there are budgets.
const latents bernoullis{latent_of<families::bernoulli>(20, 2),
                         latent_of<families::bernoulli>(2, 2)};
const latents pairs{latent_of<families::categorical<2>>(20, 2),
                    latent_of<families::categorical<2>>(2, 2)};
const latents categoricals{latent_of<families::categorical<10>>(20, 10),
                           latent_of<families::categorical<10>>(2, 10)};
const latents normals{latent_of<families::normal>(20, 0)};
const latents multivariate_normals{latent_of<families::multivariate_normal>(20, 0)};
const latents boltzmann_units{latent_of<families::bernoulli>(20, 2, true),
                              latent_of<families::bernoulli>(2, 2, true)};

bool accepts_one(const asked& e, const latents& of) {
  for (const latent_traits& t : of)
    if (e.accepts(under_elbo(t)).yes || e.accepts(under_iwae(t)).yes) return true;
  return false;
}

std::string yes_or_no(bool yes) { return yes ? "yes" : "-"; }

std::string categorical_cell(const asked& e) {
  return accepts_one(e, categoricals) ? "yes" : accepts_one(e, pairs) ? "K = 2" : "-";
}

std::string continuous_cell(const asked& e) {
  const bool one = accepts_one(e, normals), other = accepts_one(e, multivariate_normals);
  return one == other ? yes_or_no(one) : one ? "`normal`" : "`normal`, `scale_tril`";
}

/// The traits that it accepts under an objective.
latents accepted(const asked& e, latent_traits (*objective)(latent_traits)) {
  latents out;
  for (const latents* of :
       {&categoricals, &bernoullis, &pairs, &normals, &multivariate_normals, &boltzmann_units})
    for (const latent_traits& t : *of)
      if (e.accepts(objective(t)).yes) out.push_back(objective(t));
  return out;
}

std::string objective_cell(const asked& e) {
  const bool elbo = !accepted(e, under_elbo).empty(), iwae = !accepted(e, under_iwae).empty();
  return elbo && iwae ? "both" : elbo ? "`elbo`" : iwae ? "`iwae`" : "-";
}

/// A wish, and what takes it from a latent.
struct wish {
  std::string_view text;
  void (*deny)(latent_traits&);
};
constexpr wish wishes[] = {
    {"S ≥ 2", [](latent_traits& t) { t.replicates = 1; }},
    {"K ≥ 2", [](latent_traits& t) { t.importance = 1; }},
    {"a derivative downstream", [](latent_traits& t) { t.differentiable_downstream = false; }},
    {"a reparameterization", [](latent_traits& t) { t.reparameterizable = false; }},
    {"a dense layer next", [](latent_traits& t) { t.cheap_alternatives = false; }},
    {"a plate", [](latent_traits& t) { t.global = true; }},
    {"the prior's groups", [](latent_traits& t) { t.prior_reads_whole_draw = false; }},
    {"no `batch_norm` downstream", [](latent_traits& t) { t.batch_statistics_downstream = true; }},
    {"no `batch_norm` of draws alone",
     [](latent_traits& t) { t.statistics_of_draws_alone = true; }},
    {"no sum over its plate", [](latent_traits& t) { t.rows_coupled_downstream = true; }},
};

/// The most values of one variable that it accepts, or 0 if there is no limit in sight.
int most_values(const asked& e) {
  constexpr int far = 10000;
  int most = 0;
  for (int k = 2; k <= far; ++k)
    if (e.accepts(latent_of<families::categorical<2>>(1, k)).yes) most = k;
  return most == far ? 0 : most;
}

/// What it refuses to do without.
std::string needs_cell(const asked& e) {
  std::vector<std::string> needs;
  const latents elbo = accepted(e, under_elbo), iwae = accepted(e, under_iwae);
  for (const wish& w : wishes) {
    const auto needed = [&](const latents& of) {
      for (latent_traits t : of) {
        w.deny(t);
        if (e.accepts(t).yes) return false;
      }
      return !of.empty();
    };
    const bool by_elbo = needed(elbo), by_iwae = needed(iwae);
    if (!by_elbo && !by_iwae) continue;
    std::string text(w.text);
    if (!by_iwae && !iwae.empty()) text += " under `elbo`";
    if (!by_elbo && !elbo.empty()) text += " under `iwae`";
    needs.push_back(std::move(text));
  }
  if (accepts_one(e, categoricals))
    if (const int most = most_values(e); most > 0)
      needs.push_back("at most " + std::to_string(most) + " joint values");
  std::string cell;
  for (const std::string& n : needs) cell += (cell.empty() ? "" : ", ") + n;
  return cell.empty() ? "-" : cell;
}

std::string probes_cell(const asked& e) {
  latents of = accepted(e, under_elbo);
  if (of.empty()) of = accepted(e, under_iwae);
  if (of.empty()) return "-";
  const latent_traits& t = of.front();
  const probe_set p = e.probes(t);
  std::string cell = p.values == probe_set::kind::own     ? ""
                     : p.values == probe_set::kind::joint ? "joint "
                                                          : "one-site ";
  cell += std::to_string(p.count);
  if (t.discrete && t.variables < 20 && p.count > 1)
    cell += " of " + std::to_string(t.variables) + " × " + std::to_string(t.categories);
  return cell + (p.weighted ? ", weighted" : "") + (e.learns ? ", with a network" : "");
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::string table() {
  std::string text =
      row({"estimator", "`bernoulli`", "`categorical<K>`", "continuous", "Boltzmann prior",
           "objective", "needs", "probes", "bias", "knob", "source"});
  text += row(std::vector<std::string>(11, "---"));
  hana::for_each(internals::estimator_list, [&](auto type) {
    using E = typename decltype(type)::type;
    const asked e{E::traits.name,
                  E::traits.knob_name(),
                  E::traits.source,
                  E::traits.bias,
                  has_network<E>,
                  internals::verdict_on<E>,
                  [](const latent_traits& t) { return E::probes(t); }};
    const auto or_dash = [](std::string_view s) { return std::string(s.empty() ? "-" : s); };
    text +=
        row({"`" + std::string(e.name) + "`", yes_or_no(accepts_one(e, bernoullis)),
             categorical_cell(e), continuous_cell(e), yes_or_no(accepts_one(e, boltzmann_units)),
             objective_cell(e), needs_cell(e), probes_cell(e), std::string(to_string(e.bias)),
             or_dash(e.knob), or_dash(e.source)});
  });
  return text;
}

int run(const std::string& path, bool write) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw error("'" + path + "': cannot open the file");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::size_t begin = text.find(begin_mark);
  const std::size_t end = text.find(end_mark);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw error("'" + path + "': found no table between the marks " + std::string(begin_mark) +
                "and " + std::string(end_mark));
  begin += begin_mark.size();
  const std::string wanted = table();
  if (text.substr(begin, end - begin) == wanted) return 0;
  if (!write)
    throw error("'" + path +
                "': its table of estimators is not what they say of themselves: "
                "scripts/estimator-table rewrites it");
  text.replace(begin, end - begin, wanted);
  internals::atomic_file out(path);
  out.write(text);
  out.commit();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const bool write = argc == 3 && std::string_view(argv[1]) == "--write";
  if (argc != 2 && !write) {
    std::cerr << "usage: estimator_table [--write] <README.md>\n";
    return 2;
  }
  return run(argv[argc - 1], write);
} catch (const std::exception& e) {
  std::cerr << "estimator_table: " << e.what() << '\n';
  return 1;
}
