#include <cstdint>
#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/data/source.hpp>

using namespace variad;
using namespace variad::internals;
using namespace variad_tests;

// What `.pixels()` makes of values.

namespace {

template <class T>
std::vector<T> values_of(const source& from) {
  return load<T>(from, "x", std::vector<std::size_t>{}).values;
}

std::string refusal(const source& from) {
  return message_of([&] { (void)values_of<float>(from); });
}

}  // namespace

TEMPLATE_TEST_CASE("pixels are shares of 255 where that is said", "[data]", float, double) {
  using T = TestType;
  const scratch_folder folder;
  write_file(folder / "images",
             std::string("\0\0\x08\x01\0\0\0\x04", 8) + std::string("\0\x33\x80\xff", 4));
  const array<double> numbers{0, 51, 128, 255};
  const std::vector<T> shares{0, T(51) / T(255), T(128) / T(255), 1}, rounded{0, 0, 1, 1};
  for (const source& from :
       {idx(folder / "images"), source(numbers), source(xt::cast<std::uint8_t>(numbers)),
        source(xt::cast<int>(numbers))}) {
    CHECK(values_of<T>(from) == std::vector<T>{0, 51, 128, 255});
    CHECK(values_of<T>(from.pixels()) == shares);
    CHECK(values_of<T>(from.pixels().pixels()) == shares);
    CHECK(values_of<T>(from.pixels().rounded()) == rounded);
    CHECK(values_of<T>(from.rounded().pixels()) == rounded);
    CHECK(values_of<T>(from.pixels().rows(1, 3)) == std::vector<T>{shares[1], shares[2]});
  }
}

TEST_CASE("what is no pixel is refused", "[data]") {
  for (const double bad : {256.0, -1.0}) {
    const array<double> values{0, bad};
    CHECK_THAT(refusal(source(values).pixels()),
               has("'x', row 1") && has("[0, 255]") && has("drop .pixels()"));
  }
  // Rounded as pixels these would all be 0: an error, unless that is said.
  const array<int> binary{0, 1, 1};
  const source bytes(xt::cast<std::uint8_t>(binary));
  CHECK_THAT(refusal(bytes.rounded()), has("'x'") && has("0 and 1 alone") && has(".pixels()"));
  CHECK_THAT(refusal(bytes.binarized(1)), has("0 and 1 alone"));
  CHECK_THAT(refusal(bytes.binarized_each_epoch()), has("0 and 1 alone"));
  CHECK(values_of<float>(bytes.pixels().rounded()) == std::vector<float>{0, 0, 0});
  CHECK(values_of<float>(bytes) == std::vector<float>{0, 1, 1});
  CHECK(values_of<float>(bytes.first(1).rounded()) == std::vector<float>{0});
}
