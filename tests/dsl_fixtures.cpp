#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "begins_anew.hpp"
#include "scratch_folder.hpp"
#include "tensor_file.hpp"
#include "users_optimizers.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/io/safetensors.hpp>
#include <variad/variad.hpp>

// Checkpoints of earlier versions of the library, in tests/fixtures/. Each is of a run that was
// stopped in the middle of its second epoch, and is to be read value by value and gone on with.
// `dsl_fixtures "[write]"` writes them as the library does now: only for files of another format,
// under other names.

namespace tests {
namespace {

using namespace variad;
using namespace variad::internals;

constexpr auto x = observed<"x", 4>;
constexpr auto z = latent<"z", 2>;
constexpr auto w = latent<"w", 2>;
constexpr auto z1 = latent<"z1", 3>;
constexpr auto z2 = latent<"z2", 2>;
constexpr auto h = quantity<"h">;

/// Pixels of any number of rows, four kinds that differ.
array<double> pixels(std::size_t n) {
  const double bits[4][4] = {{1, 0, 1, 1}, {0, 0, 1, 0}, {1, 1, 0, 0}, {0, 1, 1, 1}};
  auto rows = array<double>::from_shape({n, 4});
  for (std::size_t i = 0; i < rows.size(); ++i) rows.data()[i] = bits[i / 4 % 4][i % 4];
  return rows;
}

/// A Boltzmann machine with chains.
struct machine {
  static constexpr const char* name = "machine";
  static auto make() {
    constexpr auto p =
        model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann({.chains = 3, .sweeps = 2}),
                           x = ~bernoulli(logits = dense<4>(z1, z2))));
    constexpr auto q = guide(plate<"row">(z1 = ~bernoulli(logits = dense<3>(x)),
                                          z2 = ~bernoulli(logits = dense<2>(x, z1))));
    return infer<elbo<1>, double>(p, q);
  }
};

/// A running baseline, and one that is a network.
struct baselines_of_scores {
  static constexpr const char* name = "baselines";
  static auto make() {
    constexpr auto p =
        model(plate<"row">(w = ~bernoulli(logits = 0), z = ~bernoulli(logits = dense<2>(w)),
                           x = ~bernoulli(logits = dense<4>(z, w))));
    constexpr auto q = guide(plate<"row">(
        w = ~bernoulli(logits = dense<2>(x)).by(score_function(baselines::moving{})),
        z = ~bernoulli(logits = dense<2>(x, w)).by(nvil(dense<1>(tanh(dense<3>(x)))))));
    return infer<elbo<1>>(p, q);
  }
};

/// Running averages of batches.
struct averages {
  static constexpr const char* name = "averages";
  static auto make() {
    constexpr auto p = model(plate<"row">(
        z = ~normal(0, 1), x = ~bernoulli(logits = dense<4>(tanh(batch_norm(linear<3>(z)))))));
    constexpr auto q =
        guide(plate<"row">(h = tanh(batch_norm(linear<3>(x))),
                           z = ~normal(mean = dense<2>(h), scale = exp(dense<2>(h)))));
    return infer<elbo<1>>(p, q);
  }
};

/// With 12 rows the batches of 4 are full, with 14 two rows are left.
constexpr std::size_t row_counts[] = {12, 14};
constexpr std::size_t batch = 4, epochs = 3, stop = 5;

// Appended, since GCC 12 finds fault with a sum that begins with a long folder (bug 105651).
std::string fixture(const std::string& name, std::size_t rows) {
  std::string file = VARIAD_FIXTURES;
  return file.append("/")
      .append(name)
      .append("-")
      .append(std::to_string(rows))
      .append(".safetensors");
}

template <class Inference>
fit_report run(Inference& vi, std::size_t rows, const std::string& file, bool resume,
               std::size_t max_steps, std::ostream* log = nullptr) {
  return vi.fit(data(x = pixels(rows)), {.epochs = epochs,
                                         .batch = batch,
                                         .optimizer = adam{1e-2},
                                         .seed = 3,
                                         .checkpoint = file,
                                         .resume = resume,
                                         .progress = false,
                                         .log = log,
                                         .max_steps = max_steps});
}

bool same(const tensor_entry& a, const tensor_entry& b) {
  return a.shape == b.shape && a.dtype == b.dtype && std::ranges::equal(a.bytes, b.bytes);
}

/// Every parameter of an inference stands in the file, bit for bit.
template <class Inference>
void check_parameters(const Inference& vi, const variad_tests::tensor_file& file) {
  for (const parameter_info& info : vi.parameter_table()) {
    CAPTURE(info.name);
    const tensor_entry* const found = file.find(info.name);
    REQUIRE(found);
    CHECK(found->shape == info.shape);
    const auto value = vi.parameter(info.name);
    REQUIRE(found->bytes.size() == value.size() * sizeof(*value.data()));
    CHECK(std::memcmp(found->bytes.data(), value.data(), found->bytes.size()) == 0);
  }
}

TEMPLATE_TEST_CASE("fixtures", "[.][write]", machine, baselines_of_scores, averages) {
  for (const std::size_t rows : row_counts) {
    auto vi = TestType::make();
    CHECK(run(vi, rows, fixture(TestType::name, rows), false, stop).steps == stop);
  }
}

TEMPLATE_TEST_CASE("checkpoints of earlier versions are read, and runs go on from them", "",
                   machine, baselines_of_scores, averages) {
  for (const std::size_t rows : row_counts) {
    CAPTURE(TestType::name, rows);
    const std::string path = fixture(TestType::name, rows);
    const variad_tests::tensor_file old(path);
    REQUIRE(old.metadata.at("step") == std::to_string(stop));
    REQUIRE(old.metadata.at("step_in_epoch") == "2");

    auto used = TestType::make();
    used.load_checkpoint(path);
    check_parameters(used, old);

    const variad_tests::scratch_folder folder;
    const std::string copy = folder / "copy.safetensors";
    std::filesystem::copy_file(path, copy);
    auto resumed = TestType::make();
    CHECK(run(resumed, rows, copy, true, stop).steps == stop);
    check_parameters(resumed, old);
    // States, slots of the optimizer and the position, too.
    const variad_tests::tensor_file now(copy);
    CHECK(now.tensors.size() == old.tensors.size());
    for (const tensor_entry& t : old.tensors) {
      CAPTURE(t.name);
      const tensor_entry* const found = now.find(t.name);
      REQUIRE(found);
      CHECK(same(*found, t));
    }
    for (const char* key : {"signature", "method", "optimizer", "optimizer_step", "epoch", "step",
                            "seed", "batch", "data_rows"})
      CHECK(now.metadata.at(key) == old.metadata.at(key));

    // Where rows were left out of the epoch, it begins again.
    const bool again = rows % batch != 0;
    CHECK(now.metadata.at("step_in_epoch") == (again ? "0" : "2"));
    const fit_report rest = run(resumed, rows, copy, true, 0);
    CHECK(rest.steps == (again ? stop + 2 * (rows / batch + 1) : 9));
    CHECK(rest.epochs.size() == 2);
    for (const epoch_report& epoch : rest.epochs) CHECK(std::isfinite(epoch.train_bound));
  }
}

TEST_CASE("the plan lists what is carried from step to step") {
  const auto names = [](const variad::plan& plan) {
    std::vector<std::string> all;
    for (const auto& c : plan.state) all.push_back(c.saved ? c.name : "(" + c.name + ")");
    return all;
  };
  const std::string of_machine = "state/p.z1,z2.restricted_boltzmann0.";
  CHECK(names(machine::make().plan()) ==
        std::vector<std::string>{of_machine + "chains", of_machine + "started",
                                 of_machine + "log_z", "(" + of_machine + "noted)"});
  CHECK(names(baselines_of_scores::make().plan()) ==
        std::vector<std::string>{"state/w", "state/z"});
  std::ostringstream text;
  text << averages::make().plan();
  CHECK_THAT(text.str(), Catch::Contains("\nstate\n  state/q.h.batch_norm0.running  [6]  in "));
}

TEMPLATE_TEST_CASE("a run begins anew, with chains, averages and moments", "", machine,
                   baselines_of_scores, averages) {
  const auto train = data(x = pixels(12));
  for (const optimizer& how :
       std::initializer_list<optimizer>{adam{1e-2}, adamw{1e-2}, sgd{1e-2, 0.9}, users::lion{1e-2}})
    variad_tests::check_begins_anew(&TestType::make, train, how);
}

}  // namespace
}  // namespace tests
