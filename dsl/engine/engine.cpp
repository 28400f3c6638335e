#include <algorithm>

#include <variad/dsl/engine/engine.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/reduce/reduce.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>

namespace variad::internals {

template <class T>
engine<T>::engine(const program_tables<T>& tables, node_values ops, run_state<T>& state)
    : t_(tables),
      ops_(std::move(ops)),
      places_(t_, ops_, state),
      gradient_(t_, places_, state.parameters().size()),
      bind_(t_, ops_, places_, state.parameters(), gradient_),
      sums_(t_, bind_),
      reader_(t_, bind_),
      coupling_(t_, max_shards),
      path_(t_, bind_),
      surrogates_(t_, bind_),
      starts_(t_, bind_),
      cause_(t_, bind_),
      contexts_(t_, bind_, sums_, coupling_, gradient_.context_size()),
      code_(code_of_steps()) {
  while (globals_ < t_.steps.size() && t_.steps[globals_].global) ++globals_;
  for (const latent_id l : t_.latents.ids()) {
    if (t_.estimators[l].probes.role != probe_role::adjoint) costed_.push_back(l);
    if (t_.estimators[l].state > 0) carrying_.push_back(l);
    name_hashes_.items.push_back(hash_name(t_.nodes[t_.latents[l].draw].label));
  }
  nodes_.items.resize(t_.latents.size());
  streams_.items.resize(t_.latents.size());
}

template <class T>
auto engine<T>::code_of_steps() const -> std::vector<step_code> {
  std::vector<step_code> out(t_.steps.size());
  for (std::size_t s = 0; s < out.size(); ++s) {
    const node& n = t_.nodes[t_.steps[s].node];
    step_code& code = out[s];
    code.couples = coupling_.couples(s);
    if (n.what == role::draw) {
      code.draw = n.latent;
      for (const node_id in : n.inputs) code.learns |= t_.nodes[in].learns;
    } else {
      code.forward = t_.kernels[s].forward;
      if (n.learns) code.pull_back = t_.kernels[s].pull_back;
      if (surrogates_.ends_with(s)) code.surrogate = n.network;
    }
  }
  return out;
}

template <class T>
void engine<T>::resize(std::size_t batch, unsigned threads, std::size_t data_rows) {
  data_rows_ = data_rows;
  batch_ = batch;
  bind_.set_groups(reader_.groups());
  for (const plate_id p : t_.plates.ids())
    if (t_.is_group(p) && bind_.groups()[p] == 0)
      throw error("found no rows of plate '" + std::string(t_.plates[p].name) +
                  "', which takes its size from the data: bind a variable that stands in it or an "
                  "index of its rows, or say data(..., groups<\"" +
                  std::string(t_.plates[p].name) + "\">(n))");
  const std::size_t least =
      std::max(rows_per_shard, values_per_shard / std::max<std::size_t>(t_.datum_size, 1));
  const std::size_t shards =
      !exists(t_.data_plate) ? 0 : std::clamp<std::size_t>(batch / least, 1, max_shards);
  if (!pool_ || pool_->threads() != threads) pool_ = std::make_unique<thread_pool>(threads);
  global_.global = true;
  const auto allocate = [&](context<T>& c, std::size_t capacity) {
    contexts_.allocate(c, capacity);
    surrogates_.allocate(c);
    starts_.reserve(c);
  };
  allocate(global_, 1);
  shards_.clear();
  for (std::size_t s = 0; s < shards; ++s) shards_.push_back(std::make_unique<context<T>>());
  for (auto& s : shards_) allocate(*s, ((batch + shards - 1) / shards + 15) / 16 * 16);
  gradient_.resize(pool_->threads(), global_, shards_);
  leaves_.reserve(shards);
  bind(global_, 1);
  reader_.read_constants(global_);
}

template <class T>
bool engine<T>::is_sized_for(std::size_t batch, unsigned threads, std::size_t data_rows) const {
  return pool_ && pool_->threads() == std::max(1u, threads) && data_rows_ == data_rows &&
         capacity() >= batch;
}

template <class T>
std::size_t engine<T>::capacity() const {
  return !exists(t_.data_plate) ? static_cast<std::size_t>(-1)
         : shards_.empty()      ? 0
                                : shards_.size() * shards_.front()->capacity;
}

template <class T>
void engine<T>::set_constants(constant_columns<T> constants) {
  reader_.set_constants(std::move(constants));
  if (!pool_) return;
  const plate_rows groups = reader_.groups();
  for (const plate_id p : t_.plates.ids())
    if (t_.is_group(p) && groups[p] != bind_.groups()[p])
      return resize(batch_, pool_->threads(), data_rows_);
  reader_.read_constants(global_);
}

template <class T>
step_result engine<T>::compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                                        const step_settings& settings) {
  const flush_denormals flush;
  const term_scales scales = scales_for(data, rows, settings);
  const std::size_t end = t_.steps.size();
  begin(global_, settings, purpose::gradient);
  run_steps(global_, 0, end);
  finish_forward(global_, scales);
  // Where an op couples the rows of the batch, all shards wait for each other.
  const std::span<const std::size_t> couplings = coupling_.steps();
  std::size_t from = 0;
  const auto forward_to = [&](std::size_t s, std::size_t to) {
    if (from == 0)
      begin_shard(*shards_[s], data, rows_of_shard(rows, s), settings, purpose::gradient);
    run_steps(*shards_[s], from, to);
  };
  for (const std::size_t at : couplings) {
    pool_->run(shards_.size(), [&](std::size_t s) {
      forward_to(s, at);
      coupling_.gather(*shards_[s], at);
    });
    coupling_.merge(global_, shards_, at);
    from = at;
  }
  std::size_t left = couplings.size();
  const auto backward_part = [&](std::size_t s, std::size_t last) {
    if (path_.wanted()) return backward_along_path(*shards_[s], scales);
    const std::size_t first = left == 0 ? 0 : couplings[left - 1] + 1;
    backward(*shards_[s], first, last);
    if (left > 0) coupling_.gather_back(*shards_[s], couplings[left - 1]);
  };
  pool_->run(shards_.size(), [&](std::size_t s) {
    forward_to(s, end);
    finish_forward(*shards_[s], scales);
    backward_part(s, end);
  });
  while (left > 0) {
    const std::size_t at = couplings[--left];
    coupling_.merge_back(global_, shards_, at);
    pool_->run(shards_.size(), [&](std::size_t s) { backward_part(s, at + 1); });
  }
  add_shards();
  if (path_.wanted())
    backward_along_path(global_, scales);
  else
    backward(global_, 0, end);
  gradient_.sum_up(*pool_, global_, shards_);
  step_result r = result();
  if (r.non_finite_node.empty()) {
    commit();
  } else {
    r.cause = explain(data, rows, settings, purpose::gradient);
  }
  return r;
}

template <class T>
step_result engine<T>::forward(const dataset<T>& data, std::span<const std::uint32_t> rows,
                               const step_settings& settings, purpose what) {
  const flush_denormals flush;
  const term_scales scales{settings.kl_weight, 1.0, data.weight_of(rows), 1.0};
  begin(global_, settings, what);
  run_steps(global_, 0, t_.steps.size());
  if (what == purpose::values) draw_unlearnt();
  sum_up(global_, scales);
  pool_->run(shards_.size(), [&](std::size_t s) {
    begin_shard(*shards_[s], data, rows_of_shard(rows, s), settings, what);
    run_steps(*shards_[s], 0, t_.steps.size());
    sum_up(*shards_[s], scales);
  });
  step_result r = result();
  if (what == purpose::bound && !r.non_finite_node.empty())
    r.cause = explain(data, rows, settings, what);
  return r;
}

template <class T>
row_layout engine<T>::rows_of(node_id node, const context<T>& c) const {
  return layout_of(bind_.node_at(node).axes, c.extent);
}

template <class T>
term_scales engine<T>::scales_for(const dataset<T>& data, std::span<const std::uint32_t> rows,
                                  const step_settings& settings) const {
  const double n = static_cast<double>(data_rows_), b = static_cast<double>(rows.size());
  const bool weighted = !data.weights().empty();
  const double divisor = !t_.bound_is_per_datum() ? 1.0 : weighted ? data.total_weight() : n;
  const double of_batch = weighted ? n / std::max(b, 1.0) * data.weight_of(rows) : n;
  return {settings.kl_weight, n / std::max(b, 1.0) / divisor, of_batch / divisor, 1.0 / divisor};
}

template <class T>
void engine<T>::bind(context<T>& c, std::size_t rows) {
  contexts_.bind(c, global_, rows);
  surrogates_.bind(c, global_);
  for (const latent_id l : t_.latents.ids()) {
    c.draws[l].estimator = ops_[t_.latents[l].draw];
    c.draws[l].state = places_.of_estimator(l);
  }
  starts_.note(c, global_);
}

template <class T>
std::span<const std::uint32_t> engine<T>::rows_of_shard(std::span<const std::uint32_t> rows,
                                                        std::size_t s) const {
  const std::size_t n = shards_.size(), from = s * rows.size() / n, to = (s + 1) * rows.size() / n;
  return rows.subspan(from, to - from);
}

template <class T>
void engine<T>::seed_draws(const step_settings& settings) {
  const bool again = seed_ != settings.seed;
  seed_ = settings.seed;
  for (const latent_id l : streams_.ids()) {
    if (again) nodes_[l] = node_stream(settings.seed, name_hashes_[l]);
    streams_[l] = step_stream(nodes_[l], settings.step);
  }
}

template <class T>
void engine<T>::begin(context<T>& c, const step_settings& settings, purpose what) {
  c.run = {settings.seed, settings.step, what, c.global ? pool_.get() : nullptr};
  if (c.global) seed_draws(settings);
  for (const latent_id l : streams_.ids()) {
    c.draws[l].step = settings.step;
    c.draws[l].random = streams_[l];
  }
}

template <class T>
void engine<T>::begin_shard(context<T>& c, const dataset<T>& data,
                            std::span<const std::uint32_t> rows, const step_settings& settings,
                            purpose what) {
  std::copy(rows.begin(), rows.end(), c.row_ids.begin());
  if (rows.size() != c.rows || !c.bound_once) {
    bind(c, rows.size());
    c.bound_once = true;
  }
  if (rows.empty()) return;
  begin(c, settings, what);
  c.weights = data.weights().empty() ? std::span<T>{} : std::span<T>(c.weight_buffer).first(c.rows);
  for (std::size_t r = 0; r < c.weights.size(); ++r) c.weights[r] = data.weights()[rows[r]];
  reader_.read_rows(c, global_, data, settings);
}

template <class T>
void engine<T>::run_steps(context<T>& c, std::size_t first, std::size_t last) {
  if (c.rows == 0) return;
  const internals::share own = steps_of(c, first, last);
  for (std::size_t s = own.first; s < own.last; ++s) {
    const step_code& code = code_[s];
    if (c.global && code.couples) {
      coupling_.gather(c, s);
      coupling_.merge(c, {}, s);
    }
    if (exists(code.draw)) {
      draw_rows<T>& d = c.draws[code.draw];
      t_.draws[code.draw].propose(d.estimator, d);
      observe(d);
    } else if (code.forward != nullptr) {
      code.forward(c.calls[s]);
    }
  }
}

template <class T>
void engine<T>::sum_up(context<T>& c, const term_scales& scales) {
  c.objective = c.outside = c.loss = 0;
  c.non_finite = node_id::none;
  if (c.rows == 0) return;
  if (bind_.weighs(c)) {
    sums_.weigh_samples(c, scales);
    sums_.seed_samples(c, scales);
  } else {
    sums_.seed_terms(c, scales);
  }
}

template <class T>
void engine<T>::finish_forward(context<T>& c, const term_scales& scales) {
  gradient_.clear(c);
  c.global_adjoints.values.fill(T(0));
  c.path_adjoints.values.fill(T(0));
  for (const latent_id l : carrying_) c.latents[l].update.fill(T(0));
  sum_up(c, scales);
  if (c.rows == 0) return;
  for (const latent_id l : costed_) {
    if (bind_.is_global(t_.latents[l].draw) == c.global) sums_.outer_weights(l, c, scales);
    if (!wants_costs(t_, l) || has_alternatives(t_.estimators[l].probes)) continue;
    const bool bounds = bind_.weighs(c);
    if (!t_.objective.weighs_samples || (bounds && sums_.has_losses())) {
      c.latents[l].costs.fill(T(0));
      c.latents[l].losses.fill(T(0));
      sums_.add_drawn_costs(l, c, scales, 1);
    }
    if (!bounds) continue;
    sums_.bound_costs(l, c);
    sums_.add_losses(l, c);
  }
  for (auto& [l, costs_of_l] : c.alternatives) {
    if (c.global && !bind_.is_global(t_.latents[l].draw)) continue;
    costs_of_l->evaluate(c, global_, scales);
    if (!bind_.weighs(c)) continue;
    costs_of_l->replace_weights(c, scales);
    sums_.add_losses(l, c);
  }
}

template <class T>
void engine<T>::backward(context<T>& c, std::size_t first, std::size_t last) {
  if (c.rows == 0) return;
  const internals::share own = steps_of(c, first, last);
  for (std::size_t s = own.last; s-- > own.first;) {
    if (c.global && code_[s].couples) {
      coupling_.gather_back(c, s);
      coupling_.merge_back(c, {}, s);
    }
    starts_.clear(s, c);
    pull_back(c, s);
  }
}

template <class T>
void engine<T>::backward_along_path(context<T>& c, const term_scales& scales) {
  if (c.rows == 0) return;
  path_.walk_back(
      c, scales, [&](std::size_t s) { starts_.clear(s, c); },
      [&](std::size_t s) { pull_back(c, s); });
}

template <class T>
void engine<T>::pull_back(context<T>& c, std::size_t s) {
  const step_code& code = code_[s];
  if (exists(code.draw)) {
    if (!code.learns) return;
    draw_rows<T>& d = c.draws[code.draw];
    drop_known(d, d.value.adjoint);
    drop_known(d, d.prior_value.adjoint);
    t_.draws[code.draw].pull_back(d.estimator, d);
    drop_known(d, d.direction);
    surrogates_.run(c, code.draw);
    return;
  }
  if (exists(code.surrogate)) {
    const latent_id l = code.surrogate;
    surrogates_.begin(c, l);
    t_.draws[l].seed_network(c.draws[l].estimator, c.draws[l]);
  }
  if (code.pull_back != nullptr) code.pull_back(c.calls[s]);
}

template <class T>
void engine<T>::add_shards() {
  const auto add = [&](auto&& buffer_of) {
    aligned_buffer<T>& to = buffer_of(global_);
    if (to.empty()) return;
    leaves_.clear();
    for (const auto& c : shards_) leaves_.push_back(c->rows > 0 ? buffer_of(*c).data() : nullptr);
    add_leaves<T>(leaves_, {0, to.size()}, to.data());
  };
  add([](context<T> & c) -> auto& { return c.global_adjoints.values; });
  add([](context<T> & c) -> auto& { return c.path_adjoints.values; });
  for (const latent_id l : carrying_)
    add([l](context<T> & c) -> auto& { return c.latents[l].update; });
  for (const latent_id l : costed_)
    if (wants_costs(t_, l) && bind_.is_global(t_.latents[l].draw))
      add([l](context<T> & c) -> auto& { return c.latents[l].costs; });
}

template <class T>
void engine<T>::commit() {
  for (const latent_id l : carrying_)
    if (!places_.of_estimator(l).empty())
      t_.draws[l].commit(ops_[t_.latents[l].draw], places_.of_estimator(l),
                         global_.latents[l].update.span());
}

template <class T>
step_result engine<T>::result() const {
  step_result r;
  std::array<double, max_shards> bounds{}, losses{};
  node_id bad = global_.non_finite;
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    bounds[s] = shards_[s]->objective;
    losses[s] = shards_[s]->loss;
    if (!exists(bad)) bad = shards_[s]->non_finite;
  }
  r.bound = global_.objective + sum_of(std::span(bounds).first(shards_.size()));
  r.loss = global_.loss + sum_of(std::span(losses).first(shards_.size()));
  if (exists(bad)) r.non_finite_node = t_.nodes[bad].statement;
  return r;
}

template class engine<float>;
template class engine<double>;

}  // namespace variad::internals
