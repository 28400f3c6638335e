#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/ops/boltzmann_settings.hpp>
#include <variad/dsl/syntax/op_traits.hpp>
#include <variad/runtime/boltzmann/gibbs.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// The parameters of a Boltzmann machine and its log Z, as one event: the parameter of a Boltzmann
/// prior. The gradient of log Z is that of persistent chains ("GumBolt", Khoshaman and Amin 2018,
/// eq. 6; Tieleman 2008). `Machine` says what the parameters are and what energy they make.
template <class Machine>
struct boltzmann_machine {
  static constexpr std::string_view name = Machine::name;
  static constexpr op_traits traits{};
  [[no_unique_address]] Machine machine{};
  boltzmann_settings settings{};

  /// Values of the parameters, block after block; log Z stands behind them.
  static constexpr int parameter_values = [] {
    int n = 0;
    for (std::size_t b = 0; b < Machine::parameter_count; ++b)
      n += Machine::parameter_shape(b).size();
    return n;
  }();

  static constexpr shape event(std::span<const shape>) { return shape_of(parameter_values + 1); }

  static constexpr std::size_t parameter_count = Machine::parameter_count;
  static constexpr std::string_view parameter_name(std::size_t b) {
    return Machine::parameter_name(b);
  }
  static constexpr shape parameter_shape(std::size_t b, std::span<const shape>) {
    return Machine::parameter_shape(b);
  }
  initializer initial(std::size_t b) const {
    const bool zero = Machine::parameter_name(b) == "biases" || !settings.coupled;
    return zero ? constant(0) : settings.couplings;
  }

  /// The chains of a machine, and what is known of its log Z.
  template <class T>
  class state {
   public:
    state(const boltzmann_machine& op, const shape&, std::string_view op_name)
        : energies_(op.machine),
          settings_(op.settings),
          noted_(parameter_values + 1),
          chains_(energies_.of(noted_.data()), settings_.chains, hash_name(op_name)),
          tracked_(2) {
      noted_[parameter_values] = std::numeric_limits<T>::quiet_NaN();
    }

    auto model(const T* parameters) const { return energies_.of(parameters); }
    auto gradient(T* parameters) const { return energies_.gradient(parameters); }
    const boltzmann_settings& settings() const { return settings_; }

    /// Advances the chains for a training step. Returns the log Z that the step counts: an estimate
    /// anew every so many steps, since an update moves it little and its gradient needs it not. The
    /// steps that make one are the only ones that allocate.
    T advance(const T* parameters, const run_info& run) {
      const auto m = model(parameters);
      const bool first = tracked_[0] == T(0);
      if (first) chains_.start(run.seed);
      const std::size_t every = settings_.log_z_every;
      if (first || (every != 0 && run.step % every == 0))
        tracked_[1] = static_cast<T>(log_z_for_bounds(m, rough(settings_), run.seed).value);
      tracked_[0] = 1;
      chains_.sweep(m, run.seed, run.step, settings_.sweeps, T(1), run.pool);
      return tracked_[1];
    }
    /// gradient += weight ∇ log Z
    void add_log_z_gradient(const T* parameters, T weight, T* to) {
      chains_.add_log_z_gradient(model(parameters), weight, gradient(to));
    }

    /// log Z of these parameters for a bound: what was noted for them, or a new estimate.
    T log_z(const T* parameters) {
      if (!is_noted(parameters)) note(parameters, log_z_for_bounds(model(parameters), settings_));
      return noted_[parameter_values];
    }
    /// The estimate that was noted last; of these parameters, or not a number.
    T noted_log_z(const T* parameters) const {
      return is_noted(parameters) ? noted_[parameter_values] : std::numeric_limits<T>::quiet_NaN();
    }
    void note(const T* parameters, const log_z_estimate& estimate) {
      std::copy_n(parameters, parameter_values, noted_.data());
      noted_[parameter_values] = static_cast<T>(estimate.value);
    }

    std::vector<carried_values<T>> values() {
      return {{"chains", chains_.states()},
              {"started", tracked_.span().first(1)},
              {"log_z", tracked_.span().last(1)},
              {"noted", noted_.span(), false}};
    }

   private:
    /// A sixteenth of the work.
    static boltzmann_settings rough(boltzmann_settings s) {
      s.annealing_chains = std::max<std::size_t>(s.annealing_chains / 4, 2);
      s.annealing_steps = std::max<std::size_t>(s.annealing_steps / 4, 2);
      return s;
    }
    bool is_noted(const T* parameters) const {
      return !std::isnan(noted_[parameter_values]) &&
             std::equal(noted_.begin(), noted_.end() - 1, parameters);
    }

    typename Machine::template energies<T> energies_;
    boltzmann_settings settings_;
    aligned_buffer<T>
        noted_;  // parameters and the estimate of their log Z, or NaN if there is none
    chains<T> chains_;
    aligned_buffer<T> tracked_;  // whether the chains have started, and log Z
  };

  template <class T>
  static state<T>& state_of(const kernel_call<T>& call) {
    return *static_cast<state<T>*>(call.output.state);
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    T* const out = call.output.value;
    T* to = out;
    for (std::size_t b = 0; b < parameter_count; ++b)
      to = std::copy_n(call.parameters[b].value, call.parameters[b].extents.size(), to);
    state<T>& s = state_of(call);
    *to = call.trains()                      ? s.advance(out, *call.run)
          : call.run->what == purpose::bound ? s.log_z(out)
                                             : s.noted_log_z(out);
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    T* from = call.output.adjoint;
    state_of(call).add_log_z_gradient(call.output.value, from[parameter_values], from);
    for (std::size_t b = 0; b < parameter_count; ++b) {
      const auto n = static_cast<std::size_t>(call.parameters[b].extents.size());
      axpy<T>(n, T(1), from, call.parameters[b].gradient);
      from += n;
    }
  }
};

}  // namespace ops
}  // namespace variad
