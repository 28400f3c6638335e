#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <variad/dsl/engine/engine.hpp>
#include <variad/runtime/error.hpp>

// Latents of rows that training did not see: a county of which nothing was learnt has the prior.

namespace variad::internals {
namespace {

/// Of a statement that stands between the rows that were found and why they are too many.
[[noreturn]] void refuse(const std::string& rows, std::string_view before, std::string_view name,
                         std::string_view after) {
  std::string text = "found " + rows + " that the parameters of each row belong to: ";
  throw error(text.append(before).append("'").append(name).append("'").append(after));
}

}  // namespace

template <class T>
latent_set engine<T>::find_unlearnt(plate_id p, const std::string& rows) const {
  // What is made of numbers that no row has learnt must end in draws of those rows, which are
  // replaced.
  id_vector<node_id, bool> made{std::vector<bool>(t_.nodes.size(), false)};
  latent_set found = 0;
  for (const step& s : t_.steps) {
    const node& n = t_.nodes[s.node];
    const bool reads =
        std::any_of(s.inputs.begin(), s.inputs.end(), [&](node_id in) { return bool(made[in]); });
    if (!reads && !(n.per_row && varies_over(n.axes, p))) continue;
    if (n.what == role::own_term) continue;
    if (!n.in_guide || (n.what == role::draw && !varies_over(n.axes, p)))
      refuse(rows, "", n.statement, " is made of those of the others, too");
    if (n.what == role::draw)
      found |= only(n.latent);
    else
      made[s.node] = true;
  }
  for (const latent_id l : t_.latents.ids()) {
    const node& draw = t_.nodes[t_.latents[l].draw];
    if (bind_.is_global(t_.latents[l].draw) && (draw.depends & found & ~only(l)) != 0)
      refuse(rows, "the guide draws ", draw.label, " given what the prior draws of the others");
  }
  return found;
}

template <class T>
void engine<T>::draw_unlearnt() {
  unlearnt_ = 0;
  const plate_rows learnt = reader_.learnt();
  for (const plate_id p : t_.plates.ids()) {
    const std::size_t all = bind_.groups()[p];
    if (learnt[p] == 0 || learnt[p] >= all) continue;
    const std::string rows = std::to_string(all)
                                 .append(" rows of plate '")
                                 .append(t_.plates[p].name)
                                 .append("', expected at most the ")
                                 .append(std::to_string(learnt[p]));
    const latent_set found = find_unlearnt(p, rows);
    std::vector<std::pair<node_id, latent_id>> order;  // by density, in the order of the model
    for (const latent_id l : t_.latents.ids()) {
      if (!holds(found, l)) continue;
      if (t_.prior_draws[l].write == nullptr)
        refuse(rows, "", t_.nodes[t_.latents[l].draw].label,
               " of the others cannot be drawn from its prior, which has no sampler, stands in a "
               "plate within, or is of other variables together");
      order.emplace_back(t_.latents[l].prior, l);
    }
    std::sort(order.begin(), order.end());
    for (const auto& [density, l] : order) draw_from_prior(density, l, p, learnt[p]);
    unlearnt_ |= found;
  }
}

template <class T>
void engine<T>::draw_from_prior(node_id density, latent_id l, plate_id p, std::size_t first) {
  const node& n = t_.nodes[density];
  const family_code<T>& code = t_.prior_draws[l];
  draw_rows<T> d = global_.draws[l];
  d.parameter_count = code.parameter_count;
  for (std::size_t j = 0; j < code.parameter_count; ++j) {
    d.parameters[j] = view(n.inputs[j + 1], global_);
    d.full[j] = static_cast<std::size_t>(code.parameter_shape(j, n.declared).size());
  }
  std::vector<T> drawn(d.rows * d.value.size);
  code.write(d, drawn.data(), d.value.size);
  T* const values = std::exchange(d.value.value, drawn.data());
  code.condition(d);
  for (std::size_t row = 0; row < d.rows; ++row)
    if (place_along(axis_of(p), d.extent, row) >= first)
      std::copy_n(drawn.data() + row * d.value.size, d.value.size, values + row * d.value.size);
  // What reads it, the parameters of other priors among it.
  for (std::size_t s = 0; s < globals_; ++s)
    if (code_[s].forward != nullptr) code_[s].forward(global_.calls[s]);
}

template void engine<float>::draw_unlearnt();
template void engine<double>::draw_unlearnt();

}  // namespace variad::internals
