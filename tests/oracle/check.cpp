#include "check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <random>

#include "solve.hpp"

namespace oracle {
namespace {

constexpr std::size_t means = 64;

/// Sums of numbers, by their place, in `means` groups of draws.
class moments {
 public:
  explicit moments(std::size_t n) : sums_(n) {}
  void add(std::size_t i, std::size_t group, double x) { sums_[i][group] += x; }
  /// Mean and standard error, of `draws` draws in a group.
  [[nodiscard]] std::pair<double, double> of(std::size_t i, std::size_t draws) const {
    const double n = static_cast<double>(draws), m = static_cast<double>(means);
    double mean = 0, square = 0;
    for (const double s : sums_[i]) mean += s / n / m;
    for (const double s : sums_[i]) square += (s / n - mean) * (s / n - mean);
    return {mean, std::sqrt(square / (m - 1) / m)};
  }

 private:
  std::vector<std::array<double, means>> sums_;
};

struct expected {
  std::string name;
  std::size_t offset = 0;  ///< in the gradient
  double value = 0;
};

class random_case {
 public:
  random_case(const skeleton& s, std::uint64_t seed) : s_(s), random_(seed), seed_(seed) {
    const model& m = s.description;
    if (m.data_plate >= 0) {
      const std::size_t size = m.plates[static_cast<std::size_t>(m.data_plate)].size;
      p_.rows = size > 0 ? size : 1 + random_() % 7;
    }
    p_.groups = 1 + random_() % 3;
    for (const column& c : m.columns) {
      std::vector<double>& v = p_.data[c.name];
      v.resize(column_size(m, c, p_));
      const std::uint64_t count = c.numbers >= 0 ? p_.groups : c.categories;
      for (double& x : v) x = count > 0 ? static_cast<double>(random_() % count) : uniform(1.5);
      if (c.gaps) leave_out(v);
      data_[c.name] = array_of(c, v);
    }
    data_["groups"] = ones(p_.groups);
    if (m.weighted) draw_weights();
    for (const auto& [name, size] : parameter_sizes(m, p_)) {
      p_.parameters[name].resize(size);
      for (double& x : p_.parameters[name]) x = uniform(0.8);
    }
    p_.kl_weight = random_() % 2 == 0 ? 1 : 0.6;
    batch_.resize(p_.rows);
    std::iota(batch_.begin(), batch_.end(), 0U);
    std::shuffle(batch_.begin(), batch_.end(), random_);
    if (random_() % 3 > 0) batch_.resize(1 + random_() % p_.rows);
  }

  /// Whether the program agrees with the oracle.
  bool agrees(tally& to) {
    program_ = s_.make(data_);
    settings_ = {.seed = seed_, .step = 0, .kl_weight = p_.kl_weight};
    program_->step(batch_, settings_);  // lays out what the rows own
    std::vector<expected> want;
    if (!set_parameters(want)) return false;
    solution truth = solve(s_.description, p_);
    const part objective = truth.objective(batch_);
    for (expected& e : want) {
      const std::size_t bracket = e.name.find('[');
      e.value = objective.gradient.at(e.name.substr(0, bracket))
                    .at(std::stoul(e.name.substr(bracket + 1)));
    }
    want.push_back({"bound", 0, objective.value});
    bool good = compare(want, to);
    good = compare_query(to) && good;
    return good;
  }

 private:
  /// Some of the numbers of a column, now and then all or none.
  void leave_out(std::vector<double>& values) {
    const std::uint64_t how = random_() % 8;
    for (double& x : values)
      if (how == 0 || (how > 1 && random_() % 5 < 2)) x = std::numeric_limits<double>::quiet_NaN();
  }
  static variad::array<double> ones(std::size_t n) {
    auto a = variad::array<double>::from_shape({n});
    std::fill(a.begin(), a.end(), 1.0);
    return a;
  }
  void draw_weights() {
    p_.weights.resize(p_.rows);
    for (double& w : p_.weights) w = 1 + uniform(0.9);
    if (p_.rows > 1 && random_() % 3 == 0) p_.weights[random_() % p_.rows] = 0;
    data_["weights"] = ones(p_.rows);
    std::copy(p_.weights.begin(), p_.weights.end(), data_["weights"].begin());
  }
  double uniform(double most) {
    return std::uniform_real_distribution<double>(-most, most)(random_);
  }

  variad::array<double> array_of(const column& c, const std::vector<double>& values) const {
    std::vector<std::size_t> extents;
    for (int p = c.place; p >= 0; p = s_.description.plates[static_cast<std::size_t>(p)].parent)
      extents.insert(extents.begin(), rows_of_plate(s_.description, p, p_));
    if (c.variables > 1) extents.push_back(c.variables);
    if (extents.empty()) extents.push_back(1);
    auto a = variad::array<double>::from_shape({extents.begin(), extents.end()});
    std::copy(values.begin(), values.end(), a.begin());
    return a;
  }

  /// Gives the program its parameters; lists what is to be compared. The names must agree.
  bool set_parameters(std::vector<expected>& want) {
    std::size_t found = 0;
    for (const program::parameter& p : program_->parameters()) {
      if (p.of_method) continue;
      const auto at = p_.parameters.find(p.name);
      if (at == p_.parameters.end() || at->second.size() != p.size) {
        std::printf("  parameter %s: %zu values, which the description lacks\n", p.name.c_str(),
                    p.size);
        return false;
      }
      ++found;
      program_->set(p.name, at->second);
      for (std::size_t i = 0; i < p.size; ++i)
        want.push_back({p.name + "[" + std::to_string(i) + "]", p.offset + i, 0});
    }
    if (found == p_.parameters.size()) return true;
    std::printf("  %zu parameters, the description has %zu\n", found, p_.parameters.size());
    return false;
  }

  /// `draws` steps for each of the means.
  moments take(const std::vector<expected>& want, std::size_t groups, std::size_t draws) {
    moments m(want.size());
    for (std::size_t g = 0; g < groups; ++g)
      for (std::size_t d = 0; d < draws; ++d) {
        ++settings_.step;
        const double bound = program_->step(batch_, settings_);
        const std::span<const double> gradient = program_->gradient();
        for (std::size_t i = 0; i + 1 < want.size(); ++i) m.add(i, g, gradient[want[i].offset]);
        m.add(want.size() - 1, g, bound);
      }
    return m;
  }

  static double slack(double value) { return 2e-8 * (1 + std::abs(value)); }
  void say(const expected& e, double found, double error) {
    if (++said_ > 6) return;
    std::printf("  %s: found %.9g ± %.2g, expected %.9g\n", e.name.c_str(), found, error, e.value);
  }

  bool compare(const std::vector<expected>& want, tally& to) {
    if (s_.estimates == skeleton::kind::bound_only) return true;
    to.numbers += want.size();
    if (s_.estimates == skeleton::kind::exact) {
      ++settings_.step;
      const double bound = program_->step(batch_, settings_);
      bool good = true;
      for (const expected& e : want) {
        const double found = e.name == "bound" ? bound : program_->gradient()[e.offset];
        if (std::abs(found - e.value) <= slack(e.value)) continue;
        say(e, found, 0);
        good = false;
      }
      return good;
    }
    const auto off = [&](const moments& m, std::size_t i, std::size_t draws) {
      const bool bound = want[i].name == "bound";
      const double bias = !bound && s_.estimates == skeleton::kind::limit ? let_pass : 0;
      const auto [mean, error] = m.of(i, draws);
      return !(std::abs(mean - want[i].value) <= threshold * error + 100 * slack(want[i].value) +
                                                     bias * (1 + std::abs(want[i].value)));
    };
    constexpr std::size_t few = 4, many = 16 * few;
    const moments first = take(want, means, few);
    std::vector<std::size_t> suspects;
    for (std::size_t i = 0; i < want.size(); ++i)
      if (off(first, i, few)) suspects.push_back(i);
    to.repeated += suspects.size();
    if (suspects.empty()) return true;
    const moments second = take(want, means, many);
    bool good = true;
    for (const std::size_t i : suspects)
      if (off(second, i, many)) {
        const auto [mean, error] = second.of(i, many);
        say(want[i], mean, error);
        good = false;
      }
    return good;
  }

  /// The query of all rows, at the full weight of the divergence.
  bool compare_query(tally& to) {
    if (!program_->bound(0)) return true;
    problem all = p_;
    all.kl_weight = 1;
    std::vector<std::uint32_t> rows(p_.rows);
    std::iota(rows.begin(), rows.end(), 0U);
    const double value = solve(s_.description, all, false).objective(rows).value;
    ++to.numbers;
    std::uint64_t at = 0;
    for (const std::size_t draws : {std::size_t{1}, std::size_t{16}}) {
      moments m(1);
      for (std::size_t g = 0; g < means; ++g)
        for (std::size_t d = 0; d < draws; ++d) m.add(0, g, *program_->bound(seed_ + ++at));
      const auto [mean, error] = m.of(0, draws);
      if (std::abs(mean - value) <= threshold * error + 100 * slack(value)) return true;
      if (draws == 1)
        ++to.repeated;
      else
        say({"query bound", 0, value}, mean, error);
    }
    return false;
  }

  static constexpr double let_pass = 0.02;

  const skeleton& s_;
  std::mt19937_64 random_;
  std::uint64_t seed_;
  problem p_;
  arrays data_;
  std::vector<std::uint32_t> batch_;
  std::unique_ptr<program> program_;
  variad::step_settings settings_;
  std::size_t said_ = 0;
};

}  // namespace

void check(const skeleton& s, std::uint64_t seed, tally& to) {
  ++to.cases;
  if (random_case(s, seed).agrees(to)) return;
  ++to.failed;
  std::printf("%s differs: --only %s --seed %llu --cases 1\n", s.name.c_str(), s.name.c_str(),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
}

}  // namespace oracle
