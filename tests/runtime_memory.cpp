#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/simd/lane_bits.hpp>
#include <variad/runtime/simd/loop.hpp>

using namespace variad;
using namespace variad::internals;

TEMPLATE_TEST_CASE("aligned_buffer is aligned and zero", "[memory]", float, double, std::uint32_t) {
  for (const std::size_t n : {1u, 7u, 64u, 1001u}) {
    const aligned_buffer<TestType> buffer(n);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    CHECK(buffer.size() == n);
    CHECK(buffer.span().size() == n);
    for (const TestType x : buffer) REQUIRE(x == TestType(0));
  }
  CHECK(aligned_buffer<TestType>(0).empty());
  CHECK(aligned_buffer<TestType>().size() == 0);
}

TEST_CASE("aligned_buffer copies deeply and moves", "[memory]") {
  aligned_buffer<double> a(5);
  std::iota(a.begin(), a.end(), 1.0);
  aligned_buffer<double> b = a;
  b[0] = 9.0;
  CHECK(a[0] == 1.0);
  CHECK(b[4] == 5.0);
  const double* const place = a.data();
  aligned_buffer<double> c = std::move(a);
  CHECK(c.data() == place);
  CHECK(a.empty());
  CHECK(a.data() == nullptr);
  b = std::move(c);
  CHECK(b.data() == place);
  b = aligned_buffer<double>(2);
  CHECK(b.size() == 2);
  b.fill(3.0);
  CHECK(b[1] == 3.0);
}

TEST_CASE("aligned_buffer refuses what cannot be counted", "[memory]") {
  CHECK_THROWS_AS(aligned_buffer<double>(std::size_t(-1)), std::bad_alloc);
}

TEMPLATE_TEST_CASE("partial registers touch nothing else", "[simd]", float, double, std::uint32_t) {
  constexpr std::size_t width = lanes<TestType>;
  for (std::size_t n = 0; n <= width; ++n) {
    // Exactly n values, so that an address sanitizer sees a read or a write beyond them.
    std::unique_ptr<TestType[]> in(new TestType[n]), out(new TestType[n]);
    for (std::size_t i = 0; i < n; ++i) in[i] = static_cast<TestType>(i + 1);
    const batch<TestType> value = load_partial(in.get(), n);
    for (std::size_t i = 0; i < width; ++i) {
      REQUIRE(value.get(i) == (i < n ? static_cast<TestType>(i + 1) : TestType(0)));
    }
    const batch<TestType> filled = load_partial(in.get(), n, TestType(9));
    for (std::size_t i = 0; i < width; ++i)
      REQUIRE(filled.get(i) == (i < n ? static_cast<TestType>(i + 1) : TestType(9)));
    const batch<TestType> first = first_lanes<TestType>(filled, n);
    for (std::size_t i = 0; i < width; ++i) REQUIRE(first.get(i) == value.get(i));
    store_partial(out.get(), value, n);
    for (std::size_t i = 0; i < n; ++i) REQUIRE(out[i] == in[i]);

    TestType wide[2 * width];
    for (TestType& x : wide) x = TestType(77);
    store_partial(wide, value, n);
    for (std::size_t i = n; i < 2 * width; ++i) REQUIRE(wide[i] == TestType(77));
  }
}

TEMPLATE_TEST_CASE("masks as bits, and the largest lane", "[simd]", float, double) {
  constexpr std::size_t width = lanes<TestType>;
  for (std::size_t set = 0; set < width; ++set) {
    alignas(64) TestType lane[width];
    for (std::size_t l = 0; l < width; ++l) lane[l] = TestType(l == set ? 1 : -2);
    const auto value = batch<TestType>::load_aligned(lane);
    REQUIRE(lane_bits<TestType>(value > batch<TestType>(TestType(0))) == std::uint64_t{1} << set);
    REQUIRE(reduce_max(value) == TestType(1));
  }
}

TEMPLATE_TEST_CASE("loops cover every element once", "[simd]", float, double) {
  using T = TestType;
  for (std::size_t n = 0; n < 70; ++n) {
    std::vector<T> in(n), once(n);
    for (std::size_t i = 0; i < n; ++i) in[i] = static_cast<T>(i);
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      store(once.data() + i,
            V(load_as<V>(once.data() + i) + load_as<V>(in.data() + i) + broadcast<V>(T(1))));
    });
    for (std::size_t i = 0; i < n; ++i) REQUIRE(once[i] == static_cast<T>(i + 1));
    // The lanes beyond n would each add one.
    const T sum = transform_reduce<T>(
        n, [](auto a) { return a + T(1); }, in.data());
    REQUIRE(sum == static_cast<T>(n * (n + 1) / 2));
  }
}

TEMPLATE_TEST_CASE("reductions of a register", "[simd]", float, double) {
  using T = TestType;
  T lane[lanes<T>];
  for (std::size_t i = 0; i < lanes<T>; ++i) lane[i] = static_cast<T>(i % 3) - T(5);
  const T sum = std::accumulate(lane, lane + lanes<T>, T(0));
  CHECK(reduce_add(load(lane)) == sum);
  CHECK(reduce_max(load(lane)) == *std::max_element(lane, lane + lanes<T>));
  CHECK(reduce_add(T(3)) == T(3));
  CHECK(padded<T>(1) == lanes<T>);
  CHECK(padded<T>(lanes<T>) == lanes<T>);
  CHECK(padded<T>(0) == 0);
}
