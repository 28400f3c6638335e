#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <zlib.h>

#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/data/idx.hpp>
#include <variad/runtime/data/minibatch.hpp>
#include <variad/runtime/data/npy.hpp>
#include <variad/runtime/data/source.hpp>

namespace {

using namespace variad;
using namespace variad::internals;
using namespace variad_tests;

void write_gzip(const std::string& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(file);
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) ==
          static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<unsigned char>(value >> shift));
  return bytes;
}

std::string idx_header(char type, const std::vector<std::uint32_t>& shape) {
  std::string bytes{'\0', '\0', type, static_cast<char>(shape.size())};
  for (const std::uint32_t extent : shape) bytes += big_endian(extent);
  return bytes;
}

/// Three images of 2 x 2 with the bytes 0, 1, ... 8, 100, 200, 255.
std::string small_images() {
  std::string pixels;
  for (const int pixel : {0, 1, 2, 3, 4, 5, 6, 7, 8, 100, 200, 255})
    pixels += static_cast<char>(static_cast<unsigned char>(pixel));
  return idx_header(0x08, {3, 2, 2}) + pixels;
}

template <class T>
std::string npy_file(const std::string& dictionary, const std::vector<T>& values, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  const std::size_t length = dictionary.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    bytes += static_cast<char>(static_cast<unsigned char>(length >> (8 * i)));
  bytes += dictionary;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return bytes;
}

template <class T>
column<T> make_column(std::string name, std::vector<std::size_t> shape, std::size_t rows,
                      std::vector<T> values) {
  return {std::move(name), std::move(shape), rows, std::move(values)};
}

const std::vector<std::size_t> scalar_event{};

}  // namespace

TEMPLATE_TEST_CASE("idx images keep their bytes, plain or compressed", "[data]", float, double) {
  const scratch_folder folder;
  write_file(folder / "images", small_images());
  write_gzip(folder / "images.gz", small_images());
  for (const char* name : {"images", "images.gz"}) {
    const auto images = read_idx<TestType>(folder / name);
    REQUIRE(images.dimension() == 3);
    CHECK(images.shape()[0] == 3);
    CHECK(images.shape()[2] == 2);
    CHECK(images(0, 0, 1) == TestType(1));
    CHECK(images(2, 0, 1) == TestType(100));
    CHECK(images(2, 1, 1) == TestType(255));
  }
}

TEST_CASE("idx labels and wider types keep their values", "[data]") {
  const scratch_folder folder;
  write_file(folder / "labels", idx_header(0x08, {4}) + std::string("\x00\x07\x09\xff", 4));
  const auto labels = read_idx<float>(folder / "labels");
  CHECK((labels == array<float>{0, 7, 9, 255}));

  write_file(folder / "signed", idx_header(0x09, {1, 2}) + std::string("\xff\x05", 2));
  CHECK((read_idx<double>(folder / "signed") == array<double>{{-1, 5}}));
  write_file(folder / "short", idx_header(0x0B, {2}) + std::string("\x01\x02\xff\xfe", 4));
  CHECK((read_idx<double>(folder / "short") == array<double>{258, -2}));
  write_file(folder / "int", idx_header(0x0C, {1}) + big_endian(0xfffffff0u));
  CHECK((read_idx<double>(folder / "int") == array<double>{-16}));
  write_file(folder / "float", idx_header(0x0D, {1}) + big_endian(0x3fc00000u));
  CHECK((read_idx<double>(folder / "float") == array<double>{1.5}));
  write_file(folder / "double", idx_header(0x0E, {1}) + big_endian(0xc0080000u) + big_endian(0));
  CHECK((read_idx<double>(folder / "double") == array<double>{-3.0}));
}

TEST_CASE("a bad idx file is named with what was found and expected", "[data]") {
  const scratch_folder folder;
  const auto read = [&](const std::string& bytes) {
    write_file(folder / "bad.idx", bytes);
    return message_of([&] { (void)read_idx<float>(folder / "bad.idx"); });
  };
  CHECK_THAT(message_of([&] { (void)read_idx<float>(folder / "absent"); }),
             has("absent") && has("cannot open"));
  CHECK_THAT(read(""), has("bad.idx") && has("magic number"));
  CHECK_THAT(read("PK\x03\x04"), has("50 4b 03 04") && has("magic number"));
  CHECK_THAT(read(idx_header(0x0A, {1}) + "x"), has("type 0a") && has("expected 08"));
  CHECK_THAT(read(small_images().substr(0, 10)), has("truncated") && has("6 bytes of extents"));
  CHECK_THAT(read(small_images().substr(0, 20)),
             has("truncated") && has("found 4 bytes") && has("expected 12"));
  CHECK_THAT(read(small_images() + "x"), has("oversized") && has("12"));
  // Nothing of this size is allocated before the file ends.
  CHECK_THAT(read(idx_header(0x08, {0x7fffffff, 0x7fffffff}) + "abc"),
             has("truncated") && has("found 3 bytes"));
  CHECK_THAT(read(idx_header(0x0E, {0x7fffffff, 0x7fffffff, 0x7fffffff})), has("address"));
}

TEST_CASE("a damaged gzip file is named", "[data]") {
  const scratch_folder folder;
  std::string noise = idx_header(0x08, {100, 10, 10});
  for (std::uint32_t i = 0, x = 1; i < 10000; ++i, x = x * 1664525u + 1013904223u)
    noise += static_cast<char>(static_cast<unsigned char>(x >> 24));
  write_gzip(folder / "whole.gz", noise);
  CHECK(read_idx<float>(folder / "whole.gz").size() == 10000);

  const std::string bytes = read_file(folder / "whole.gz");
  for (const std::size_t cut : {bytes.size() / 2, bytes.size() - 4}) {
    write_file(folder / "cut.gz", bytes.substr(0, cut));
    CHECK_THAT(message_of([&] { (void)read_idx<float>(folder / "cut.gz"); }),
               has("cut.gz") && has("truncated"));
  }
  std::string flipped = bytes;
  flipped[bytes.size() - 6] = static_cast<char>(flipped[bytes.size() - 6] ^ 0x55);  // the checksum
  write_file(folder / "flipped.gz", flipped);
  CHECK_THAT(message_of([&] { (void)read_idx<float>(folder / "flipped.gz"); }),
             has("flipped.gz") && has("damaged"));
}

TEST_CASE("of a file is read what is asked for, and its shape first", "[data]") {
  const scratch_folder folder;
  const auto load = [](const source& from, std::vector<std::size_t> event) {
    return internals::load<float>(from, "x", event);
  };
  const auto message = [&](const source& from, std::vector<std::size_t> event) {
    return message_of([&] { (void)load(from, std::move(event)); });
  };
  // A wrong shape is found before room is made for its values.
  write_gzip(folder / "large.gz", idx_header(0x08, {1 << 14, 32, 32}) + std::string(1 << 24, '\0'));
  CHECK_THAT(message(idx(folder / "large.gz"), {3}),
             has("large.gz") && has("rows of shape [32, 32]"));
  const std::uint32_t many = 0xfffffff0u;
  write_gzip(folder / "huge.gz", idx_header(0x0E, {many, 28, 28}) + std::string(1 << 16, '\0'));
  // Nothing compressed holds so much more than itself.
  CHECK_THAT(message(idx(folder / "huge.gz"), {28, 28}), has("huge.gz") && has("truncated"));
  CHECK_THAT(message_of([&] { (void)read_idx<float>(folder / "huge.gz"); }), has("truncated"));
  write_file(folder / "huge", idx_header(0x0E, {many, 28, 28}));
  CHECK_THAT(message(idx(folder / "huge"), {28, 28}), has("found 0 bytes of values"));

  // Rows that are not selected may be damaged.
  std::string noise;
  for (int i = 0; i < 1 << 20; ++i) noise += static_cast<char>((i % 251) ^ (i >> 10 & 127));
  write_gzip(folder / "whole.gz", idx_header(0x08, {1 << 10, 1 << 10}) + noise);
  const std::string whole = read_file(folder / "whole.gz");
  write_file(folder / "cut.gz", whole.substr(0, whole.size() - 10));
  CHECK_THAT(message(idx(folder / "cut.gz"), {1 << 10}), has("cut.gz") && has("truncated"));
  const auto rows = load(idx(folder / "cut.gz").rows(3, 5), {1 << 10});
  REQUIRE(rows.values.size() == 2 << 10);
  for (std::size_t i = 0; i < rows.values.size(); ++i)
    REQUIRE(rows.values[i] == static_cast<unsigned char>(noise[(3 << 10) + i]));

  CHECK_THAT(
      message_of([] { internals::with_memory("'f'", 7, []() -> int { throw std::bad_alloc(); }); }),
      has("'f'") && has("7 values") && has(".first"));
}

TEST_CASE("npy files of each supported type", "[data]") {
  const scratch_folder folder;
  const auto check = [&](const std::string& type, auto sample, int version) {
    using value = decltype(sample);
    const std::vector<value> values{value(0), value(1), value(1), value(0), value(1), value(0)};
    write_file(folder / "a.npy",
               npy_file(std::string("{'descr': '") + type +
                            "', 'fortran_order': False, 'shape': (2, 3), }          \n",
                        values, version));
    CHECK((read_npy<float>(folder / "a.npy") == array<float>{{0, 1, 1}, {0, 1, 0}}));
    CHECK((read_npy<double>(folder / "a.npy") == array<double>{{0, 1, 1}, {0, 1, 0}}));
  };
  check("<f4", 0.0f, 1);
  check("<f8", 0.0, 2);
  check("|u1", std::uint8_t{}, 1);
  check("|i1", std::int8_t{}, 1);
  check("|b1", std::uint8_t{}, 1);
  check("<i2", std::int16_t{}, 1);
  check("<i4", std::int32_t{}, 1);
  check("<i8", std::int64_t{}, 2);

  write_file(folder / "row.npy",
             npy_file<std::uint8_t>("{'shape': (3,), 'fortran_order': False, 'descr': '|u1'}",
                                    {0, 128, 255}));
  CHECK((read_npy<float>(folder / "row.npy") == array<float>{0, 128, 255}));  // not pixels
  write_file(folder / "one.npy",
             npy_file<double>("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", {2.5}));
  CHECK(read_npy<double>(folder / "one.npy").dimension() == 0);
}

TEST_CASE("a bad npy file is named with what was found and expected", "[data]") {
  const scratch_folder folder;
  const auto read = [&](const std::string& bytes) {
    write_file(folder / "bad.npy", bytes);
    return message_of([&] { (void)read_npy<float>(folder / "bad.npy"); });
  };
  const auto with = [&](const std::string& type, const std::string& order,
                        const std::string& shape) {
    return npy_file<float>(
        "{'descr': " + type + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n",
        {1, 2});
  };
  const std::string good = with("'<f4'", "False", "(2,)");
  CHECK(read(good) == "no error");
  CHECK_THAT(message_of([&] { (void)read_npy<float>(folder / "absent"); }),
             has("absent") && has("cannot open"));
  CHECK_THAT(read("PNG"), has("bad.npy") && has("NUMPY"));
  CHECK_THAT(read(npy_file<float>("{}", {}, 3)), has("version 3") && has("expected 1 or 2"));
  CHECK_THAT(read(good.substr(0, 30)), has("truncated"));
  CHECK_THAT(read(good.substr(0, 9)), has("truncated"));
  CHECK_THAT(read(good.substr(0, good.size() - 1)),
             has("truncated") && has("found 7 bytes") && has("expected 8"));
  CHECK_THAT(read(good + "x"), has("oversized") && has("found 9 bytes"));
  CHECK_THAT(read(with("'>f4'", "False", "(2,)")), has("'>f4'") && has("expected '<f4'"));
  CHECK_THAT(read(with("[('a', '<f4')]", "False", "(2,)")), has("structured"));
  CHECK_THAT(read(with("'<f4'", "True", "(2,)")), has("Fortran order") && has("C order"));
  CHECK_THAT(read(with("'<f4'", "Maybe", "(2,)")), has("True or False"));
  CHECK_THAT(read(with("'<f4'", "False", "(2")), has("expected"));
  CHECK_THAT(read(with("'<f4'", "False", "(-2,)")), has("an extent"));
  CHECK_THAT(read(with("'<f4'", "False", "(9999999999, 9999999999)")), has("address"));
  CHECK_THAT(read(npy_file<float>("{'descr': '<f4'}", {})), has("no entry"));
  CHECK_THAT(read(npy_file<float>("{'other': 1}", {})), has("'other'"));
  CHECK(read(with("'<f4'", "False", "(2L,)")) == "no error");  // as Python 2 prints it
  CHECK_THAT(read(npy_file<float>(std::string(70000, ' '), {}, 2)), has("header of 70000 bytes"));
  // Bytes of the file do not reach a terminal.
  CHECK_THAT(read(with("'\x1b[31m'", "False", "(2,)")), has("\\x1b[31m"));
  CHECK_THAT(read(with("'<f4'", "False", "(\x07,)")), has("\\x07"));
  CHECK_THAT(read(npy_file<float>("{'\x1b[31m': 1}", {})), has("\\x1b[31m"));
}

TEST_CASE("a source selects rows and fits events of as many values", "[data]") {
  const scratch_folder folder;
  write_file(folder / "images", small_images());
  const std::vector<std::size_t> event{4};
  const auto all = load<double>(idx(folder / "images"), "x", event);
  CHECK(all.name == "x");
  CHECK(all.rows == 3);
  CHECK(all.event_shape == event);
  CHECK(all.values[9] == 100.0);
  CHECK(load<double>(idx(folder / "images").rounded(), "x", event).values[9] == 0.0);

  const auto two = load<double>(idx(folder / "images").rows(1, 3), "x", event);
  CHECK(two.rows == 2);
  CHECK(two.values == std::vector<double>(all.values.begin() + 4, all.values.end()));
  const auto one = load<double>(idx(folder / "images").rows(1, 3).first(1), "x", event);
  CHECK(one.values == std::vector<double>(all.values.begin() + 4, all.values.begin() + 8));

  const array<int> numbers{{1, 2}, {3, 4}};
  CHECK(load<float>(numbers, "n", std::vector<std::size_t>{2}).values ==
        std::vector<float>{1, 2, 3, 4});
  const array<float> singles{1.5f, 2.5f};
  CHECK(load<double>(singles, "s", scalar_event).values == std::vector<double>{1.5, 2.5});
  CHECK(load<double>(singles + 1.0f, "s", scalar_event).rows == 2);
  const xt::xarray<double, xt::layout_type::column_major> columns{{1, 2}, {3, 4}};
  CHECK(load<double>(columns, "c", std::vector<std::size_t>{2}).values ==
        std::vector<double>{1, 2, 3, 4});
}

TEST_CASE("data that do not fit are refused by name", "[data]") {
  const scratch_folder folder;
  write_file(folder / "images", small_images());
  const std::vector<std::size_t> event{4};
  const auto message = [&](const source& from, const std::vector<std::size_t>& shape) {
    return message_of([&] { (void)load<float>(from, "x", shape); });
  };
  const source images = idx(folder / "images");
  CHECK_THAT(message(images, {784}), has("'x'") && has("images") && has("[2, 2]") && has("[784]"));
  CHECK_THAT(message(images.first(4), event), has("found 3 rows") && has("at least the 4"));
  CHECK_THAT(message(images.rows(2, 5), event), has("found 3 rows") && has("at least the 5"));
  CHECK_THAT(message_of([&] { (void)images.rows(2, 2); }), has("from < to"));
  CHECK_THAT(message_of([&] { (void)images.rows(1, 3).first(3); }), has("<= 2"));
  CHECK_THAT(message(array<double>(3.0), scalar_event), has("single number"));
  CHECK_THAT(message(array<double>::from_shape({0, 4}), event), has("no rows"));
  CHECK_THAT(message(array<double>{1e300, 0}, {}), has("row 0") && has("inf"));
  CHECK_THAT(message(source(array<double>{0.5, 1.5}).binarized(1), {}),
             has("row 1") && has("1.5") && has("[0, 1]"));
  CHECK_THAT(message(source(array<double>{-0.5, 1}).binarized_each_epoch(), {}),
             has("row 0") && has("-0.5"));
}

TEMPLATE_TEST_CASE("a stored integer is that integer, and bytes made binary are pixels", "[data]",
                   float, double) {
  using T = TestType;
  const scratch_folder folder;
  const std::vector<std::uint8_t> bytes{0, 1, 127, 128, 254, 255};
  const std::string text(bytes.begin(), bytes.end());
  write_file(folder / "rank1", idx_header(0x08, {6}) + text);
  write_file(folder / "rank2", idx_header(0x08, {6, 1}) + text);
  write_file(folder / "rank3", idx_header(0x08, {6, 1, 1}) + text);
  write_file(folder / "rank1.npy",
             npy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }\n", bytes));
  write_file(folder / "rank2.npy",
             npy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 1), }\n", bytes));
  const array<int> numbers{0, 1, 127, 128, 254, 255};
  for (const source& from : {idx(folder / "rank1"), idx(folder / "rank2"), idx(folder / "rank3"),
                             npy(folder / "rank1.npy"), npy(folder / "rank2.npy"),
                             source(xt::cast<std::uint8_t>(numbers))}) {
    CHECK(load<T>(from, "x", scalar_event).values == std::vector<T>{0, 1, 127, 128, 254, 255});
    CHECK(load<T>(from.rounded(), "x", scalar_event).values == std::vector<T>{0, 0, 0, 1, 1, 1});
    const auto drawn = load<T>(from.binarized(3), "x", scalar_event).values;
    CHECK(drawn[0] == 0);
    CHECK(drawn[5] == 1);
    CHECK(load<T>(from.binarized_each_epoch(), "x", scalar_event).values[2] == T(127) / T(255));
  }
}

TEMPLATE_TEST_CASE("values outside [0, 1] are not rounded or drawn from", "[data]", float, double) {
  const auto message = [&](const source& from) {
    return message_of([&] { (void)load<TestType>(from, "x", scalar_event); });
  };
  for (const double bad : {1.5, -0.5, 200.0}) {
    const array<double> values{0.5, bad};
    for (const source& from : {source(values).rounded(), source(values).binarized(1),
                               source(values).binarized_each_epoch()})
      CHECK_THAT(message(from), has("'x', row 1") && has("[0, 1]") && has(".pixels()"));
  }
  const array<int> whole{0, 128};  // no bytes, and so no pixels unless that is said
  CHECK_THAT(message(source(whole).rounded()), has("'x', row 1") && has("128"));
}

TEMPLATE_TEST_CASE("pixels become binary by rounding or by one fixed draw", "[data]", float,
                   double) {
  const array<TestType> pixels{TestType(0), TestType(0.49), TestType(0.5), TestType(1)};
  CHECK(load<TestType>(source(pixels).rounded(), "x", scalar_event).values ==
        std::vector<TestType>{0, 0, 1, 1});

  // 20000 pixels of probability 0.3: the count is within 5 standard deviations of its mean, but for
  // one of 1.7 million seeds.
  const std::size_t rows = 2000;
  auto thirds = array<TestType>::from_shape({rows, 10});
  thirds.fill(TestType(0.3));
  const std::vector<std::size_t> event{10};
  const auto drawn = load<TestType>(source(thirds).binarized(7), "x", event);
  CHECK_NOTHROW(check_binary(drawn));
  const auto ones = static_cast<double>(std::count(drawn.values.begin(), drawn.values.end(), 1));
  CHECK(std::abs(ones - 6000.0) < 5.0 * std::sqrt(20000 * 0.3 * 0.7));

  const auto part = load<TestType>(source(thirds).rows(500, 600).binarized(7), "x", event);
  CHECK(std::equal(part.values.begin(), part.values.end(), drawn.values.begin() + 5000));
  CHECK(load<TestType>(source(thirds).binarized(8), "x", event).values != drawn.values);
  CHECK(load<TestType>(source(thirds).binarized(7), "y", event).values != drawn.values);
}

TEMPLATE_TEST_CASE("pixels drawn each epoch depend on seed, epoch and row alone", "[data]", float,
                   double) {
  const std::size_t rows = 500, size = 13;
  auto pixels = array<TestType>::from_shape({rows, size});
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels.data()[i] = TestType(i % size) / TestType(size - 1);
  const std::vector<std::size_t> event{size};
  const dataset<TestType> data({load<TestType>(source(pixels).binarized_each_epoch(), "x", event)});
  REQUIRE(data.rows() == rows);

  std::vector<TestType> first(size), other(size);
  std::vector<double> sums(size);
  std::size_t changed = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    data.copy_row(0, row, 3, 1, first.data());
    data.copy_row(0, row, 3, 1, other.data());
    CHECK(first == other);
    data.copy_row(0, row, 4, 1, other.data());
    changed += first != other;
    for (std::size_t i = 0; i < size; ++i) {
      REQUIRE((first[i] == TestType(0) || first[i] == TestType(1)));
      sums[i] += static_cast<double>(first[i]);
    }
  }
  // A row of 11 uncertain pixels repeats with probability below 0.01; 5 standard deviations for
  // each of 13 means: one false alarm in 130000 seeds.
  CHECK(changed > rows * 9 / 10);
  CHECK(sums.front() == 0.0);
  CHECK(sums.back() == static_cast<double>(rows));
  for (std::size_t i = 0; i < size; ++i) {
    const double p = static_cast<double>(i) / static_cast<double>(size - 1);
    CHECK(std::abs(sums[i] / rows - p) <= 5.0 * std::sqrt(p * (1 - p) / rows));
  }
}

TEST_CASE("what is no regular file is refused, and not waited for", "[data]") {
  const scratch_folder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const source& from : {npy(pipe), idx(pipe)})
    CHECK_THAT(message_of([&] { load<float>(from, "x", {}); }),
               has("pipe") && has("not a regular file"));
  const std::string file = folder / "twice.npy";
  write_file(file,
             npy_file<float>(
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (2,)}", {1, 2}));
  CHECK_THAT(message_of([&] { read_npy<float>(file); }), has("'shape' twice"));
}

TEST_CASE("vectors and spans are sources, with a row each or in a shape", "[data]") {
  const std::vector<int> labels{2, 0, 1};
  CHECK(load<double>(labels, "y", {}).values == std::vector<double>{2, 0, 1});
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const std::size_t event[] = {3};
  const auto c = load<float>(source(std::span(values), {2, 3}).rows(1, 2), "x", event);
  CHECK(c.rows == 1);
  CHECK(c.values == std::vector<float>{4, 5, 6});
  CHECK(load<float>(std::vector<bool>{true, false}, "b", {}).values == std::vector<float>{1, 0});
  const std::vector<std::uint8_t> bytes{0, 255};
  CHECK(load<float>(source(bytes).rounded(), "b", {}).values == std::vector<float>{0, 1});
  CHECK_THAT(message_of([&] {
               source(values, {4, 2});
             }),
             has("found 6 values") && has("do not fill shape [4, 2]"));
  CHECK_THAT(message_of([&] { load<float>(values, "x", event); }),
             has("found rows of shape []") && has("expected shape [3]"));
  CHECK_THAT(message_of([&] { load<float>(values, "x", event); }), has("source(values, {2, 3})"));
  const scratch_folder folder_of_none;
  const std::size_t half = std::size_t{1} << 32;
  for (const std::vector<std::size_t>& shape :
       {std::vector{half, half}, std::vector<std::size_t>{6, 0}, std::vector<std::size_t>{}})
    CHECK_THAT(message_of([&] { source(values, shape); }), has("do not fill"));
  CHECK_NOTHROW(source(std::vector<double>{}, {0, 3}));
  CHECK_THAT(message_of([&] {
               source(std::vector<double>{}, {0, half, half});
             }),
             has("do not fill"));
  // No rows, of more values than can be counted.
  const std::string none = folder_of_none / "none.idx";
  write_file(none, idx_header(0x08, {0, 0xffffff08, 0xffa90009}));
  CHECK_THAT(message_of([&] { read_idx<double>(none); }), has("more bytes than this machine"));
  static_assert(!std::is_constructible_v<source, const char*>);
  static_assert(!std::is_constructible_v<source, std::string>);
  static_assert(!std::is_constructible_v<source, std::vector<std::vector<double>>>);
}

// Mean and deviation by hand: of (1, 2, 3, 6) they are 3 and √3.5, of a constant 7 and 0.
TEST_CASE("columns are standardized, others by the same, and back", "[data]") {
  const std::vector<double> values{1, 7, 2, 7, 3, 7, 6, 7};
  const std::size_t event[] = {2};
  const source train = source(values, {4, 2}).standardized();
  const auto c = load<double>(train, "x", event);
  for (std::size_t r = 0; r < 4; ++r) {
    CHECK(c.values[2 * r] == Approx((values[2 * r] - 3) / std::sqrt(3.5)));
    CHECK(c.values[2 * r + 1] == 0.0);
  }
  CHECK(train.standardization().mean == std::vector<double>{3, 7});
  CHECK(train.standardization().scale == std::vector<double>{std::sqrt(3.5), 1});
  const auto held_out = load<float>(
      source(std::vector<float>{4, 8}, {1, 2}).standardized(train.standardization()), "x", event);
  CHECK(held_out.values[0] == Approx(1 / std::sqrt(3.5)));
  CHECK(held_out.values[1] == 1.0f);

  array<double> back = array<double>::from_shape({2, 4, 2});
  for (std::size_t i = 0; i < back.size(); ++i) back.data()[i] = c.values[i % 8];
  back = train.standardization().undo(back);
  for (std::size_t i = 0; i < back.size(); ++i) CHECK(back.data()[i] == Approx(values[i % 8]));
  CHECK_THAT(message_of([&] {
               (void)train.standardization().undo(array<double>{1, 2, 3});
             }),
             has("found events of 3") && has("expected 2"));

  CHECK_THAT(message_of([&] { (void)source(values).standardization(); }),
             has("call .standardized() first"));
  CHECK_THAT(message_of([&] { (void)source(values).rounded().standardized(); }),
             has("made binary"));
  CHECK_THAT(message_of([&] { load<double>(source(values).standardized().rounded(), "x", {}); }),
             has("expected one of both"));
  CHECK_THAT(message_of([&] {
               load<double>(source(values).standardized(train.standardization()), "x", {});
             }),
             has("standardization of 2") && has("expected 1"));
  CHECK_THAT(message_of([&] {
               (void)source(std::vector<double>{}, {3, 0}).standardized();
             }),
             has("hold no values"));
  // Once more it is of the same values, and pixels come first.
  CHECK(load<double>(train.standardized(), "x", event).values == c.values);
  CHECK(train.first(2).standardized().standardization().mean[0] == 1.5);
  CHECK_THAT(message_of([&] { (void)train.pixels(); }), has("before .standardized()"));
  // What never varies stays, whatever rounding makes of its mean.
  for (const double constant : {7.0, 0.1})
    for (const std::size_t rows : {std::size_t{7}, std::size_t{10}, std::size_t{1000}}) {
      const source same = source(std::vector<double>(rows, constant)).standardized();
      CHECK(same.standardization().scale == std::vector<double>{1});
      CHECK(load<float>(same, "x", {}).values == std::vector<float>(rows, 0.0f));
    }
  // A float alone could not tell such values apart.
  const auto times =
      load<float>(source(std::vector<double>{1.7e9, 1.7e9 + 2}).standardized(), "t", {});
  CHECK(times.values == std::vector<float>{-1, 1});
  CHECK_THAT(message_of([&] {
               (void)source(values).standardized({{0}, {0}});
             }),
             has("scales above zero"));
  CHECK_THAT(message_of([&] {
               (void)standardization{{0, 0}, {1}}.undo(array<double>{1, 2});
             }),
             has("2 means and 1 scales"));
  // Of the rows that are selected.
  CHECK(source(values, {4, 2}).first(2).standardized().standardization().mean[0] == 1.5);
}

TEST_CASE("a dataset holds columns of one number of rows", "[data]") {
  const auto x = make_column<float>("x", {2}, 2, {1, 2, 3, 4});
  const auto y = make_column<float>("y", {}, 3, {1, 2, 3});
  CHECK(dataset<float>().rows() == 0);
  const dataset<float> data({x});
  CHECK(data.size() == 1);
  CHECK(data.find("x") == 0);
  CHECK(data.find("z") == data.size());
  std::vector<float> row(2);
  data.copy_row(0, 1, 0, 0, row.data());
  CHECK(row == std::vector<float>{3, 4});

  CHECK_THAT(message_of([&] {
               dataset<float>({x, y});
             }),
             has("'y' have 3 rows") && has("'x' have 2 rows"));
  CHECK_THAT(message_of([&] { dataset<float>({x, x}); }), has("'x'") && has("twice"));
  CHECK_THAT(message_of([&] {
               dataset<float>({make_column<float>("x", {3}, 2, {1, 2})});
             }),
             has("2 values") && has("2 rows of shape [3]"));
  CHECK_THAT(message_of([&] {
               dataset<float>({make_column<float>("x", {}, 2, {1, NAN})});
             }),
             has("'x', row 1") && has("nan"));
}

TEST_CASE("binary and categorical values are checked with the repair", "[data]") {
  CHECK_NOTHROW(check_binary(make_column<float>("x", {2}, 2, {0, 1, 1, 0})));
  CHECK_THAT(message_of([] {
               check_binary(make_column<float>("x", {2}, 2, {0, 1, 0.5f, 0}));
             }),
             has("'x', row 1") && has("0.5") && has(".rounded()") && has(".binarized(seed)") &&
                 has(".binarized_each_epoch()"));
  CHECK_NOTHROW(check_integers(make_column<double>("k", {}, 3, {0, 2, 1}), 3, "a category"));
  for (const double bad : {3.0, -1.0, 0.5})
    CHECK_THAT(message_of([&] {
                 check_integers(make_column<double>("k", {}, 2, {0, bad}), 3, "a category");
               }),
               has("'k', row 1") && has("a category") && has("integers 0 to 2"));
}

TEST_CASE("NaN is a gap, and so is what a mask says", "[data]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::size_t> two{2};
  const auto c = load<double>(array<double>{{0, 1}, {nan, 3}}, "x", two);
  CHECK(c.known == std::vector<std::uint8_t>{1, 1, 0, 1});
  CHECK(c.values == std::vector<double>{0, 1, 0, 3});
  CHECK(c.is_known(3));
  CHECK_FALSE(c.is_known(2));
  CHECK_THAT(message_of([&] { check_no_gaps(c, "write this"); }),
             has("'x', row 1") && has("a gap") && has("write this"));
  CHECK(load<double>(array<double>{{0, 1}, {2, 3}}, "x", two).known.empty());

  // A mask by row or by value, of the rows as they are stored; what it takes away may be anything.
  const source values(array<double>{{0, 1}, {nan, 1e300}, {4, 5}});
  CHECK(load<float>(values.known_where(std::vector{1, 0, 1}).rows(1, 3), "x", two).known ==
        std::vector<std::uint8_t>{0, 0, 1, 1});
  const auto by_value =
      load<float>(values.known_where(array<double>{{1, 0}, {0, 0}, {1, 1}}), "x", two);
  CHECK(by_value.known == std::vector<std::uint8_t>{1, 0, 0, 0, 1, 1});
  CHECK(by_value.values == std::vector<float>{0, 0, 0, 0, 4, 5});
  CHECK_THAT(message_of([&] {
               (void)load<float>(values.known_where(std::vector{1, 0}), "x", two);
             }),
             has("a mask of 2 values") && has("3 rows") && has("6 values"));
  CHECK_THAT(message_of([&] {
               (void)values.known_where(array<double>{1, nan, 0});
             }),
             has("NaN in number 1"));
  CHECK_THAT(message_of([&] {
               (void)values.known_where(std::vector{1, 0, 1}).known_where(std::vector{1, 1, 0});
             }),
             has("a second mask"));

  // Means and deviations are of what is there; a gap stays one.
  const source gaps(array<double>{{1, nan}, {3, 7}, {nan, 7}});
  const auto standard = gaps.standardized();
  CHECK(standard.standardization().mean == std::vector<double>{2, 7});
  CHECK(standard.standardization().scale == std::vector<double>{1, 1});
  CHECK(load<double>(standard, "x", two).values == std::vector<double>{-1, 0, 1, 0, 0, 0});
}

TEST_CASE("columns of a CSV file are read by name", "[data]") {
  const scratch_folder folder;
  const auto write = [&](const std::string& text) {
    const std::string path = folder / "table.csv";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  };
  const std::string path = write(
      "\xef\xbb\xbfname,\"area, m2\",rooms\r\n\"a \"\"b\"\"\",100.5,3\r\nc,,-1e2\r\n\r\nd,NA,+4");
  const std::vector<std::size_t> two{2}, scalar;
  const auto both = load<double>(csv(path, "rooms", "area, m2"), "x", two);
  CHECK(both.rows == 3);
  CHECK(both.values == std::vector<double>{3, 100.5, -100, 0, 4, 0});
  CHECK(both.known == std::vector<std::uint8_t>{1, 1, 1, 0, 1, 0});
  CHECK(load<float>(csv(path, "rooms").first(2), "x", scalar).values ==
        std::vector<float>{3, -100});
  const auto message = [&](const std::string& text, auto... names) {
    const std::string file = write(text);
    return message_of([&] { (void)load<double>(csv(file, names...), "x", scalar); });
  };
  CHECK_THAT(message("a,b\n1,2\n", "c"), has("table.csv") && has("no column 'c'") && has("a, b"));
  CHECK_THAT(message("a,a\n1,2\n", "a"), has("more than one column 'a'"));
  CHECK_THAT(message("a,b\n1,2\n3\n", "a"), has("line 3") && has("1 fields") && has("2"));
  CHECK_THAT(message("a,b\n\"1\n\",x\n", "b"), has("line 3") && has("'x'") && has("column 'b'"));
  CHECK_THAT(message("a\n1\n2x\n", "a"), has("line 3") && has("'2x'") && has("a number"));
  CHECK_THAT(message("a\n1\n1e999\n", "a"), has("line 3") && has("1e999"));
  CHECK_THAT(message("a\n1\n\n2\n", "a"), has("line 3") && has("empty line") && has("NA"));
  CHECK_THAT(message("a\n\"1\n", "a"), has("line") && has("does not end"));
  CHECK_THAT(message("a\n1\"2\n", "a"), has("line 2") && has("quote"));
  CHECK_THAT(message("", "a"), has("no line of column names"));
  CHECK_THAT(message("a\n", "a"), has("no rows"));
  CHECK_THAT(message_of([&] { (void)load<double>(csv(folder / "none.csv", "a"), "x", scalar); }),
             has("none.csv") && has("cannot be opened"));
}

TEST_CASE("values on the positive numbers are checked", "[data]") {
  CHECK_NOTHROW(check_positive(make_column<double>("s", {2}, 1, {0.5, 3})));
  for (const double bad : {0.0, -2.0})
    CHECK_THAT(message_of([&] {
                 check_positive(make_column<double>("s", {}, 2, {1, bad}));
               }),
               has("'s', row 1") && has(bad < 0 ? "-2" : "value 0,") && has("a positive number"));
  auto drawn = make_column<double>("s", {}, 1, {0.5});
  drawn.binarized_each_epoch = true;
  CHECK_THAT(message_of([&] { check_positive(drawn); }), has("'s'") && has("positive numbers"));
}

TEST_CASE("data outside the data plate are not drawn each epoch", "[data]") {
  const array<double> values{0.25, 0.5};
  const auto read = [&](const source& from) { return load<double>(from, "c", scalar_event); };
  CHECK_NOTHROW(check_read_once(read(source(values).binarized(1))));
  CHECK_THAT(message_of([&] { check_read_once(read(source(values).binarized_each_epoch())); }),
             has("'c'") && has("outside the data plate") && has(".binarized(seed)"));
}

TEST_CASE("minibatches are permutations that need no replay", "[data]") {
  minibatches batches(103, 10, 5);
  CHECK(batches.size() == 11);
  const auto epoch_rows = [&](std::uint64_t epoch) {
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const auto batch = batches(epoch, i);
      rows.insert(rows.end(), batch.begin(), batch.end());
    }
    return rows;
  };
  const auto first = epoch_rows(0);
  const auto second = epoch_rows(1);
  CHECK(std::set<std::uint32_t>(first.begin(), first.end()).size() == 103);
  CHECK(*std::max_element(first.begin(), first.end()) == 102);
  CHECK(first != second);
  CHECK(epoch_rows(0) == first);

  minibatches later(103, 10, 5);
  const auto seventh = later(1, 7);
  CHECK(seventh.size() == 9);  // behind four batches of 10 and three of 9
  CHECK(std::equal(seventh.begin(), seventh.end(), second.begin() + 67));
  minibatches other_seed(103, 10, 6);
  const auto other = other_seed(0, 0);
  CHECK(!std::equal(other.begin(), other.end(), first.begin()));

  minibatches few(7, 10, 5);
  CHECK(few.size() == 1);
  CHECK(few(0, 0).size() == 7);
  CHECK_THROWS_AS(minibatches(0, 10, 5), error);
  CHECK_THROWS_AS(minibatches(10, 0, 5), error);

  auto ordered = minibatches::in_order(25, 10);
  CHECK(ordered.size() == 3);
  CHECK(ordered(0, 1)[0] == 10);
  CHECK(ordered(0, 2).size() == 5);
  CHECK(ordered(0, 2)[4] == 24);
}

TEST_CASE("the batches of an epoch see every row, and differ by at most one", "[data]") {
  for (const std::size_t rows : {1u, 7u, 10u, 11u, 19u, 57u, 101u, 199u, 991u})
    for (const std::size_t batch : {1u, 2u, 3u, 10u, 100u, 1000u}) {
      CAPTURE(rows, batch);
      minibatches batches(rows, batch, 5);
      CHECK(batches.size() == (rows + batch - 1) / batch);
      std::set<std::uint32_t> seen;
      std::size_t least = rows, most = 0, total = 0;
      for (std::size_t i = 0; i < batches.size(); ++i) {
        const auto of_batch = batches(3, i);
        seen.insert(of_batch.begin(), of_batch.end());
        least = std::min(least, of_batch.size());
        most = std::max(most, of_batch.size());
        total += of_batch.size();
      }
      CHECK(seen.size() == rows);
      CHECK(total == rows);
      CHECK(most <= batch);
      CHECK(most - least <= 1);
    }
}

TEST_CASE("every row is equally likely at every place", "[data]") {
  // Chi-square of 36 cells with 25 degrees of freedom (a doubly stochastic table): above 77 with
  // probability 4e-7.
  constexpr std::size_t rows = 6, epochs = 6000;
  std::vector<double> counts(rows * rows);
  minibatches batches(rows, 1, 11);
  for (std::size_t epoch = 0; epoch < epochs; ++epoch)
    for (std::size_t place = 0; place < rows; ++place)
      counts[place * rows + batches(epoch, place)[0]] += 1.0;
  double chi_square = 0.0;
  for (const double count : counts) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  CHECK(chi_square * (rows - 1) / rows < 77.0);
}
