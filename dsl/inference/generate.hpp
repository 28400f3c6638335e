#pragma once

#include <variad/dsl/inference/program.hpp>
#include <variad/dsl/inference/queries.hpp>
#include <variad/dsl/inference/read_data.hpp>

namespace variad::internals {

/// The program of the model alone, of a resolved Plan: values and means of its nodes, latents drawn
/// from the priors. A node that is not there gives nothing.
template <class Plan, class T>
class generator {
 public:
  generator(const std::vector<const void*>& collected, run_state<T>& state)
      : program_(collected, state) {}

  void set_threads(unsigned threads) { program_.set_threads(threads); }
  void forget() { program_.forget(); }

  /// One draw for each row of the data: [rows, event...].
  template <node_id At>
  array<T> values(const loaded_data<T>& data, std::uint64_t seed, std::uint64_t draw = 0) {
    return values_of_node(ready(data), data, At, seed, draw);
  }
  template <node_id At>
  array<T> means(const loaded_data<T>& data, std::uint64_t seed, std::uint64_t draw = 0) {
    if constexpr (exists(At))
      return means_of_node<typename Plan::template family_at<At>>(ready(data), data, At, 0, seed,
                                                                  draw);
    else
      return {};
  }
  /// n rows of the data plate in one draw, or n draws outside of it: [n, event...].
  template <node_id At>
  array<T> values(std::size_t n, std::uint64_t seed) {
    return in_rows_or_draws<At>(n, [&](const loaded_data<T>& rows, std::uint64_t draw) {
      return values<At>(rows, seed, draw);
    });
  }
  template <node_id At>
  array<T> means(std::size_t n, std::uint64_t seed) {
    return in_rows_or_draws<At>(n, [&](const loaded_data<T>& rows, std::uint64_t draw) {
      return means<At>(rows, seed, draw);
    });
  }

 private:
  internals::program<Plan, T>& ready(const loaded_data<T>& data) {
    if constexpr (has_row_parameters<Plan>)
      throw error(
          "the model has parameters for each row of the data, and none for rows to generate");
    program_.set_constants(data.constants);
    return program_;
  }

  template <node_id At, class F>
  static array<T> in_rows_or_draws(std::size_t n, F&& f) {
    constexpr auto& g = Plan::program;
    if (n == 0) throw error("generate or sample: found 0 rows, expected at least one");
    if constexpr (!varies_over(g[At].axes, g.data_plate)) {
      return stack_draws(n, [&](std::uint64_t draw) { return f(loaded_data<T>{}, draw); });
    } else {
      constexpr plate_info plate = g.plates[g.data_plate];
      if (plate.size > 0 && n != plate.size)
        throw error("generate or sample: found " + std::to_string(n) + " rows, expected the " +
                    std::to_string(plate.size) + " that plate '" + std::string(plate.name) +
                    "' has; another seed gives another draw of them");
      return f(counted_rows<T>(n), 0);
    }
  }

  internals::program<Plan, T> program_;
};

}  // namespace variad::internals
