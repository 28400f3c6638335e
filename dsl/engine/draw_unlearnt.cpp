#include <algorithm>
#include <string>
#include <vector>

#include <variad/dsl/engine/engine.hpp>
#include <variad/runtime/error.hpp>

// Latents of rows that training did not see: a county of which nothing was learnt has the prior.

namespace variad::internals {

template <class T>
bool engine<T>::has_parameters_of_rows(latent_id l, plate_id p) const {
  std::vector<node_id> left{t_.latents[l].draw};
  while (!left.empty()) {
    const node& n = t_.nodes[left.back()];
    left.pop_back();
    if (n.per_row && varies_over(n.axes, p)) return true;
    for (const node_id in : n.inputs)
      if (t_.nodes[in].in_guide && t_.nodes[in].what != role::draw) left.push_back(in);
  }
  return false;
}

template <class T>
void engine<T>::draw_unlearnt() {
  const plate_rows learnt = reader_.learnt();
  std::vector<std::pair<node_id, latent_id>> order;  // by density, in the order of the model
  for (const latent_id l : t_.latents.ids()) {
    const node& draw = t_.nodes[t_.latents[l].draw];
    const plate_id p = group_of(t_.plates, t_.data_plate, draw.axes);
    if (!exists(p) || learnt[p] == 0 || learnt[p] >= bind_.groups()[p]) continue;
    if (!has_parameters_of_rows(l, p)) continue;
    if (t_.prior_draws[l].write == nullptr)
      throw error("found " + std::to_string(bind_.groups()[p]) + " rows of plate '" +
                  std::string(t_.plates[p].name) + "', and parameters of " +
                  std::to_string(learnt[p]) + ": '" + std::string(draw.label) +
                  "' of the others cannot be drawn from its prior, which has no sampler or is "
                  "stated for other variables together");
    order.emplace_back(t_.latents[l].prior, l);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [density, l] : order) {
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
    const std::size_t axis =
        axis_of(group_of(t_.plates, t_.data_plate, bind_.node_at(t_.latents[l].draw).axes));
    for (std::size_t row = 0; row < d.rows; ++row)
      if (place_along(axis, d.extent, row) >= learnt[id_at<plate_id>(axis - first_plate_axis)])
        std::copy_n(drawn.data() + row * d.value.size, d.value.size,
                    d.value.value + row * d.value.size);
    // What reads it, the parameters of other priors among it.
    for (std::size_t s = 0; s < globals_; ++s)
      if (code_[s].forward != nullptr) code_[s].forward(global_.calls[s]);
  }
}

template void engine<float>::draw_unlearnt();
template void engine<double>::draw_unlearnt();
template bool engine<float>::has_parameters_of_rows(latent_id, plate_id) const;
template bool engine<double>::has_parameters_of_rows(latent_id, plate_id) const;

}  // namespace variad::internals
