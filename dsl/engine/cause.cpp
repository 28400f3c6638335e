#include <cmath>
#include <sstream>

#include <variad/dsl/engine/cause.hpp>
#include <variad/dsl/engine/state_places.hpp>

namespace variad::internals {

template <class T>
std::string cause_finder<T>::of_step(std::size_t s, context<T>& c, context<T>& global) const {
  const node_id i = t_.steps[s].node;
  const node& n = bind_.node_at(i);
  if (n.what == role::draw || n.what == role::density)
    if (std::string words = of_parameters(n, c, global); !words.empty()) return words;
  if (n.literal || t_.value_offset[i] == nowhere) return "";
  const tensor<T> v = bind_.view(i, c, global);
  const std::size_t rows = layout_of(n.axes, c.extent).rows;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t j = 0; j < v.size; ++j)
      if (std::isnan(v.value[row * v.size + j])) {
        std::ostringstream text;
        if (is_term(n) || n.what == role::draw)
          text << (n.what == role::draw ? "the draw" : n.op) << " of '" << n.label << "'";
        else
          text << "'" << op_name(t_, n) << "'";
        text << " is not a number" << row_in_words(n, row, c)
             << ": look for infinite values, a scale or a square root of 0, and values out of the "
                "range of "
             << (sizeof(T) == sizeof(float) ? "float" : "double");
        return text.str();
      }
  return "";
}

template <class T>
std::string cause_finder<T>::of_infinite_term(std::size_t s, context<T>& c,
                                              context<T>& global) const {
  const node& n = bind_.node_at(t_.steps[s].node);
  if (!is_term(n)) return "";
  const tensor<T> v = bind_.view(t_.steps[s].node, c, global);
  const std::size_t rows = layout_of(n.axes, c.extent).rows;
  for (std::size_t row = 0; row < rows; ++row)
    if (std::isinf(v.value[row])) {
      std::ostringstream text;
      text << n.op << " of '" << n.label << "' is " << v.value[row] << row_in_words(n, row, c);
      if (n.what == role::density)
        text << ": the model gives this value the probability 0; keep probabilities above 0, or "
                "look at the data";
      else
        text << ": the guide draws what the prior gives the probability 0, or a scale is 0";
      return text.str();
    }
  return "";
}

template <class T>
std::string cause_finder<T>::of_draws(latent_set draws, context<T>& c, context<T>& global) const {
  for (const latent_id l : t_.latents.ids()) {
    const node_id draw = t_.latents[l].draw;
    if (!holds(draws, l) || bind_.is_global(draw) != c.global) continue;
    if (std::string words = of_parameters(bind_.node_at(draw), c, global); !words.empty())
      return words;
  }
  return "";
}

template <class T>
std::string cause_finder<T>::of_parameters(const node& n, context<T>& c, context<T>& global) const {
  if (n.family.prior_only) return "";  // a machine, which holds more than numbers of its own
  const std::size_t first = n.what == role::density ? 1 : 0;
  for (std::size_t k = 0; k < n.arity; ++k) {
    const std::size_t j = first + k;
    const node_id from = n.inputs[j];
    const parameter_constraint rule = n.family.constraints[k];
    if (t_.value_offset[from] == nowhere) continue;  // fused with its reader
    const node& parameter = bind_.node_at(from);
    const tensor<T> v = bind_.view(from, c, global);
    const bool matrix = rule == parameter_constraint::positive_diagonal;
    // The diagonal of a matrix; one number may stand for all of it.
    const std::size_t step =
        matrix && v.event.rank > 0 ? static_cast<std::size_t>(v.event[-1]) + 1 : 1;
    const std::size_t rows = layout_of(parameter.axes, c.extent).rows;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < v.size; i += step) {
        const auto value = static_cast<double>(v.value[row * v.size + i]);
        if (satisfies(rule, value)) continue;
        std::ostringstream text;
        text << "the " << n.family.parameter_names[k] << " of '" << n.label << "'"
             << row_in_words(parameter, row, c) << " is " << value << ", expected "
             << words_for(rule);
        if (const std::string_view repair = repair_for(rule); !repair.empty())
          text << ": " << repair;
        return text.str();
      }
  }
  return "";
}

template <class T>
std::string cause_finder<T>::row_in_words(const node& n, std::size_t row,
                                          const context<T>& c) const {
  if (!varies_over(n.axes, t_.data_plate)) return "";
  const row_layout rows = layout_of(n.axes, c.extent);
  return " in row " +
         std::to_string(c.row_ids[place_along(axis_of(t_.data_plate), rows.extent, row)]);
}

template class cause_finder<float>;
template class cause_finder<double>;

}  // namespace variad::internals
