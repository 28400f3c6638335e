#include <variad/dsl/engine/engine.hpp>

// Why what the engine has run is not finite: what stands here runs after a step that went wrong.

namespace variad::internals {

template <class T>
std::string engine<T>::explain(const dataset<T>& data, std::span<const std::uint32_t> rows,
                               const step_settings& settings, purpose what) {
  begin(global_, settings, what);
  for (std::size_t s = 0; s < shards_.size(); ++s)
    begin_shard(*shards_[s], data, rows_of_shard(rows, s), settings, what);
  std::string infinite;
  const auto look = [&](context<T>& c, std::size_t s) {
    if (c.rows == 0 || t_.steps[s].global != c.global) return std::string();
    run_steps(c, s, s + 1);
    if (infinite.empty()) infinite = cause_.of_infinite_term(s, c, global_);
    return cause_.of_step(s, c, global_);
  };
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    if (std::string words = look(global_, s); !words.empty()) return words;
    if (coupling_.couples(s) && !t_.steps[s].global) {
      for (auto& c : shards_) coupling_.gather(*c, s);
      coupling_.merge(global_, shards_, s);
    }
    for (auto& c : shards_)
      if (std::string words = look(*c, s); !words.empty()) return words;
  }
  return infinite;
}

template <class T>
std::string engine<T>::check_draws(latent_set draws) {
  std::string words = cause_.of_draws(draws, global_, global_);
  for (auto& c : shards_)
    if (words.empty() && c->rows > 0) words = cause_.of_draws(draws, *c, global_);
  return words;
}

template std::string engine<float>::explain(const dataset<float>&, std::span<const std::uint32_t>,
                                            const step_settings&, purpose);
template std::string engine<double>::explain(const dataset<double>&, std::span<const std::uint32_t>,
                                             const step_settings&, purpose);
template std::string engine<float>::check_draws(latent_set);
template std::string engine<double>::check_draws(latent_set);

}  // namespace variad::internals
