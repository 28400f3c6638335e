#include <ostream>

#include <variad/dsl/engine/binder.hpp>
#include <variad/dsl/inference/plan.hpp>
#include <variad/dsl/inference/table.hpp>
#include <variad/runtime/data/column.hpp>

namespace variad::internals {
namespace {

template <class T>
std::string axes_text(const program_tables<T>& t, axes a) {
  std::string text;
  const auto add = [&](std::string_view name) {
    text.append(text.empty() ? "" : " × ").append(name);
  };
  if (varies_over(a, replicate_axis) && t.objective.replicates > 1) add("replicate");
  if (varies_over(a, importance_axis) && t.objective.importance > 1) add("importance");
  for (const plate_id p : t.plates.ids())
    if (varies_over(a, p)) add(t.plates[p].name);
  std::size_t e = first_enumerated_axis;
  for (const latent_info& l : t.latents)
    if (l.enumerated && varies_over(a, e++))
      add(std::string("values of ").append(t.nodes[l.draw].label));
  return text.empty() ? "once a step" : text;
}

}  // namespace

std::string_view words_for_reading(reading r) {
  switch (r) {
    case reading::known:
    case reading::known_element:
    case reading::known_row:
      return "known of ";
    case reading::missing:
      return "missing of ";
    case reading::value:
    case reading::column:
      break;
  }
  return "read ";
}

/// What happens where data of a density lack.
std::string words_for_gaps(const node& n) {
  if (n.drawn)
    return n.family.product ? "what is missing is drawn by the guide"
                            : "rows that are missing are drawn by the guide, all or none of a row";
  if (n.declared.size() == 1) return "rows without it are left out of its likelihood";
  return n.family.product ? "what is missing is left out of the likelihood"
                          : "the likelihood of a row is the marginal of what is there";
}

template <class T>
plan make_plan(const program_tables<T>& t, const std::vector<state_piece<T>>& state) {
  plan out;
  out.objective = to_string(t.objective);
  for (const latent_id l : t.latents.ids()) {
    const node& n = t.nodes[t.latents[l].draw];
    const estimator_info& e = t.estimators[l];
    const auto kind = t.latents[l].term;
    out.latents.push_back({std::string(n.label), std::string(n.family.name), std::string(e.name),
                           std::string(e.reason.reason), std::string(to_string(e.bias)),
                           kind == latent_info::term_kind::kl        ? "exact KL"
                           : kind == latent_info::term_kind::entropy ? "exact entropy"
                                                                     : "sampled",
                           std::string(e.knob), std::string(e.source), n.event, e.probes.count});
  }
  for (const node& n : t.nodes)
    if (n.token == node::token_kind::data_density && n.what == role::density)
      out.gaps.push_back({std::string(n.label), words_for_gaps(n)});
  for (const step& s : t.steps) {
    const node& n = t.nodes[s.node];
    if (n.literal) continue;
    plan::evaluation v;
    if (n.what == role::data) {
      v.what = std::string(words_for_reading(n.reads)).append(n.variable);
    } else if (n.what == role::draw) {
      v.what = std::string("draw ").append(n.label);
    } else if (s.members.size() > 1) {
      for (const node_id m : s.members)
        v.what.append(v.what.empty() ? "" : "+").append(t.nodes[m].op);
    } else {
      v.what = n.op;
    }
    if (n.what != role::data) v.statement.append(n.in_guide ? "q." : "p.").append(n.statement);
    v.axes = axes_text(t, n.axes);
    v.event = n.event;
    v.global = s.global;
    out.schedule.push_back(std::move(v));
  }
  using kind = typename state_piece<T>::kind;
  for (const state_piece<T>& p : state)
    if (p.what == kind::carried)
      out.state.push_back({p.name, p.shape, p.saved});
    else if (p.what != kind::slot)
      out.parameters.push_back({p.name, p.shape});
  out.datum_bytes = t.datum_size * sizeof(T);
  out.global_bytes = (t.global.values + t.global.adjoints) * sizeof(T);
  for (const plate_id p : t.plates.ids())
    if (t.is_group(p))
      out.groups.push_back(
          {std::string(t.plates[p].name), (t.groups[p].values + t.groups[p].adjoints) * sizeof(T)});
  return out;
}

template plan make_plan(const program_tables<float>&, const std::vector<state_piece<float>>&);
template plan make_plan(const program_tables<double>&, const std::vector<state_piece<double>>&);
}  // namespace variad::internals

namespace variad {

std::ostream& operator<<(std::ostream& out, const plan& p) {
  out << "objective " << p.objective << "\n\nlatents\n";
  std::vector<std::vector<std::string>> rows{
      {"name", "family", "event", "estimator", "probes", "bias", "divergence", "why"}};
  for (const plan::latent& l : p.latents)
    rows.push_back({l.name, l.family, to_string(l.event), l.estimator, std::to_string(l.probes),
                    l.bias, l.term, l.reason});
  internals::write_table(out, rows);
  for (const plan::latent& l : p.latents) {
    if (!l.knob.empty()) out << "  " << l.name << ": " << l.knob << '\n';
    if (!l.source.empty()) out << "  " << l.name << ": source " << l.source << '\n';
  }
  if (!p.gaps.empty()) {
    out << "\ndata with gaps\n";
    rows.clear();
    for (const plan::gap& g : p.gaps) rows.push_back({g.name, g.what});
    internals::write_table(out, rows);
  }
  out << "\nschedule\n";
  rows = {{"what", "in", "event", "rows"}};
  for (const plan::evaluation& v : p.schedule)
    rows.push_back({v.what, v.statement, to_string(v.event), v.axes});
  internals::write_table(out, rows);
  out << "\nparameters\n";
  rows.clear();
  std::size_t total = 0;
  for (const plan::parameter& q : p.parameters) {
    std::size_t n = 1;
    for (const std::size_t d : q.shape) n *= d;
    total += n;
    rows.push_back({q.name, internals::print_shape(q.shape)});
  }
  internals::write_table(out, rows);
  out << "  " << total << " values\n";
  if (!p.state.empty()) {
    out << "\nstate\n";
    rows.clear();
    for (const plan::carried& c : p.state)
      rows.push_back({c.name, internals::print_shape(c.shape),
                      c.saved ? "in checkpoints" : "not in checkpoints"});
    internals::write_table(out, rows);
  }
  out << "\nmemory\n  " << p.datum_bytes << " bytes per datum, " << p.global_bytes << " bytes once";
  for (const plan::group& g : p.groups) out << ", " << g.bytes << " bytes per row of " << g.plate;
  return out << '\n';
}

}  // namespace variad
