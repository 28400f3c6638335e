#include <algorithm>

#include <variad/dsl/engine/engine.hpp>
#include <variad/dsl/inference/program.hpp>
#include <variad/runtime/data/minibatch.hpp>
#include <variad/runtime/reduce/reduce.hpp>

namespace variad::internals {
namespace {

/// Where each node finds its op or estimator: with the compiler, or with its token.
template <class T>
node_values op_values(const program_tables<T>& t, const std::vector<const void*>& collected) {
  node_values out{std::vector<const void*>(t.added.begin(), t.added.end())};
  for (std::size_t i = 0; i < collected.size(); ++i)
    if (out.items[i] == nullptr) out.items[i] = collected[i];
  return out;
}

/// Whether terms count otherwise than they did in checkpoints of format 1: everything together
/// with global latents and by the row without, what stands outside the plate as much as all rows,
/// a term that does not vary over a plate once.
template <class T>
bool counts_otherwise(const program_tables<T>& t) {
  const auto of_data_rows = [&](const node& n) { return varies_over(n.axes, t.data_plate); };
  bool global_latents = false, outside = false, repeats = false;
  for (const latent_info& l : t.latents) global_latents |= !of_data_rows(t.nodes[l.draw]);
  for (const node& n : t.nodes)
    if (n.active && is_term(n)) {
      outside |= !of_data_rows(n);
      repeats |= n.repeats != 0;
    }
  const bool per_datum = t.bound_is_per_datum();
  return repeats || (global_latents ? per_datum : outside || !per_datum);
}

}  // namespace

template <class T>
program<T>::program(const program_tables<T>& tables, const std::vector<const void*>& collected,
                    run_state<T>& state)
    : t_(tables), ops_(op_values(tables, collected)), state_(state) {}

template <class T>
program<T>::~program() = default;

template <class T>
std::span<T> program<T>::gradient() {
  return engine_ ? engine_->gradient() : std::span<T>{};
}

template <class T>
step_result program<T>::compute_gradient(const dataset<T>& data,
                                         std::span<const std::uint32_t> rows,
                                         const step_settings& settings) {
  return engine_->compute_gradient(data, rows, settings);
}

template <class T>
auto program<T>::bound_of_all(const dataset<T>& data, const step_settings& settings,
                              std::size_t batch) -> whole_bound {
  whole_bound all;
  std::vector<double> bounds;
  for_each_batch(data, batch, [&](std::span<const std::uint32_t> rows) {
    const step_result r = engine_->forward(data, rows, settings, purpose::bound);
    all.outside = engine_->outside_objective();
    bounds.push_back(r.bound - all.outside);
    if (!all.non_finite_node.empty()) return;
    all.non_finite_node = r.non_finite_node;
    all.cause = r.cause;
  });
  all.rows = sum_of(bounds);
  return all;
}

template <class T>
void program<T>::for_each_batch(const dataset<T>& data, std::size_t batch,
                                const std::function<void(std::span<const std::uint32_t>)>& f) {
  if (!exists(t_.data_plate) || data.size() == 0) {
    if (!engine_ || !engine_->is_sized_for(1, threads_, 1)) resize(1, threads_, 1);
    return f(std::span<const std::uint32_t>{});
  }
  const std::size_t size = std::min(batch, data.rows());
  if (!engine_ || !engine_->is_sized_for(size, threads_, data.rows()))
    resize(size, threads_, data.rows());
  minibatches batches = minibatches::in_order(data.rows(), size);
  for (std::size_t b = 0; b < batches.size(); ++b) f(batches(0, b));
}

template <class T>
tensor<T> program<T>::run_global(node_id of) {
  if (!engine_) resize(1, threads_, 1);
  engine_->forward({}, {}, {}, purpose::values);
  return engine_->view(of, engine_->global());
}

template <class T>
std::string program<T>::signature() const {
  std::string text;
  for (const latent_info& l : t_.latents) {
    const node& n = t_.nodes[l.draw];
    text += std::string(n.label) + "~" + std::string(n.family.name) + to_string(n.event) + "; ";
  }
  for (const parameter_info& p : state_.parameter_table())
    if (!p.of_method) text += p.name + print_shape(p.shape) + "; ";
  return text;
}

template <class T>
std::string program<T>::method() const {
  std::string text = to_string(t_.objective);
  for (const latent_id l : t_.latents.ids())
    text += "; " + std::string(t_.nodes[t_.latents[l].draw].label) + " by " +
            std::string(t_.estimators[l].name);
  if (exists(t_.data_plate) && counts_otherwise(t_))
    text += t_.bound_is_per_datum() ? "; per datum" : "; of all data";
  return text;
}

template <class T>
void program<T>::resize(std::size_t batch, unsigned threads, std::size_t data_rows) {
  threads_ = threads;
  if (!engine_) {
    engine_ = std::make_unique<internals::engine<T>>(t_, ops_, state_);
    engine_->set_constants(constants_);
  }
  engine_->resize(batch, threads, data_rows);
}

template <class T>
void program<T>::set_constants(const constant_columns<T>& constants) {
  if (constants == constants_) return;
  constants_ = constants;
  if (engine_) engine_->set_constants(constants_);
}

template <class T>
void program<T>::forget() {
  engine_.reset();
}

template class program<float>;
template class program<double>;

}  // namespace variad::internals
