#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <variad/runtime/data/dataset.hpp>

namespace variad {

/// One named block of a program's parameter buffer: elements offset .. offset + size - 1, a
/// row-major array of shape `shape`.
struct parameter_info {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// What one gradient evaluation found.
struct step_result {
  /// The mean bound of the rows, in the program's own unit (nats).
  double bound = 0.0;
  /// The first node that produced a NaN or an infinity; empty if all values are finite.
  std::string_view non_finite_node{};
};

/// What a program may depend on besides its parameters, its state and the rows: with these equal,
/// its results have the same bits.
struct step_settings {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::uint64_t epoch = 0;
  double kl_weight = 1.0;
};

/// What the training loop trains. The requirements beyond the syntax:
/// - `parameters()` and `gradient()` are the same buffers, of one size, from `resize` on;
/// - the gradient is of the bound, so an optimizer ascends;
/// - `parameter_table()` names every parameter once; values between the named blocks are padding,
///   whose gradient is zero, and no checkpoint holds them;
/// - `compute_gradient` fills `gradient()`, is deterministic in its arguments, the parameters and
///   `state()`, and allocates nothing, but for rare work such as an estimate of log Z;
/// - `evaluate` gives the mean bound over all rows, at most `batch` rows at a time, and leaves the
///   parameters and the state as they are;
/// - `state()` names what changes from step to step besides the parameters (chains, averages);
/// - `signature()` tells models apart: a checkpoint of another signature is refused;
/// - `method()` tells apart how one model is trained: a run does not go on with another method, but
///   its parameters can be used with it;
/// - `resize(batch, threads, data_rows)` makes every allocation, once, before training.
template <class P>
concept trainable_program = std::floating_point<typename P::value_type> &&
    requires(P program, const dataset<typename P::value_type>& data,
             std::span<const std::uint32_t> rows, const step_settings& settings, std::size_t count,
             unsigned threads) {
  { program.parameters() } -> std::same_as<std::span<typename P::value_type>>;
  { program.gradient() } -> std::same_as<std::span<typename P::value_type>>;
  { program.parameter_table() } -> std::same_as<const std::vector<parameter_info>&>;
  { program.compute_gradient(data, rows, settings) } -> std::same_as<step_result>;
  { program.evaluate(data, settings, count) } -> std::same_as<double>;
  {
    program.state()
    } -> std::same_as<std::vector<std::pair<std::string, std::span<typename P::value_type>>>>;
  { program.signature() } -> std::same_as<std::string>;
  { program.method() } -> std::same_as<std::string>;
  program.resize(count, threads, count);
};

}  // namespace variad
