#include <cmath>
#include <vector>

#include "fuzz_file.hpp"
#include "repaired_checksum.hpp"

#include <variad/runtime/training/checkpoint.hpp>
#include <variad/runtime/training/fit.hpp>

using namespace variad;
using namespace variad::internals;

namespace {

/// Three numbers that follow the mean of the rows.
class toy_program final : public trainable_program<float> {
 public:
  toy_program() {
    const parameter_start<float> w{"q.w", std::vector<std::size_t>(1, 3), false, zeros};
    state_.lay_out({w});
    average_ = state_.carry_numbers("average", 2);
  }
  static void zeros(std::span<float> values, std::uint64_t) {
    std::fill(values.begin(), values.end(), 0.0F);
  }
  thread_pool* pool() override { return nullptr; }
  std::span<float> gradient() override { return gradient_; }
  run_state<float>& state() override { return state_; }
  std::string signature() const override { return "toy"; }
  std::string method() const override { return "exact"; }
  void resize(std::size_t, unsigned, std::size_t) override {
    gradient_.resize(state_.parameters().size());
  }
  step_result compute_gradient(const dataset<float>& data, std::span<const std::uint32_t> rows,
                               const step_settings&) override {
    for (std::size_t i = 0; i < 3; ++i)
      gradient_[i] = data.column(0).row(rows[0])[i] - state_.parameters()[i];
    average_[0] += gradient_[0];
    return {-1.0, {}, {}};
  }
  double evaluate(const dataset<float>&, const step_settings&, std::size_t) override { return -1; }

 private:
  run_state<float> state_;
  std::span<float> average_;
  std::vector<float> gradient_;
};

dataset<float> four_rows() {
  column<float> c;
  c.name = "x";
  c.event_shape = {3};
  c.rows = 4;
  c.values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  return dataset<float>({c});
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return variad_fuzz::mutate_tensor_file(data, size, most, seed);
}

// A run goes on from what is read, to its end and with finite parameters, or is refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const dataset<float> rows = four_rows();
  const std::string& path = variad_fuzz::file_of({data, size});
  variad_fuzz::reads_or_refuses([&] {
    toy_program program;
    load_parameters(program, path);
    rows_of_checkpoint(path);
  });
  variad_fuzz::reads_or_refuses([&] {
    toy_program program;
    program.state().begin_run(adam{});
    program.state().position.batch = 2;
    program.state().position.data_rows = rows.rows();
    load_checkpoint(path, program);
    for (const float p : program.state().parameters())
      variad_fuzz::require(std::isfinite(p), "a parameter that is not finite");
    const auto& at = program.state().position;
    variad_fuzz::require(at.step_in_epoch < 2, "a place beyond the epoch");
  });
  return 0;
}
