#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model.hpp"
#include "value_of.hpp"

#include <variad/variad.hpp>

namespace oracle {

/// Arrays by the name of the variable.
using arrays = std::map<std::string, variad::array<double>>;

/// What a model is, as a program of variad: all skeletons look alike behind it.
class program {
 public:
  struct parameter {
    std::string name;
    std::size_t offset, size;
    bool of_method;  ///< of an estimator's network
  };
  virtual ~program() = default;
  virtual std::vector<parameter> parameters() = 0;
  virtual void set(const std::string& name, const std::vector<double>& values) = 0;
  /// The bound of some rows; its gradient stands in `gradient()`.
  virtual double step(const std::vector<std::uint32_t>& rows,
                      const variad::step_settings& settings) = 0;
  virtual std::span<const double> gradient() = 0;
  /// The query `bound` of all rows, where the skeleton has it.
  virtual std::optional<double> bound(std::uint64_t seed) = 0;
};

template <bool HasBound, class Inference, class Bind>
class program_of final : public program {
 public:
  program_of(Inference vi, Bind bind, arrays data)
      : vi_(std::move(vi)), bind_(bind), data_(std::move(data)), loaded_(load()) {}

  std::vector<parameter> parameters() override {
    std::vector<parameter> out;
    for (const auto& p : vi_.parameter_table())
      out.push_back({p.name, p.offset, p.size, p.of_method});
    return out;
  }
  void set(const std::string& name, const std::vector<double>& values) override {
    auto value = vi_.parameter(name);
    std::copy(values.begin(), values.end(), value.begin());
    vi_.set_parameter(name, value);
  }
  double step(const std::vector<std::uint32_t>& rows,
              const variad::step_settings& settings) override {
    return vi_.gradient(loaded_, rows, settings).bound;
  }
  std::span<const double> gradient() override { return vi_.gradient(); }
  std::optional<double> bound(std::uint64_t seed) override {
    if constexpr (HasBound)
      return bind_(data_, [&](const auto& d) { return value_of(vi_.bound(d, seed)); });
    else
      return std::nullopt;
  }

 private:
  auto load() {
    return bind_(data_, [&](const auto& d) { return vi_.load(d); });
  }
  Inference vi_;
  Bind bind_;
  arrays data_;
  variad::loaded_data<double> loaded_;
};

/// A model as the oracle sees it, and what makes it as a program for given data.
struct skeleton {
  std::string name;
  model description;
  /// `exact`: nothing is drawn that the objective depends on. `limit`: the gradient is right in the
  /// limit of a knob, and this much is let pass. `bound_only`: it has a bias of unknown size.
  enum class kind { exact, unbiased, limit, bound_only } estimates;
  std::function<std::unique_ptr<program>(const arrays&)> make;
};

/// The skeletons of all files of the executable, in the order of their names.
std::vector<skeleton> skeletons();

/// An object of a file of skeletons that makes them known.
class registration {
 public:
  explicit registration(std::vector<skeleton (*)()> makers);
};

template <bool HasBound, class Make, class Bind>
auto maker(Make make, Bind bind) {
  return [=](const arrays& data) -> std::unique_ptr<program> {
    auto vi = make();
    return std::make_unique<program_of<HasBound, decltype(vi), Bind>>(std::move(vi), bind, data);
  };
}

}  // namespace oracle
