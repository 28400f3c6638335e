#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "count_allocations.hpp"
#include "scratch_folder.hpp"
#include "tensor_file.hpp"
#include "users_optimizers.hpp"
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <variad/runtime/io/safetensors.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/threads/thread_pool.hpp>
#include <variad/runtime/training/checkpoint.hpp>
#include <variad/runtime/training/fit.hpp>
#include <variad/runtime/training/interrupt.hpp>
#include <variad/runtime/training/progress.hpp>

namespace {

using namespace variad;
using namespace variad::internals;
using namespace variad_tests;

/// Maximises -|w - x|^2 / 2 - kl_weight |w|^2 / 200 on average over the rows, with noise in the
/// gradient that depends on the step, and a state that counts and feeds back.
template <class T>
class toy_program final : public trainable_program<T> {
 public:
  explicit toy_program(std::vector<parameter_start<T>> parameters = {{"q.w", {3}, false, zeros},
                                                                     {"q.b", {2, 1}, false, zeros}},
                       std::string signature = "toy")
      : signature_(std::move(signature)) {
    state_.lay_out(parameters);
    gradient_.resize(state_.parameters().size());
  }
  static void zeros(std::span<T> values, std::uint64_t) {
    std::fill(values.begin(), values.end(), T(0));
  }

  thread_pool* pool() override { return nullptr; }
  std::span<T> gradient() override { return gradient_; }
  run_state<T>& state() override { return state_; }
  std::string signature() const override { return signature_; }
  std::string method() const override { return "exact"; }

  void resize(std::size_t batch, unsigned threads, std::size_t data_rows) override {
    row_.resize(64);
    resized = {batch, threads, data_rows};
  }

  step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                               const step_settings& settings) override {
    seen.step = settings.step;
    seen.epoch = settings.epoch;
    seen.kl_weight = settings.kl_weight;
    if (before_step) before_step(settings.step);
    std::fill(gradient_.begin(), gradient_.end(), T(0));
    double bound = 0.0;
    for (const std::uint32_t row : rows) bound += add_row(data, row, settings);
    const stream_key noise = make_stream(settings.seed, settings.step, hash_name("noise"));
    fill_uniform(noise, row_.data(), gradient_.size());
    for_each_value([&](std::size_t i, std::size_t) {
      gradient_[i] /= static_cast<T>(rows.size());
      gradient_[i] += T(0.1) * (row_[i] - T(0.5)) + T(1e-3) * average_[0];
      gradient_[i] -= static_cast<T>(settings.kl_weight) * state_.parameters()[i] / T(100);
    });
    average_[0] = T(0.9) * average_[0] + T(0.1) * gradient_[0];
    ++average_[1];
    if (settings.step == bad_bound_step) bound = std::numeric_limits<double>::infinity();
    if (settings.step == bad_gradient_step) last_gradient() = std::numeric_limits<T>::quiet_NaN();
    if (settings.step == large_gradient_step) last_gradient() = std::numeric_limits<T>::max() / 2;
    const bool bad = settings.step == bad_bound_step && bad_node;
    return {bound / static_cast<double>(rows.size()), bad ? "z" : std::string_view{}};
  }

  double evaluate(const dataset<T>& data, const step_settings& settings, std::size_t) override {
    if (scripted_validation) return scripted_validation();
    double bound = 0.0;
    for (std::size_t row = 0; row < data.rows(); ++row) bound += add_row(data, row, settings);
    return bound / static_cast<double>(data.rows());
  }

  struct {
    std::size_t batch = 0;
    unsigned threads = 0;
    std::size_t data_rows = 0;
  } resized;
  step_settings seen;
  std::function<void(std::uint64_t)> before_step;
  std::function<double()> scripted_validation;
  std::uint64_t bad_bound_step = ~std::uint64_t{0};
  std::uint64_t bad_gradient_step = ~std::uint64_t{0};
  std::uint64_t large_gradient_step = ~std::uint64_t{0};
  bool bad_node = false;

 private:
  double add_row(const dataset<T>& data, std::size_t row, const step_settings& settings) {
    data.copy_row(0, row, settings.epoch, settings.seed, row_.data());
    double bound = 0.0;
    for_each_value([&](std::size_t i, std::size_t count) {
      const T difference = row_[count % 3] - state_.parameters()[i];
      gradient_[i] += difference;
      bound -= 0.5 * static_cast<double>(difference) * static_cast<double>(difference);
    });
    return bound;
  }

  /// Calls f(index, number of values before it) for the values of the parameters.
  template <class F>
  void for_each_value(F&& f) const {
    std::size_t count = 0;
    for (const parameter_info& p : state_.parameter_table())
      for (std::size_t i = 0; i < p.size; ++i) f(p.offset + i, count++);
  }
  T& last_gradient() {
    const parameter_info& last = state_.parameter_table().back();
    return gradient_[last.offset + last.size - 1];
  }

  std::string signature_;
  run_state<T> state_;
  std::vector<T> gradient_, row_;
  std::span<T> average_ = state_.carry_numbers("average", 2);
};

template <class T>
dataset<T> toy_data(std::size_t rows = 57) {
  std::vector<T> values(rows * 3);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>(static_cast<double>(i * 2654435761u % 1000u) / 1000.0);
  return dataset<T>({column<T>{"x", {3}, rows, std::move(values), true}});
}

template <class T>
std::vector<T> parameters_of(toy_program<T>& program) {
  return {program.state().parameters().begin(), program.state().parameters().end()};
}

template <class T>
std::vector<T> state_of(toy_program<T>& program) {
  const auto values = program.state().carry_numbers("average", 2);
  return {values.begin(), values.end()};
}

std::vector<double> bounds_of(const fit_report& report) {
  std::vector<double> bounds;
  for (const epoch_report& epoch : report.epochs) {
    bounds.push_back(epoch.train_bound);
    bounds.push_back(epoch.validation_bound);
  }
  return bounds;
}

/// All but the column of seconds.
std::string without_seconds(const std::string& csv) {
  std::istringstream in(csv);
  std::string kept;
  for (std::string line; std::getline(in, line);) kept += line.substr(0, line.rfind(',')) + "\n";
  return kept;
}

}  // namespace

TEST_CASE("options read as designated initializers", "[training]") {
  const fit_options options{.epochs = 10, .batch = 50, .optimizer = adam{1e-2}};
  CHECK(options.epochs == 10);
  CHECK(options.optimizer.name() == "adam");
  CHECK(options.kl_weight(0) == 1.0);
  CHECK(fit_options{}.checkpoint_every == 1);
}

TEST_CASE("a thread pool runs every task once", "[training]") {
  for (const unsigned threads : {1u, 2u, 5u}) {
    thread_pool pool(threads);
    CHECK(pool.threads() == threads);
    for (const std::size_t tasks : {0u, 1u, 2u, 7u, 100u})
      for (int repeat = 0; repeat < 50; ++repeat) {
        std::vector<int> runs(tasks);
        pool.run(tasks, [&](std::size_t task) { ++runs[task]; });
        CHECK(runs == std::vector<int>(tasks, 1));
      }
  }
  CHECK(thread_pool(0).threads() >= 1);
}

TEST_CASE("a thread pool hands on the exception of the lowest task", "[training]") {
  thread_pool pool(3);
  std::atomic<int> runs{0};
  const auto task = [&](std::size_t index) {
    ++runs;
    if (index % 4 == 2) throw error("task " + std::to_string(index));
  };
  for (int repeat = 0; repeat < 20; ++repeat)
    CHECK(message_of([&] { pool.run(20, task); }) == "task 2");
  CHECK(runs == 20 * 20);
  CHECK_THAT(message_of([&] { pool.run(1, [&](std::size_t) { pool.run(1, task); }); }),
             has("while the pool is running"));
  const std::size_t before = allocations;
  std::size_t sum = 0;
  std::vector<std::size_t> parts(8);
  const std::size_t after_vector = allocations;
  pool.run(8, [&](std::size_t index) { parts[index] = index; });
  CHECK(allocations - after_vector == 0);
  CHECK(after_vector > before);
  for (const std::size_t part : parts) sum += part;
  CHECK(sum == 28);
}

TEST_CASE("a process that is forked off makes threads of its own", "[training]") {
  thread_pool pool(2);
  std::atomic<int> runs{0};
  const auto task = [&](std::size_t) { ++runs; };
  pool.run(8, task);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(20);  // ends a child that waits for threads that are not there
    pool.run(8, task);
    pool.run(8, task);
    {
      thread_pool another(2);
      another.run(4, task);
    }
    _exit(runs == 28 && pool.threads() == 2 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  pool.run(8, task);
  CHECK(runs == 16);
}

TEST_CASE("tasks of a thread pool know no denormals", "[training]") {
  volatile float small = 1e-30F, factor = 1e-10F;
  thread_pool pool(2);
  std::vector<float> products(64, 1.0F);
  pool.run(products.size(), [&](std::size_t i) { products[i] = small * factor; });
  for (const float p : products) CHECK(p == 0.0F);
  const float outside = small * factor;
  CHECK(outside > 0.0F);
}

TEST_CASE("the first of a signal that ends processes sets a flag while a guard lives",
          "[training]") {
  const auto handler = [](int signal) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    return now.sa_handler;
  };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal);
    const auto before = handler(signal);
    {
      const interrupt_guard guard;
      CHECK(!guard.requested());
      std::raise(signal);
      CHECK(guard.requested());
      CHECK(handler(signal) == SIG_DFL);  // a second one ends the process
    }
    CHECK(handler(signal) == before);
    CHECK(!interrupt_guard().requested());
  }
}

TEST_CASE("guards that overlap put back what was before the first", "[training]") {
  struct sigaction own {
  }, before{};
  own.sa_handler = [](int) {};
  sigaction(SIGTERM, &own, &before);
  auto first = std::make_unique<interrupt_guard>();
  auto second = std::make_unique<interrupt_guard>();
  first.reset();
  std::raise(SIGTERM);
  CHECK(second->requested());
  second.reset();
  struct sigaction after {};
  sigaction(SIGTERM, &before, &after);
  CHECK(after.sa_handler == own.sa_handler);
}

TEST_CASE("a signal that is ignored stays ignored", "[training]") {
  struct sigaction ignored {
  }, before{};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &ignored, &before);
  {
    const interrupt_guard guard;
    std::raise(SIGHUP);
    CHECK(!guard.requested());
  }
  sigaction(SIGHUP, &before, nullptr);
}

TEMPLATE_TEST_CASE("training finds the optimum", "[training]", float, double) {
  toy_program<TestType> program;
  const auto data = toy_data<TestType>();
  std::vector<TestType> mean(3);
  for (std::size_t row = 0; row < data.rows(); ++row)
    for (std::size_t i = 0; i < 3; ++i)
      mean[i] += data.column(0).row(row)[i] / static_cast<TestType>(data.rows());
  std::vector<std::uint64_t> epochs;
  std::ostringstream log;
  const auto report = fit(program, data, &data,
                          {.epochs = 200,
                           .batch = 10,
                           .optimizer = adam{schedules::exponential(0.05, 4e-3, 1e-4)},
                           .threads = 2,
                           .log = &log,
                           .on_epoch = [&](const epoch_report& e) { epochs.push_back(e.epoch); }});
  CHECK(report.reason == stop_reason::epochs);
  CHECK(report.steps == 1200);
  CHECK(report.epochs.size() == 200);
  CHECK(epochs.size() == 200);
  CHECK(epochs.back() == 200);
  CHECK(program.resized.batch == 10);
  CHECK(program.resized.threads == 2);
  CHECK(program.resized.data_rows == 57);
  // Dynamic draws vary around the mean: 1 / (1.01) of it is the optimum, and an average over the
  // last hundreds of steps lies within 0.1 of it (over 5 standard deviations).
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(std::abs(program.state().parameters()[i] - mean[i]) < TestType(0.1));
  CHECK(report.epochs.back().train_bound > report.epochs.front().train_bound);
  CHECK(report.best_validation_bound >= report.epochs.back().validation_bound);
}

TEST_CASE("a step allocates nothing", "[training]") {
  toy_program<float> program;
  const auto data = toy_data<float>();
  std::vector<std::size_t> counts(60);
  program.before_step = [&](std::uint64_t step) { counts[step] = allocations; };
  fit(program, data, nullptr,
      {.epochs = 2, .batch = 2, .clip_norm = 0.1, .log = nullptr, .max_steps = 50});
  CHECK(counts[28] == counts[0]);   // one epoch has 29 steps
  CHECK(counts[49] == counts[29]);  // its end may allocate
}

TEST_CASE("settings of each step follow seed, epoch and schedule", "[training]") {
  toy_program<double> program;
  const auto data = toy_data<double>();
  std::vector<double> weights;
  program.before_step = [&](std::uint64_t) { weights.push_back(program.seen.kl_weight); };
  fit(program, data, nullptr,
      {.epochs = 3, .batch = 60, .kl_weight = schedules::linear(0, 1, 2), .log = nullptr});
  CHECK(weights == std::vector<double>{0.0, 0.5, 1.0});
  CHECK(program.seen.step == 2);
  CHECK(program.seen.epoch == 2);
}

TEMPLATE_TEST_CASE("the bound of an epoch is the mean of all rows", "[training]", float, double) {
  const auto data = toy_data<TestType>();
  toy_program<TestType> program;
  std::vector<std::size_t> rows;
  const auto report =
      fit(program, data, nullptr, {.batch = 10, .optimizer = adam{0.0}, .seed = 4, .log = nullptr});
  // The parameters stay, and the values that are drawn are those of the first epoch.
  const double mean = program.evaluate(data, {.seed = 4}, 10);
  CHECK(report.steps == 6);
  CHECK(report.epochs[0].train_bound == Approx(mean).epsilon(1e-12));
}

TEST_CASE("a clipped gradient takes a step of that length", "[training]") {
  toy_program<double> program;
  const auto data = toy_data<double>();
  fit(program, data, nullptr,
      {.optimizer = sgd{.rate = 1.0, .momentum = 0.0},
       .clip_norm = 0.01,
       .log = nullptr,
       .max_steps = 1});
  double norm2 = 0.0;
  for (const double p : program.state().parameters()) norm2 += p * p;
  CHECK(std::sqrt(norm2) == Approx(0.01));
}

TEMPLATE_TEST_CASE("a run that is stopped and resumed gives the same bits", "[training]", float,
                   double) {
  const scratch_folder folder;
  const auto data = toy_data<TestType>();
  const auto held_out = toy_data<TestType>(13);
  const auto options = [&](const std::string& name) {
    return fit_options{.epochs = 6,
                       .batch = 10,
                       .optimizer = adam{0.02},
                       .clip_norm = 0.5,
                       .seed = 99,
                       .checkpoint = folder / (name + ".safetensors"),
                       .metrics = folder / (name + ".csv"),
                       .log = nullptr};
  };
  toy_program<TestType> whole;
  const auto expected = fit(whole, data, &held_out, options("whole"));
  CHECK(expected.steps == 36);

  // Stopped at the end of an epoch, in its middle, and by Ctrl-C in its middle.
  for (const std::string how : {"epochs", "steps", "interrupt"}) {
    INFO(how);
    toy_program<TestType> first;
    auto first_options = options("parts");
    if (how == "epochs") first_options.epochs = 2;
    if (how == "steps") first_options.max_steps = 13;
    if (how == "interrupt")
      first.before_step = [](std::uint64_t step) {
        if (step == 19) std::raise(SIGINT);
      };
    const auto begun = fit(first, data, &held_out, first_options);
    CHECK(begun.steps == (how == "epochs" ? 12u : how == "steps" ? 13u : 20u));
    if (how == "interrupt") CHECK(begun.reason == stop_reason::interrupted);
    if (how == "steps") {
      CHECK(begun.reason == stop_reason::max_steps);
      CHECK(!begun.epochs.back().complete);
    }

    toy_program<TestType> second;
    auto second_options = options("parts");
    second_options.resume = true;
    second_options.threads = 2;
    const auto rest = fit(second, data, &held_out, second_options);
    CHECK(rest.steps == 36);
    CHECK(parameters_of(second) == parameters_of(whole));
    CHECK(state_of(second) == state_of(whole));
    CHECK(rest.best_epoch == expected.best_epoch);
    CHECK(rest.best_validation_bound == expected.best_validation_bound);
    const auto all = bounds_of(expected), last = bounds_of(rest);
    REQUIRE(last.size() == (how == "interrupt" ? 6u : 8u));
    CHECK(
        std::equal(last.begin(), last.end(), all.end() - static_cast<std::ptrdiff_t>(last.size())));
    CHECK(without_seconds(read_file(folder / "parts.csv")) ==
          without_seconds(read_file(folder / "whole.csv")));

    // A run that is done has nothing to do.
    toy_program<TestType> third;
    const auto nothing = fit(third, data, &held_out, second_options);
    CHECK(nothing.epochs.empty());
    CHECK(parameters_of(third) == parameters_of(whole));
  }
}

TEMPLATE_TEST_CASE("any update rule goes on from a checkpoint with the same bits", "[training]",
                   adam, adamw, sgd, users::lion, users::rms_prop, users::plain) {
  const auto check = [](auto number) {
    using T = decltype(number);
    const scratch_folder folder;
    const auto data = toy_data<T>();
    fit_options options{.epochs = 3,
                        .batch = 10,
                        .optimizer = TestType{.rate = schedules::linear(0.05, 0.01, 18)},
                        .checkpoint = folder / "whole.safetensors",
                        .log = nullptr};
    toy_program<T> whole, first, second;
    fit(whole, data, nullptr, options);
    options.checkpoint = folder / "parts.safetensors";
    options.max_steps = 8;
    fit(first, data, nullptr, options);
    CHECK(parameters_of(first) != parameters_of(whole));
    options.max_steps = 0;
    options.resume = true;
    CHECK(fit(second, data, nullptr, options).steps == 18);
    CHECK(parameters_of(second) == parameters_of(whole));
    CHECK(tensor_file(options.checkpoint).metadata.at("optimizer") == TestType::name);
    // Not by another rule.
    options.optimizer = sgd{.momentum = 0.5};
    toy_program<T> other;
    const std::string found = message_of([&] { fit(other, data, nullptr, options); });
    CHECK_THAT(found, has(std::string(TestType::name) == "sgd"
                              ? "no error"
                              : "'" + std::string(TestType::name) + "', expected 'sgd'"));
  };
  check(float());
  check(double());
}

TEMPLATE_TEST_CASE("a run begins anew", "[training]", float, double) {
  const auto data = toy_data<TestType>();
  const fit_options options{.epochs = 2, .batch = 10, .log = nullptr};
  toy_program<TestType> fresh, used;
  fit(fresh, data, nullptr, options);
  used.state().begin(3);
  fit(used, data, nullptr, {.batch = 20, .optimizer = users::lion{}, .log = nullptr});
  CHECK(state_of(used) != std::vector<TestType>(2));
  used.state().begin(3);
  CHECK(state_of(used) == std::vector<TestType>(2));
  CHECK(used.state().position.step == 0);
  CHECK(used.state().slots().slots() == 0);
  fit(used, data, nullptr, options);
  CHECK(parameters_of(used) == parameters_of(fresh));
  CHECK(state_of(used) == state_of(fresh));
}

TEMPLATE_TEST_CASE("a refused step leaves what is carried as it was", "[training]", float, double) {
  const auto data = toy_data<TestType>();
  toy_program<TestType> program, before;
  program.bad_gradient_step = 4;
  fit(before, data, nullptr, {.batch = 10, .log = nullptr, .max_steps = 4});
  CHECK_THAT(message_of([&] { fit(program, data, nullptr, {.batch = 10, .log = nullptr}); }),
             has("step 4"));
  CHECK(state_of(program) == state_of(before));
  CHECK(parameters_of(program) == parameters_of(before));
}

TEMPLATE_TEST_CASE("what an op carries is loaded as a whole, or begins anew", "[training]", float,
                   double) {
  using T = TestType;
  const scratch_folder folder;
  const std::string file = folder / "m.safetensors";
  const auto carry = [](toy_program<T>& program, std::size_t chains) {
    const auto values = std::make_shared<std::vector<T>>(chains + 1);
    program.state().carry("machine", [&] {
      const std::span<T> all(*values);
      return carried_object<T>{values, {{"chains", all.first(chains)}, {"started", all.last(1)}}};
    });
    return values;
  };
  toy_program<T> saved, alike, fewer;
  const auto of_saved = carry(saved, 3), of_alike = carry(alike, 3), of_fewer = carry(fewer, 2);
  *of_saved = {1, 0, 1, 1};
  for (const auto& values : {of_alike, of_fewer}) std::fill(values->begin(), values->end(), T(5));
  save_checkpoint(file, saved, 0);
  load_parameters(alike, file);
  load_parameters(fewer, file);
  CHECK(*of_alike == std::vector<T>{1, 0, 1, 1});
  CHECK(*of_fewer == std::vector<T>{0, 0, 0});
}

TEMPLATE_TEST_CASE("parameters that are laid out anew keep values and slots by name", "[training]",
                   float, double) {
  using T = TestType;
  run_state<T> state;
  const auto fill = [](std::span<T> values, std::uint64_t seed) {
    std::fill(values.begin(), values.end(), static_cast<T>(seed));
  };
  state.lay_out({{"a", {3}, false, fill}, {"rows", {0, 2}, false, fill}, {"b", {2}, true, fill}});
  state.begin(5);
  const optimizer how = sgd{.rate = 1, .momentum = 0.5};
  state.use(how);
  const std::vector<T> gradient(state.parameters().size(), T(1));
  how.ascend(state.slots(), state.parameters(), gradient);
  state.lay_out({{"b", {2}, true, fill}, {"a", {3}, false, fill}, {"rows", {4, 2}, false, fill}});
  state.use(how);
  CHECK(state.slots().step == 1);
  const auto all = [&](const std::string& name) {
    const parameter_info* const p = state.find(name);
    REQUIRE(p);
    std::vector<T> found;
    for (const auto values : {state.parameters(), state.slots().slot(0)}) {
      const auto part = values.subspan(p->offset, p->size);
      found.insert(found.end(), part.begin(), part.end());
    }
    return found;
  };
  CHECK(all("a") == std::vector<T>{6, 6, 6, 1, 1, 1});
  CHECK(all("b") == std::vector<T>{6, 6, 1, 1});
  CHECK(all("rows") == std::vector<T>{5, 5, 5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("the checkpoint of another model or run is refused", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  const fit_options options{.batch = 10, .checkpoint = folder / "m.safetensors", .log = nullptr};
  toy_program<float> program;
  fit(program, data, nullptr, options);

  const auto message = [&](toy_program<float>&& other) {
    const auto before = parameters_of(other);
    const std::string found = message_of([&] { load_parameters(other, options.checkpoint); });
    CHECK((found == "no error" || parameters_of(other) == before));
    return found;
  };
  constexpr auto zeros = &toy_program<float>::zeros;
  const auto with = [](const std::vector<parameter_start<float>>& parameters,
                       const std::string& signature = "toy") {
    return toy_program<float>(parameters, signature);
  };
  CHECK(message(toy_program<float>()) == "no error");
  CHECK_THAT(message(with({{"q.w", {4}, false, zeros}, {"q.b", {2, 1}, false, zeros}})),
             has("m.safetensors") && has("'q.w' with shape [3]") && has("expected shape [4]"));
  CHECK_THAT(message(with({{"q.w", {3}, false, zeros}, {"q.c", {2}, false, zeros}})),
             has("no parameter 'q.c'") && has("[2]"));
  CHECK_THAT(message(with({{"q.w", {3}, false, zeros}})),
             has("'q.b' of shape [2, 1]") && has("expected none"));
  CHECK_THAT(message(with({{"q.w", {3}, false, zeros}, {"q.b", {2, 1}, false, zeros}}, "other")),
             has("'toy'") && has("'other'") && has("another model"));
  toy_program<double> wide;
  CHECK_THAT(message_of([&] { load_parameters(wide, options.checkpoint); }),
             has("F32") && has("expected F64"));

  const auto resumed = [&](auto change) {
    fit_options changed = options;
    changed.resume = true;
    change(changed);
    toy_program<float> other;
    return message_of([&] { fit(other, data, nullptr, changed); });
  };
  CHECK_THAT(resumed([](auto& o) { o.seed = 5; }), has("seed 0") && has("expected 5"));
  CHECK_THAT(resumed([](auto& o) { o.batch = 5; }), has("batch 10") && has("expected 5"));
  CHECK_THAT(resumed([](auto& o) { o.optimizer = sgd{}; }), has("'adam'") && has("'sgd'"));
  CHECK_THAT(resumed([](auto& o) { o.checkpoint += ".absent"; }), has("drop .resume"));
  CHECK_THAT(resumed([](auto& o) { o.checkpoint.clear(); }), has(".checkpoint"));
  write_safetensors(options.checkpoint, {}, {});
  CHECK_THAT(message(toy_program<float>()), has("format ''") && has("variad checkpoint 3"));
}

TEMPLATE_TEST_CASE("a checkpoint of epochs without the rows beyond full batches goes on",
                   "[training]", float, double) {
  // Rows, the steps that a run had done in epochs of rows / 10 steps, the step at which it ends.
  struct run {
    std::size_t rows;
    std::uint64_t epoch, step_in_epoch;
    std::size_t steps;
    bool again;
  };
  for (const run& r : {run{60, 1, 2, 18, false}, run{60, 2, 0, 18, false}, run{57, 1, 0, 17, false},
                       run{57, 1, 2, 19, true}, run{57, 2, 4, 20, true}}) {
    CAPTURE(r.rows, r.epoch, r.step_in_epoch);
    const scratch_folder folder;
    const auto data = toy_data<TestType>(r.rows);
    std::ostringstream log;
    fit_options options{.epochs = 3,
                        .batch = 10,
                        .checkpoint = folder / "m.safetensors",
                        .metrics = folder / "m.csv",
                        .progress = false,
                        .log = &log};
    options.max_steps = static_cast<std::size_t>(r.epoch * (r.rows / 10) + r.step_in_epoch);
    toy_program<TestType> first;
    fit(first, data, nullptr, options);
    // As the file and the table would stand.
    tensor_file file(options.checkpoint);
    file.metadata["format"] = "variad checkpoint 1";
    file.metadata["epoch"] = std::to_string(r.epoch);
    file.metadata["step_in_epoch"] = std::to_string(r.step_in_epoch);
    file.metadata["bound_sum"] = r.step_in_epoch == 0 ? "0" : "-1e6";
    write_safetensors(options.checkpoint, file.tensors, file.metadata);
    std::string table = "epoch,step,train_bound,validation_bound,seconds\n";
    for (std::uint64_t e = 1; e <= r.epoch; ++e)
      table += std::to_string(e) + "," + std::to_string(e * (r.rows / 10)) + ",-1,,1\n";
    const std::string kept = table;
    if (r.step_in_epoch != 0)
      table += std::to_string(r.epoch + 1) + "," + std::to_string(options.max_steps) + ",-1,,1\n";
    write_file(options.metrics, table);

    options.max_steps = 0;
    options.resume = true;
    toy_program<TestType> second;
    const auto rest = fit(second, data, nullptr, options);
    CHECK(rest.steps == r.steps);
    CHECK(rest.epochs.size() == 3 - r.epoch);
    if (r.again) {
      CHECK_THAT(log.str(), has("m.safetensors") && has("epoch begins again"));
      CHECK(rest.epochs.front().train_bound > -10);  // of this epoch's rows alone
    } else {
      CHECK(log.str().empty());
      if (r.step_in_epoch != 0) CHECK(rest.epochs.front().train_bound < -1e5);
    }
    CHECK_THAT(read_file(options.metrics),
               Catch::Matchers::StartsWith(kept + std::to_string(r.epoch + 1)));
    CHECK(tensor_file(options.checkpoint).metadata.at("format") == "variad checkpoint 3");
  }
}

TEST_CASE("a run that cannot save is refused before its first step", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  toy_program<float> program;
  program.before_step = [](std::uint64_t) { FAIL("a step was made"); };
  const auto message = [&](const std::string& checkpoint, const std::string& metrics) {
    return message_of([&] {
      fit(program, data, &data,
          {.batch = 10, .checkpoint = checkpoint, .metrics = metrics, .log = nullptr});
    });
  };
  CHECK_THAT(message(folder / "absent/m.safetensors", ""),
             has("absent/m.safetensors") && has("No such file or directory"));
  CHECK_THAT(message("/dev/full", ""), has("/dev/full") && has("regular file"));
  std::filesystem::create_directory(folder / "m.best.safetensors");
  CHECK_THAT(message(folder / "m.safetensors", ""), has("m.best.safetensors"));
  CHECK_THAT(message("", folder / "absent/m.csv"),
             has("absent/m.csv") && has("No such file or directory"));
  CHECK(!std::filesystem::exists(folder / "m.safetensors"));
}

TEST_CASE("metrics that have gone are said, and go on", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>(60);
  const std::string metrics = folder / "m.csv";
  toy_program<float> program;
  std::ostringstream log;
  fit(program, data, nullptr,
      {.epochs = 3,
       .batch = 10,
       .metrics = metrics,
       .progress = false,
       .log = &log,
       .on_epoch = [&](const epoch_report& e) {
         if (e.epoch == 1) std::filesystem::remove(metrics);
       }});
  CHECK_THAT(log.str(), has("m.csv' has been removed") && has("row of step 12"));
  CHECK_THAT(read_file(metrics),
             Catch::Matchers::StartsWith("epoch,step") && has("\n2,12,") && has("\n3,18,"));
}

TEST_CASE("a checkpoint in which a bit has flipped is refused", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  fit_options options{
      .batch = 10, .checkpoint = folder / "m.safetensors", .progress = false, .log = nullptr};
  toy_program<float> program;
  fit(program, data, nullptr, options);
  const std::string good = read_file(options.checkpoint);
  const std::vector<float> before = parameters_of(program);
  options.resume = true;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    write_file(options.checkpoint, bad);
    CAPTURE(bit);
    CHECK_THROWS_AS(load_parameters(program, options.checkpoint), error);
    CHECK(parameters_of(program) == before);
    if (bit % 97 != 0) continue;
    toy_program<float> other;
    CHECK_THROWS_AS(fit(other, data, nullptr, options), error);
  }
}

TEST_CASE("metrics that another file has replaced are given up, and the run goes on",
          "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  const std::string metrics = folder / "m.csv", checkpoint = folder / "m.safetensors";
  toy_program<float> program;
  std::ostringstream log;
  const fit_report report = fit(program, data, nullptr,
                                {.epochs = 3,
                                 .batch = 10,
                                 .checkpoint = checkpoint,
                                 .metrics = metrics,
                                 .progress = false,
                                 .log = &log,
                                 .on_epoch = [&](const epoch_report& e) {
                                   if (e.epoch != 1) return;
                                   std::filesystem::remove(metrics);
                                   write_file(metrics, "another,table\n1,2\n");
                                 }});
  CHECK(report.epochs.size() == 3);
  CHECK_THAT(log.str(), has("goes on without metrics"));
  CHECK(read_file(metrics) == "another,table\n1,2\n");
  CHECK(std::filesystem::exists(checkpoint));
}

TEST_CASE("a signal in the last epoch is not forgotten", "[training]") {
  const auto data = toy_data<float>();
  toy_program<float> program;
  const fit_report report =
      fit(program, data, nullptr,
          {.epochs = 2, .batch = 10, .log = nullptr, .on_epoch = [](const epoch_report& e) {
             if (e.epoch == 2) std::raise(SIGTERM);
           }});
  CHECK(report.epochs.size() == 2);
  CHECK(report.reason == stop_reason::interrupted);
}

TEST_CASE("a checkpoint that is no file is refused, and not waited for", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  toy_program<float> program;
  CHECK_THAT(message_of([&] {
               fit(program, data, nullptr,
                   {.batch = 10, .checkpoint = pipe, .resume = true, .log = nullptr});
             }),
             has("pipe") && has("not a regular file"));
}

TEST_CASE("the best checkpoint stays beside the last, and patience ends training", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  const double script[] = {-5, -3, -4, -3.5, -1};
  std::size_t next = 0;
  toy_program<float> program;
  program.scripted_validation = [&] { return script[next++]; };
  std::vector<std::vector<float>> after;
  const auto report =
      fit(program, data, &data,
          {.epochs = 5,
           .batch = 10,
           .checkpoint = folder / "m.safetensors",
           .patience = 2,
           .log = nullptr,
           .on_epoch = [&](const epoch_report&) { after.push_back(parameters_of(program)); }});
  CHECK(report.reason == stop_reason::patience);
  CHECK(report.epochs.size() == 4);
  CHECK(report.best_epoch == 2);
  CHECK(report.best_validation_bound == -3.0);
  CHECK(report.epochs[1].best);
  CHECK(!report.epochs[2].best);
  toy_program<float> best, last;
  CHECK(best_checkpoint_path(folder / "m.safetensors") == folder / "m.best.safetensors");
  load_parameters(best, folder / "m.best.safetensors");
  load_parameters(last, folder / "m.safetensors");
  CHECK(parameters_of(best) == after[1]);
  CHECK(parameters_of(last) == after[3]);
}

TEST_CASE("values that are not finite stop training with the place", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  const fit_options options{
      .epochs = 3, .batch = 10, .checkpoint = folder / "m.safetensors", .log = nullptr};
  const auto message = [&](auto change, const fit_options& with) {
    toy_program<float> program;
    change(program);
    return message_of([&] { fit(program, data, &data, with); });
  };
  CHECK_THAT(message([](auto& p) { p.bad_bound_step = 7, p.bad_node = true; }, options),
             has("step 7 (epoch 2)") && has("the bound is inf"));
  CHECK_THAT(message([](auto& p) { p.bad_bound_step = 7, p.bad_node = true; }, options),
             has("'z'") && has("m.safetensors', of step 6"));
  CHECK_THAT(message([](auto& p) { p.bad_gradient_step = 12; }, options),
             has("step 12 (epoch 3)") && has("gradient") && has("'q.b'") && has("of step 12"));
  CHECK_THAT(message([](auto& p) { p.scripted_validation = [] { return std::nan(""); }; },
                     {.batch = 10, .log = nullptr}),
             has("validation bound") && has("no checkpoint"));
  CHECK_THAT(message([](auto&) {}, {.clip_norm = -1.0}), has(".clip_norm"));
  toy_program<float> program;
  CHECK_THAT(message_of([&] { fit(program, data, nullptr, {.patience = 2}); }), has(".patience"));
  const dataset<float> empty;
  CHECK_THAT(message_of([&] { fit(program, data, &empty, {}); }), has("validation"));
  CHECK_THAT(message_of([&] { fit(program, empty, nullptr, {}); }), has("0 rows"));
}

TEMPLATE_TEST_CASE("an update out of range leaves the last good checkpoint", "[training]", float,
                   double) {
  const scratch_folder folder;
  const auto data = toy_data<TestType>(60);
  toy_program<TestType> program;
  program.large_gradient_step = 11;  // the last of the second epoch
  const fit_options options{.epochs = 2,
                            .batch = 10,
                            .optimizer = sgd{schedules::stepwise({{0, 0.1}, {11, 10.0}})},
                            .checkpoint = folder / "m.safetensors",
                            .log = nullptr};
  const std::string found = message_of([&] { fit(program, data, nullptr, options); });
  CHECK_THAT(found, has("step 11 (epoch 2)") && has("after the update the parameter 'q.b'"));
  CHECK_THAT(found, has("lower the learning rate") && has("m.safetensors', of step 6"));
  toy_program<TestType> kept;
  load_parameters(kept, options.checkpoint);
  for (const TestType p : parameters_of(kept)) CHECK(std::isfinite(p));
  CHECK(tensor_file(options.checkpoint).metadata.at("step") == "6");
}

TEMPLATE_TEST_CASE("a checkpoint that holds NaN is refused", "[training]", float, double) {
  const scratch_folder folder;
  const auto data = toy_data<TestType>();
  fit_options options{.batch = 10, .checkpoint = folder / "m.safetensors", .log = nullptr};
  toy_program<TestType> program;
  fit(program, data, nullptr, options);
  options.resume = true;
  for (const std::string name : {"q.b", "optimizer/1/q.b"}) {
    tensor_file file(options.checkpoint);
    for (tensor_entry& t : file.tensors)
      if (t.name == name) {
        std::vector<TestType> values(2, std::numeric_limits<TestType>::quiet_NaN());
        t.bytes = std::as_bytes(std::span<const TestType>(values));
        write_safetensors(folder / "bad.safetensors", file.tensors, file.metadata);
      }
    options.checkpoint = folder / "bad.safetensors";
    toy_program<TestType> other;
    CHECK_THAT(message_of([&] { fit(other, data, nullptr, options); }),
               has("bad.safetensors") && has("'" + name + "'") && has("NaN"));
    CHECK_THAT(message_of([&] { load_parameters(other, options.checkpoint); }),
               has(name == "q.b" ? "'q.b' that is NaN" : "no error"));
    options.checkpoint = folder / "m.safetensors";
  }
}

TEST_CASE("options that make no sense are refused before training", "[training]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  const auto data = toy_data<double>();
  const auto message = [&](fit_options options) {
    options.log = nullptr;
    toy_program<double> program;
    bool stepped = false;
    program.before_step = [&](std::uint64_t step) { stepped = step == 0; };
    const std::string found = message_of([&] { fit(program, data, nullptr, options); });
    CHECK(stepped == (found == "no error"));
    return found;
  };
  CHECK(message({}) == "no error");
  CHECK(message({.optimizer = adam{0.0}}) == "no error");
  constexpr auto minus_one = static_cast<std::size_t>(-1);
  CHECK_THAT(message({.epochs = minus_one}), has(".epochs = -1") && has("expected"));
  CHECK_THAT(message({.batch = 0}), has(".batch = 0") && has("from 1"));
  CHECK_THAT(message({.batch = minus_one}), has(".batch = -1"));
  CHECK_THAT(message({.threads = 0}), has(".threads = 0") && has("from 1"));
  CHECK_THAT(message({.threads = static_cast<unsigned>(-2)}), has(".threads = -2"));
  CHECK_THAT(message({.checkpoint_every = minus_one}), has(".checkpoint_every = -1"));
  CHECK_THAT(message({.patience = minus_one}), has(".patience = -1"));
  CHECK_THAT(message({.max_steps = minus_one}), has(".max_steps = -1"));
  for (const double bad : {-1.0, nan, infinite}) {
    CAPTURE(bad);
    CHECK_THAT(message({.kl_weight = bad}), has(".kl_weight = ") && has("from 0 up"));
    CHECK_THAT(message({.clip_norm = bad}), has(".clip_norm = "));
    CHECK_THAT(message({.optimizer = adam{bad}}), has("adam") && has(".rate = ") && has("1e-3"));
    CHECK_THAT(message({.optimizer = adamw{bad}}), has("adamw") && has(".rate = "));
    CHECK_THAT(message({.optimizer = sgd{bad}}), has("sgd") && has(".rate = "));
    CHECK_THAT(message({.optimizer = adam{.beta1 = bad}}), has(".beta1 = "));
    CHECK_THAT(message({.optimizer = adam{.beta2 = bad}}), has(".beta2 = "));
    CHECK_THAT(message({.optimizer = adam{.epsilon = bad}}), has(".epsilon = "));
    CHECK_THAT(message({.optimizer = adamw{.weight_decay = bad}}), has(".weight_decay = "));
    CHECK_THAT(message({.optimizer = sgd{.momentum = bad}}), has(".momentum = "));
  }
  CHECK_THAT(message({.optimizer = adam{.beta2 = 1.0}}), has(".beta2 = 1"));
  CHECK_THAT(message({.optimizer = adam{.epsilon = 0.0}}), has(".epsilon = 0"));
  CHECK_THAT(message({.optimizer = sgd{.momentum = 1.0}}), has(".momentum = 1"));
}

TEST_CASE("a schedule that goes bad is refused at that step", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>(60);
  const auto message = [&](fit_options options) {
    options.epochs = 3;
    options.batch = 10;
    options.checkpoint = folder / "m.safetensors";
    options.log = nullptr;
    toy_program<float> program;
    const std::string found = message_of([&] { fit(program, data, nullptr, options); });
    CHECK(program.seen.step == 8);
    for (const float p : parameters_of(program)) CHECK(std::isfinite(p));
    return found;
  };
  CHECK_THAT(message({.optimizer = adam{schedules::stepwise({{0, 0.1}, {9, std::nan("")}})}}),
             has("adam") && has(".rate = nan") && has("at step 9"));
  CHECK_THAT(message({.optimizer = sgd{schedules::stepwise({{0, 0.1}, {9, -1.0}})}}),
             has("sgd") && has(".rate = -1") && has("at step 9"));
  CHECK_THAT(message({.kl_weight = schedules::linear(1, -0.125, 9)}),
             has("step 9") && has(".kl_weight = -0.125"));
}

TEST_CASE("an interrupted run says how to go on", "[training]") {
  const scratch_folder folder;
  const auto data = toy_data<float>();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    for (const std::string& checkpoint : {std::string(), folder / "m.safetensors"}) {
      const bool progress = signal == SIGINT;
      toy_program<float> program;
      program.before_step = [=](std::uint64_t step) {
        if (step == 2) std::raise(signal);
      };
      std::ostringstream log;
      const auto report =
          fit(program, data, nullptr,
              {.batch = 10, .checkpoint = checkpoint, .progress = progress, .log = &log});
      CHECK(report.reason == stop_reason::interrupted);
      CHECK(report.steps == 3);
      CHECK_THAT(log.str(), has("after step 3"));
      CHECK_THAT(log.str(), has(checkpoint.empty() ? "nothing is saved" : ".resume = true"));
    }
}

TEST_CASE("progress is a line per epoch, and on a terminal one that is rewritten", "[training]") {
  std::ostringstream plain, terminal;
  const epoch_report report{.epoch = 1, .step = 5, .train_bound = -12.5, .seconds = 3723.0};
  progress_display to_file(&plain, 2, 5, 0, 10);
  to_file.show_step(1, 1, -13.0);
  CHECK(plain.str().empty());
  to_file.show_epoch(report);
  CHECK_THAT(plain.str(), Catch::Matchers::StartsWith("epoch 1/2  step 5  bound -12.5000  ") &&
                              Catch::Matchers::EndsWith("1:02:03\n"));
  CHECK(plain.str().find('\r') == std::string::npos);

  progress_display to_terminal(&terminal, true, 2, 5, 0, 10);
  to_terminal.show_step(2, 7, -13.0);
  CHECK_THAT(terminal.str(), has("epoch 2/2  step 2/5  bound -13.0000"));
  CHECK_THAT(terminal.str(), has(" left"));
  CHECK(terminal.str().find('\n') == std::string::npos);
  const std::size_t shown = terminal.str().size();
  to_terminal.show_step(2, 8, -13.0);  // too soon for another
  CHECK(terminal.str().size() == shown);
  to_terminal.say("done");
  CHECK_THAT(terminal.str(), Catch::Matchers::EndsWith("done\n"));
}
