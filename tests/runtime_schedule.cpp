#include <cmath>

#include <catch2/catch.hpp>

#include <variad/runtime/error.hpp>
#include <variad/runtime/schedule/schedule.hpp>

using namespace variad;

TEST_CASE("a literal is a constant schedule", "[schedule]") {
  constexpr schedule s = 0.5;
  static_assert(s(0) == 0.5 && s(1000000) == 0.5);
  static_assert(schedules::constant(2.0)(7) == 2.0);
}

TEST_CASE("linear", "[schedule]") {
  constexpr schedule s = schedules::linear(1.0, 3.0, 4);
  static_assert(s(0) == 1.0 && s(1) == 1.5 && s(4) == 3.0 && s(5) == 3.0);
  CHECK_THROWS_AS(schedules::linear(1.0, 3.0, 0), error);
  constexpr schedule seldom = schedules::linear(1.0, 3.0, 4, 2);
  static_assert(seldom(1) == 1.0 && seldom(2) == 2.0 && seldom(3) == 2.0);
}

TEST_CASE("exponential", "[schedule]") {
  const schedule s = schedules::exponential(1.0, 0.1, 0.5);
  CHECK(s(0) == 1.0);
  CHECK(s(3) == Approx(std::exp(-0.3)));
  CHECK(s(1000) == 0.5);
  const schedule seldom = schedules::exponential(1.0, 1e-4, 0.5, 1000);
  CHECK(seldom(999) == 1.0);
  CHECK(seldom(1999) == Approx(std::exp(-0.1)));
}

TEST_CASE("cosine", "[schedule]") {
  const schedule s = schedules::cosine(1.0, 0.2, 100);
  CHECK(s(0) == Approx(1.0));
  CHECK(s(50) == Approx(0.6));
  CHECK(s(25) == Approx(0.2 + 0.4 * (1.0 + std::sqrt(0.5))));
  CHECK(s(100) == Approx(0.2));
  CHECK(s(1000) == Approx(0.2));
}

TEST_CASE("stepwise", "[schedule]") {
  constexpr schedule s = schedules::stepwise({{0, 1e-3}, {10, 1e-4}, {20, 1e-5}});
  static_assert(s(0) == 1e-3 && s(9) == 1e-3 && s(10) == 1e-4 && s(19) == 1e-4 && s(20) == 1e-5);
  static_assert(schedules::stepwise({{5, 2.0}})(0) == 2.0);
  CHECK_THROWS_WITH(schedules::stepwise({{10, 1.0}, {10, 2.0}}), Catch::Contains("increasing"));
  CHECK_THROWS_AS(schedules::stepwise({}), error);
}
