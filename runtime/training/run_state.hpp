#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/training/carried.hpp>
#include <variad/runtime/training/position.hpp>

namespace variad {

/// One named block of a program's parameter buffer: elements offset .. offset + size - 1, a
/// row-major array of shape `shape`.
struct parameter_info {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t offset = 0;
  std::size_t size = 0;
  /// It belongs to how the model is trained (a baseline of a gradient estimator), and not to the
  /// model: a checkpoint that parameters are loaded from may lack it, or hold others.
  bool of_method = false;
};

}  // namespace variad

namespace variad::internals {

/// A parameter before it has a place: what it is called, and how it begins.
template <class T>
struct parameter_start {
  std::string name;
  std::vector<std::size_t> shape;
  bool of_method = false;
  /// Fills its values for a seed.
  std::function<void(std::span<T> values, std::uint64_t seed)> begin;
};

/// A piece of what a run carries, as checkpoints and plan() have it.
template <class T>
struct state_piece {
  enum class kind { parameter, method_parameter, carried, slot } what;
  std::string name;
  std::vector<std::size_t> shape;
  std::span<T> values;
  bool saved = true;
  /// Whose it is, of what is carried: the values of an op make sense together alone.
  std::size_t owner = 0;
};

/// Everything that a run carries from one step to the next, each piece registered once: parameters,
/// what ops and estimators carry (chains, running averages, moments), the optimizer's slots and
/// steps, and the position: seed, step, place in the data. To begin, to save and to load, to take
/// back a step and to move the parameters are done here for all of it; what is not in it does not
/// survive a step.
template <class T>
class run_state {
 public:
  run_state() = default;
  run_state(const run_state&) = delete;
  run_state& operator=(const run_state&) = delete;

  // --- registering -----------------------------------------------------------------------------

  /// Lays the parameters out in one aligned buffer, in this order, with padding of zeros between
  /// them. One that was there with the same name and shape keeps its values and its slots, the
  /// others begin with the seed of the last `begin`.
  void lay_out(const std::vector<parameter_start<T>>& parameters);

  /// The object that is called `name`. If there is none yet, it is what `make()` returns, a
  /// carried_object, and begins as it is made.
  template <class Make>
  void* carry(const std::string& name, Make&& make) {
    void* const known = find_carried(name);
    return known ? known : add_carried(name, make());
  }
  /// So many numbers that are called `name` and begin at zero.
  std::span<T> carry_numbers(const std::string& name, std::size_t count);

  // --- what there is ---------------------------------------------------------------------------

  std::span<T> parameters() { return parameters_.span(); }
  std::span<const T> parameters() const { return parameters_.span(); }
  const std::vector<parameter_info>& parameter_table() const { return table_; }
  /// Null if there is none of that name.
  const parameter_info* find(std::string_view name) const;

  std::vector<state_piece<T>> pieces();
  /// Calls f(name, number) for the numbers that a checkpoint holds beside the pieces.
  template <class F>
  void for_each_number(F&& f) {
    internals::for_each_number(position, f);
    f("optimizer_step", slots_.step);
  }

  /// Where the run of `fit` stands, or stood.
  training_position position;

  // --- a run -----------------------------------------------------------------------------------

  /// Takes all of it to where a run begins.
  void begin(std::uint64_t seed);
  /// The same, with the seed of the last time.
  void begin() { begin(seed_); }
  /// A run with the parameters, chains and moments as they are: position and optimizer begin.
  void begin_run(const optimizer& rule);
  /// Slots of this rule: those there are, or zeros where they are of another.
  void use(const optimizer& rule);
  optimizer_state<T>& slots() { return slots_; }
  /// The name of the rule in use; empty if there is none.
  const std::string& rule() const { return rule_; }

  /// Keeps a copy of what a gradient moves, and brings it back where the step is refused. Allocates
  /// nothing.
  void set_aside();
  void bring_back();

 private:
  struct carried_part {
    std::string name;
    std::span<T> values;
    bool saved;
    aligned_buffer<T> beginning, aside;
  };
  struct carried {
    std::string name;
    std::shared_ptr<void> object;
    std::vector<carried_part> parts;
  };

  void* find_carried(std::string_view name) const;
  void* add_carried(const std::string& name, carried_object<T> made);
  std::span<T> values_of(const parameter_info& p, std::span<T> all) const {
    return all.subspan(p.offset, p.size);
  }

  std::uint64_t seed_ = 0;  // of the initial parameters
  std::vector<parameter_info> table_;
  std::vector<std::function<void(std::span<T>, std::uint64_t)>> begin_;  // by parameter
  aligned_buffer<T> parameters_;
  std::vector<carried> carried_;
  std::string rule_;  // whose slots they are
  optimizer_state<T> slots_;
};

}  // namespace variad::internals
