#pragma once

#include <map>
#include <string>
#include <vector>

#include "model.hpp"

namespace oracle {

/// What a model is asked about: `rows` of the data plate, data by name (categories as numbers from
/// 0), and the weight of the divergence from the prior.
struct problem {
  std::size_t rows = 1;
  std::map<std::string, std::vector<double>> data{};
  std::map<std::string, std::vector<double>> parameters{};
  double kl_weight = 1;
  std::size_t groups = 1;         ///< rows of a plate beside the data plate, sized by the data
  std::vector<double> weights{};  ///< of the rows; empty: 1
};

/// A part of the objective in nats, and its derivative in every parameter.
struct part {
  double value = 0;
  std::map<std::string, std::vector<double>> gradient{};
};

/// The objective of all data in its parts, unscaled: what stands outside the data plate, and each
/// of its rows.
struct solution {
  part outside{};
  std::vector<part> rows{};
  std::vector<double> weights{};  ///< of the rows; empty: 1
  bool per_datum = false;         ///< the data plate takes its size from the data

  /// The log joint of all data of which these rows stand for N/b times themselves, over N, or the
  /// sum of the weights, where the size comes from the data.
  [[nodiscard]] part objective(const std::vector<std::uint32_t>& batch) const;
};

std::size_t rows_of_plate(const model& m, int plate, const problem& of);
/// How many numbers each block of parameters has.
std::map<std::string, std::size_t> parameter_sizes(const model& m, const problem& of);
/// How many numbers a column has.
std::size_t column_size(const model& m, const column& c, const problem& of);

/// By summing over values of discrete latents and by quadrature over continuous ones, each term
/// over what it depends on; derivatives by central differences, or 0
/// where none are asked for.
solution solve(const model& m, const problem& p, bool differentiate = true);

}  // namespace oracle
