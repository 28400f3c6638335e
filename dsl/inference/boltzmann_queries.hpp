#pragma once

#include <variad/dsl/families/boltzmann_prior.hpp>
#include <variad/dsl/inference/program.hpp>
#include <variad/dsl/passes/diagnose_calls.hpp>
#include <variad/runtime/boltzmann/log_z_display.hpp>
#include <variad/runtime/boltzmann/log_z_tempered.hpp>

namespace variad::internals {

/// The node of the machine that is the prior of a variable in R, or none.
template <class R>
constexpr node_id machine_node(std::string_view name) {
  for (const node_id i : R::program.token_ids()) {
    const node& n = R::program[i];
    if (n.what == role::density && n.family.prior_only && problem::lists_name(n.label, name))
      return n.inputs[1];
  }
  return node_id::none;
}

/// Calls estimate(model, settings) for the Boltzmann machine at node Machine of R, with the
/// parameters as they are, and notes the result for the bounds of these parameters.
template <class R, node_id Machine, class T, class F>
auto note_log_z(program<T>& p, F&& estimate) {
  using state = typename R::template op_type<Machine>::template state<T>;
  const tensor<T> machine = p.run_global(Machine);
  state& s = *static_cast<state*>(machine.state);
  const auto result = estimate(s.model(machine.value), s.settings());
  s.note(machine.value, result);
  return result;
}

}  // namespace variad::internals
