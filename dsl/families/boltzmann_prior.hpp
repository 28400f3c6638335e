#pragma once

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/ops/boltzmann_machine.hpp>
#include <variad/dsl/syntax/distribution.hpp>

namespace variad {
namespace families {

using namespace internals;

/// A Boltzmann machine as a prior of binary units, p(z) = e^{-E(z)} / Z ("GumBolt", Khoshaman and
/// Amin 2018, eq. 3). At relaxed units its log-density is that of the proxy e^{-E(ζ)} / Z (eq. 7).
/// Its one parameter is the event of ops::boltzmann_machine<Machine>. It is drawn by Gibbs sampling
/// where a model generates, and cannot be drawn in a guide.
template <class Machine>
struct boltzmann_prior : binary_values {
  using machine_op = ops::boltzmann_machine<Machine>;
  template <class T>
  using state = typename machine_op::template state<T>;

  static constexpr std::string_view name = Machine::name;
  static constexpr family_traits traits{
      .values = support::binary, .discrete = true, .prior_only = true};
  static constexpr std::size_t parameter_count = 1;
  static constexpr std::array<parameter_rule, 1> parameter_rules{{{"machine"}}};
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape&) {
    return shape_of(machine_op::parameter_values + 1);
  }

  /// −E(z) − log Z, of (z, machine)
  struct log_prob {
    static constexpr std::string_view name = "boltzmann.log_prob";
    static constexpr op_traits traits{};
    static constexpr shape event(std::span<const shape> in) {
      return in[0].size() == Machine::units ? shape_of() : shape::invalid();
    }
    static std::size_t scratch_size(std::size_t rows, std::span<const shape>) {
      return Machine::scratch_size(rows) + rows;
    }

    template <class T>
    static const state<T>& machine_of(const kernel_call<T>& call) {
      return *static_cast<const state<T>*>(call.inputs[1].state);
    }
    template <class T>
    static state_rows<const T> states_of(const kernel_call<T>& call) {
      return {call.inputs[0].value, call.rows, call.inputs[0].size};
    }

    template <class T>
    void forward(const kernel_call<T>& call) const {
      const T* const parameters = call.inputs[1].value;
      T* const out = call.output.value;
      machine_of(call).model(parameters).energy(states_of(call), call.scratch, out);
      const T log_z = parameters[machine_op::parameter_values];
      for (std::size_t r = 0; r < call.rows; ++r) out[r] = -out[r] - log_z;
    }

    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const T *const parameters = call.inputs[1].value, *const seed = call.output.adjoint;
      const auto model = machine_of(call).model(parameters);
      T *const weight = call.scratch, *const scratch = weight + call.rows;
      for (std::size_t r = 0; r < call.rows; ++r) weight[r] = -seed[r];
      if (T* const dz = call.inputs[0].adjoint; dz != nullptr)
        model.add_state_gradient(states_of(call), weight, scratch,
                                 state_rows<T>{dz, call.rows, call.inputs[0].size});
      if (T* const to = call.inputs[1].adjoint; to != nullptr) {
        model.add_parameter_gradient(states_of(call), weight, scratch,
                                     machine_of(call).gradient(to));
        for (std::size_t r = 0; r < call.rows; ++r) to[machine_op::parameter_values] += weight[r];
      }
    }
  };

  /// Every row is a chain of its own, from fair coins.
  template <class T>
  static void sample_rows(const draw_site<boltzmann_prior, T>& site) {
    const state<T>& machine = site.template parameter_state<state<T>>(0);
    const auto model = machine.model(site.parameters(0)[0]);
    const auto& blocks = model.blocks();
    const std::size_t rows = site.rows(), units = site.variables();
    T* const z = site.value(0).data();
    std::fill_n(z, rows * units, T(0));
    std::vector<stream_key> keys;
    for (std::size_t r = 0; r < rows; ++r) {
      keys.push_back(site.random(r));
      fill_bernoulli(keys[r], z + r * units, z + r * units, units);
    }
    aligned_buffer<T> fields(rows * blocks[largest_block(model)].size);
    for (std::uint32_t s = 0; s < machine.settings().generation_sweeps; ++s)
      for (std::uint32_t b = 0; b < blocks.size(); ++b) {
        const unit_block block = blocks[b];
        model.fields(b, {z, rows, units}, fields.data());
        for (std::size_t r = 0; r < rows; ++r)
          draw_block(derive(keys[r], b, 1), s, block, fields.data() + r * block.size,
                     z + r * units);
      }
  }
};

}  // namespace families

namespace internals {

/// A machine whose units are coupled in pairs: `biases` [Units] and, unless there are none,
/// `couplings` [Couplings...].
template <int Units, int... Couplings>
struct pairwise_machine {
  static constexpr int units = Units;
  static constexpr std::size_t parameter_count = (Couplings * ... * 1) > 0 ? 2 : 1;
  static constexpr std::string_view parameter_name(std::size_t b) {
    return b == 0 ? "biases" : "couplings";
  }
  static constexpr shape parameter_shape(std::size_t b) {
    return b == 0 ? shape_of(Units) : shape_of(Couplings...);
  }

  bool coupled = true;  ///< else the couplings are held at zero
};

/// How many units the variables of a draw have.
template <class... V>
inline constexpr int units_of = (V::declared.size() + ...);

/// A call of it ends the constant evaluation of a model: its name is what the compiler prints.
[[noreturn]] inline void boltzmann_settings_want_at_least_one_chain_and_one_sweep(
    const boltzmann_settings& s) {
  throw error("boltzmann_settings: found .chains = " + std::to_string(s.chains) +
              " and .sweeps = " + std::to_string(s.sweeps) + ", expected at least one of each");
}

/// A draw from the prior that a machine makes.
template <class Machine>
constexpr auto draw_from_machine(const Machine& machine, const boltzmann_settings& settings) {
  if (settings.chains == 0 || settings.sweeps == 0)
    boltzmann_settings_want_at_least_one_chain_and_one_sweep(settings);
  return ~make_distribution<families::boltzmann_prior<Machine>>(
      apply(ops::boltzmann_machine<Machine>{machine, settings}));
}

}  // namespace internals
}  // namespace variad
