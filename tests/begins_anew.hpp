#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include "tensor_file.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/io/safetensors.hpp>
#include <variad/variad.hpp>

namespace variad_tests {

/// Everything that a checkpoint holds, but for the time that the run took.
struct checkpoint_content {
  std::map<std::string, std::vector<std::byte>> tensors;
  std::map<std::string, std::string> metadata;

  explicit checkpoint_content(const std::string& path) {
    const tensor_file file(path);
    for (const variad::internals::tensor_entry& t : file.tensors)
      tensors[t.name].assign(t.bytes.begin(), t.bytes.end());
    metadata = {file.metadata.begin(), file.metadata.end()};
    metadata.erase("seconds");
  }
};

/// The law: `initialise` and what follows it give the same bits, parameters, state and slots of the
/// optimizer alike, whatever the inference did before: on a new one, after `fit`, after `step`,
/// after `load_checkpoint`.
template <class Make, class... B>
void check_begins_anew(Make make, const variad::internals::data_bindings<B...>& train,
                       const variad::optimizer& how) {
  const scratch_folder folder;
  const std::string file = folder / "run.safetensors", first = folder / "first.safetensors";
  const auto fit = [&](auto& vi, const std::string& to) {
    vi.initialise(7);
    vi.fit(train, {.epochs = 2,
                   .batch = 5,
                   .optimizer = how,
                   .seed = 3,
                   .checkpoint = to,
                   .progress = false,
                   .log = nullptr});
    return checkpoint_content(to);
  };
  const auto take_steps = [&](auto& vi, int count) {
    const auto loaded = vi.load(train);
    std::vector<std::uint32_t> rows(loaded.rows.rows());
    std::iota(rows.begin(), rows.end(), 0u);
    for (int s = 0; s < count; ++s) vi.step(loaded, rows, how);
    std::vector<double> all;
    for (const auto& p : vi.parameter_table())
      for (const auto v : vi.parameter(p.name)) all.push_back(static_cast<double>(v));
    return all;
  };
  const auto same = [](const checkpoint_content& a, const checkpoint_content& b) {
    CHECK(a.metadata == b.metadata);
    REQUIRE(a.tensors.size() == b.tensors.size());
    for (const auto& [name, bytes] : a.tensors) {
      CAPTURE(name);
      REQUIRE(b.tensors.contains(name));
      CHECK((b.tensors.at(name) == bytes));
    }
  };

  auto fresh = make();
  const checkpoint_content expected = fit(fresh, first);
  auto used = make();
  {
    INFO("after steps");
    take_steps(used, 3);
    same(fit(used, file), expected);
  }
  {
    INFO("after fit");
    same(fit(used, file), expected);
  }
  {
    INFO("after load_checkpoint, and steps from there");
    used.load_checkpoint(first);
    take_steps(used, 2);
    same(fit(used, file), expected);
  }
  {
    INFO("steps after fit");
    auto other = make();
    other.initialise(7);
    used.initialise(7);
    const std::vector<double> begun = take_steps(other, 3);
    CHECK((take_steps(used, 3) == begun));
    // And what is carried matters: steps that do not begin anew go elsewhere.
    CHECK((take_steps(used, 3) != begun));
  }
}

}  // namespace variad_tests
