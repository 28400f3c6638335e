#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include "tensor_file.hpp"
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <png.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xtensor/xbuilder.hpp>

#include <variad/runtime/io/atomic_file.hpp>
#include <variad/runtime/io/csv.hpp>
#include <variad/runtime/io/png.hpp>
#include <variad/runtime/io/safetensors.hpp>

namespace {

using namespace variad;
using namespace variad::internals;
using namespace variad_tests;

std::string safetensors_bytes(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + std::string(data, '\1');
}

struct grey_image {
  std::size_t width, height;
  std::vector<std::uint8_t> dots;
  int operator()(std::size_t y, std::size_t x) const { return dots[y * width + x]; }
};

grey_image read_png(const std::string& path) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&header, path.c_str()));
  CHECK(header.format == PNG_FORMAT_GRAY);
  header.format = PNG_FORMAT_GRAY;
  grey_image image{header.width, header.height,
                   std::vector<std::uint8_t>(std::size_t{header.width} * header.height)};
  REQUIRE(png_image_finish_read(&header, nullptr, image.dots.data(), 0, nullptr));
  return image;
}

}  // namespace

TEST_CASE("a file is replaced at commit and not before", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "file";
  write_file(path, "old");
  {
    atomic_file file(path);
    file.write("half of the new");
    CHECK(read_file(path) == "old");
  }
  CHECK(read_file(path) == "old");
  {
    atomic_file file(path);
    file.write("new");
    file.commit();
  }
  CHECK(read_file(path) == "new");
  const std::filesystem::directory_iterator files(std::filesystem::path(path).parent_path());
  CHECK(std::distance(begin(files), end(files)) == 1);

  CHECK_THAT(message_of([&] { atomic_file(folder / "absent/file"); }),
             has("absent/file") && has("cannot create"));
  std::filesystem::create_directory(folder / "folder");
  CHECK_THAT(message_of([&] {
               atomic_file file(folder / "folder");
               file.write("x");
               file.commit();
             }),
             has("folder") && has("no regular file"));
}

TEST_CASE("what a file is stays when it is replaced", "[io]") {
  const scratch_folder folder;
  const auto write = [](const std::string& path, std::string_view text) {
    atomic_file file(path);
    file.write(text);
    file.commit();
  };
  const std::string path = folder / "file", link = folder / "link", far = folder / "far/link";
  write(path, "old");
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  std::filesystem::create_symlink("file", link);
  std::filesystem::create_directory(folder / "far");
  std::filesystem::create_symlink("../link", far);
  write(far, "new");
  CHECK(read_file(path) == "new");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(std::filesystem::is_symlink(far));
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0640));
  std::filesystem::create_symlink("not yet", folder / "dangling");
  write(folder / "dangling", "made");
  CHECK(read_file(folder / "not yet") == "made");
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THAT(message_of([&] { write(folder / "loop", ""); }), has("loop") && has("link"));

  CHECK_THAT(message_of([&] { write("/dev/null", "x"); }), has("/dev/null") && has("regular file"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("temporary files of killed processes are removed, those in use are not", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "file";
  const auto count = [&] {
    const std::filesystem::directory_iterator files(std::filesystem::path(path).parent_path());
    return std::distance(begin(files), end(files));
  };
  const pid_t child = ::fork();
  if (child == 0) {
    const atomic_file file(path);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(count() == 1);
  write_file(folder / "file.tmp", "another's");
  {
    atomic_file first(path);
    CHECK(count() == 2);
    atomic_file second(path);
    CHECK(count() == 3);
    first.write("first");
    first.commit();
  }
  CHECK(read_file(path) == "first");
  CHECK(count() == 2);
  CHECK(read_file(folder / "file.tmp") == "another's");
}

TEST_CASE("tensors and metadata come back from a safetensors file", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "t.safetensors";
  const std::vector<float> a{1.5f, -2.0f, std::numeric_limits<float>::quiet_NaN()};
  const std::vector<double> b{1e300, -0.0, 3, 4};
  const std::vector<std::uint64_t> c{~std::uint64_t{0}};
  const std::vector<std::int64_t> d{-5};
  const std::vector<std::uint32_t> e{};
  const std::vector<tensor_entry> tensors{
      make_tensor("a", {3}, std::span(a)), make_tensor("b", {2, 2}, std::span(b)),
      make_tensor("c \"quoted\" \xC3\xA9", {}, std::span(c)),
      make_tensor("d", {1, 1}, std::span(d)), make_tensor("e", {0, 7}, std::span(e))};
  const std::map<std::string, std::string> metadata{{"key", "value"}, {"empty", ""}};
  write_safetensors(path, tensors, metadata);

  const tensor_file file(path);
  CHECK(file.metadata == metadata);
  REQUIRE(file.tensors.size() == tensors.size());
  for (const tensor_entry& wanted : tensors) {
    const tensor_entry* const found = file.find(wanted.name);
    REQUIRE(found);
    CHECK(found->dtype == wanted.dtype);
    CHECK(found->shape == wanted.shape);
    REQUIRE(found->bytes.size() == wanted.bytes.size());
    CHECK(std::equal(found->bytes.begin(), found->bytes.end(), wanted.bytes.begin()));
  }
  CHECK(file.find("z") == nullptr);

  // What other readers of the format rely on.
  const std::string bytes = read_file(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  CHECK(length % 8 == 0);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  CHECK(header["b"]["dtype"] == "F64");
  CHECK(header["b"]["shape"] == nlohmann::json{2, 2});
  const std::size_t begin = header["b"]["data_offsets"][0];
  CHECK(begin % 8 == 0);
  CHECK(std::memcmp(bytes.data() + 8 + length + begin, b.data(), 32) == 0);
  CHECK(header["__metadata__"]["key"] == "value");

  write_safetensors(path, {}, {});
  CHECK(tensor_file(path).tensors.empty());
}

TEST_CASE("tensors that do not fit together are not written", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "t.safetensors";
  const std::vector<float> a{1, 2, 3};
  const auto tensor = make_tensor("a", {3}, std::span(a));
  const std::vector<tensor_entry> twice{tensor, tensor};
  CHECK_THAT(message_of([&] { write_safetensors(path, twice, {}); }), has("'a' is taken"));
  const std::vector<tensor_entry> wrong{make_tensor("a", {4}, std::span(a))};
  CHECK_THAT(message_of([&] { write_safetensors(path, wrong, {}); }),
             has("12 bytes") && has("needs 16"));
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("a bad safetensors file is named with what was found and expected", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "bad.safetensors";
  const auto read = [&](const std::string& bytes) {
    write_file(path, bytes);
    return message_of([&] { (void)tensor_file(path); });
  };
  const auto tensor = [](const std::string& rest) { return "\"a\":{" + rest + "}"; };
  const std::string four = tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])");
  const std::string good = safetensors_bytes("{" + four + "}", 4);

  CHECK(read(good) == "no error");
  CHECK_THAT(message_of([&] { (void)tensor_file(folder / "absent"); }),
             has("absent") && has("cannot open"));
  CHECK_THAT(message_of([&] { (void)tensor_file(folder / "."); }), has("not a regular file"));
  CHECK_THAT(read("abc"), has("bad.safetensors") && has("truncated") && has("3 bytes"));
  CHECK_THAT(read(good.substr(0, 30)), has("header length") && has("30 bytes"));
  CHECK_THAT(read(good.substr(0, good.size() - 1)), has("'a'") && has("truncated"));
  CHECK_THAT(read(good + "x"), has("oversized") && has("5 bytes") && has("expected 4"));
  CHECK_THAT(read(std::string(8, '\xff') + "xyz"), has("header length"));
  CHECK_THAT(read(safetensors_bytes("{nonsense", 0)), has("malformed header"));
  CHECK_THAT(read(safetensors_bytes("[1, 2]", 0)), has("expected a JSON object"));
  CHECK_THAT(read(safetensors_bytes("{\"a\":{}}", 0)), has("malformed header"));
  const auto one = [&](const std::string& rest, std::size_t data) {
    const std::string entry = tensor(rest);
    return read(safetensors_bytes("{" + entry + "}", data));
  };
  CHECK_THAT(one(R"("dtype":"BF16","shape":[2],"data_offsets":[0,4])", 4),
             has("BF16") && has("expected F32"));
  CHECK_THAT(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])", 4),
             has("4 bytes") && has("needs 8"));
  CHECK_THAT(one(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])", 4), has("[4, 0]"));
  CHECK_THAT(one(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])", 4), has("-1"));
  CHECK_THAT(one(R"("dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,4])", 4),
             has("more bytes"));
  const auto two = [&](const std::string& offsets, std::size_t data) {
    return read(safetensors_bytes(
        "{" + four + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":)" + offsets + "}}", data));
  };
  CHECK(two("[4,8]", 8) == "no error");
  CHECK_THAT(two("[2,6]", 8), has("'b'") && has("overlaps"));
  CHECK_THAT(two("[0,4]", 4), has("overlaps"));
  CHECK_THAT(two("[6,10]", 10), has("'b'") && has("gap"));

  // What a JSON parser takes for something else, or dies of.
  CHECK_THAT(one(R"("dtype":"F32","shape":1,"data_offsets":[0,4])", 4),
             has("shape 1") && has("expected a list"));
  CHECK_THAT(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,8])", 4),
             has("offsets [0,4,8]") && has("a list of two"));
  CHECK_THAT(read(safetensors_bytes("{" + four + "," + four + "}", 4)), has("'a' twice"));
  CHECK_THAT(one(R"("dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4])", 4),
             has("'dtype' twice"));
  CHECK_THAT(read(safetensors_bytes(R"({"__metadata__":{"k":"1","k":"2"}})", 0)), has("'k' twice"));
  CHECK_THAT(read(safetensors_bytes(R"({"__metadata__":{"k":["1"]}})", 0)), has("malformed"));
  for (const std::string open : {"[", "{\"a\":"})
    for (const std::string before : {"", "{\"a\":{\"shape\":"}) {
      std::string deep = before;
      for (int i = 0; i < 65546; ++i) deep += open;
      CHECK_THAT(read(safetensors_bytes(deep, 0)), has("malformed header"));
    }
  CHECK_THAT(read(safetensors_bytes(std::string((std::size_t{16} << 20) + 1, ' '), 0)),
             has("header length of 16777217"));
  // Bytes of the file do not reach a terminal.
  CHECK_THAT(read(safetensors_bytes("{\"\\u001b[31m\":{\"dtype\":\"\\u0000\",\"shape\":[],"
                                    "\"data_offsets\":[0,0]}}",
                                    0)),
             has("'\\x1b[31m'") && has("type \\x00,"));
}

TEST_CASE("a safetensors file that does not fit its checksum is refused", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "t.safetensors";
  const std::vector<float> a{1, 2, 3};
  const std::vector<tensor_entry> tensors{make_tensor("a", {3}, std::span(a))};
  write_safetensors(path, tensors, {{"key", "value"}});
  const std::string good = read_file(path);
  // The CRC-32 as RFC 1952 defines it, of the file with zeros for its digits.
  std::string zeroed = good;
  const std::size_t digits = good.find("crc32 ") + 6;
  zeroed.replace(digits, 8, "00000000");
  std::uint32_t crc = ~0u;
  for (const char c : zeroed) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  CHECK(std::stoul(good.substr(digits, 8), nullptr, 16) == static_cast<std::uint32_t>(~crc));

  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    write_file(path, bad);
    CAPTURE(bit);
    // A flipped key is another entry of the metadata, which a checkpoint does not take.
    bool refused = false;
    try {
      refused = !safetensors_reader(path).has_checksum();
    } catch (const error&) {
      refused = true;
    }
    CHECK(refused);
  }
  // Written anew by a program that kept the metadata.
  std::string other = good;
  other.back() = static_cast<char>(other.back() + 1);
  write_file(path, other);
  CHECK_THAT(message_of([&] { (void)tensor_file(path); }),
             has("t.safetensors") && has("checksum 'crc32 ") && has("is damaged"));
}

TEST_CASE("metrics are written row by row", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "m.csv";
  csv_writer csv(path, {"step", "bound", "note"});
  CHECK(read_file(path) == "step,bound,note\n");
  csv.write({std::uint64_t{100000}, -0.1, "plain"});
  CHECK(read_file(path) == "step,bound,note\n100000,-0.1,plain\n");
  csv.write({std::uint64_t{2}, std::nan(""), "a \"b\", c"});
  CHECK(read_file(path) == "step,bound,note\n100000,-0.1,plain\n2,,\"a \"\"b\"\", c\"\n");
  CHECK_THAT(message_of([&] { csv.write({1.0}); }), has("1 values") && has("expected 3"));
  CHECK_THAT(message_of([&] { csv_writer(folder / "absent/m.csv", {"a"}); }), has("absent/m.csv"));
  CHECK_THAT(message_of([&] { csv_writer(folder / "absent/m.csv", {"a"}); }),
             has("No such file or directory"));
  CHECK_NOTHROW(csv_writer(path, {"a"}));
  CHECK(read_file(path) == "a\n");
}

TEST_CASE("a table that has gone is known, and another is not taken for it", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "m.csv";
  csv_writer csv(path, {"step"});
  CHECK(!csv.has_gone());
  std::filesystem::rename(path, folder / "old.csv");
  CHECK(csv.has_gone());
  write_file(path, "x");
  CHECK(csv.has_gone());
  const auto resume = [&] { csv_writer::resume(path, {"step"}, "step", 5); };
  write_file(path, std::string(70000, 'x'));
  CHECK_THAT(message_of(resume), has("m.csv") && has("line of more than 65536"));
  write_file(path, "\x1b[31m\n");
  CHECK_THAT(message_of(resume), has("header \\x1b[31m"));
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK_THAT(message_of(resume), has("m.csv") && has("regular file"));
}

TEST_CASE("metrics go on where a run is resumed", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "m.csv";
  const std::vector<std::string> columns{"epoch", "step"};
  {
    csv_writer csv(path, columns);
    for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) csv.write({epoch, 10 * epoch});
  }
  write_file(path, read_file(path) + "4,4");  // an interrupted write
  {
    auto csv = csv_writer::resume(path, columns, "step", 20);
    CHECK(read_file(path) == "epoch,step\n1,10\n2,20\n");
    csv.write({std::uint64_t{3}, std::uint64_t{30}});
  }
  CHECK(read_file(path) == "epoch,step\n1,10\n2,20\n3,30\n");

  CHECK_THAT(message_of([&] {
               csv_writer::resume(path, {"epoch", "other"}, "other", 0);
             }),
             has("m.csv") && has("epoch,step") && has("expected epoch,other"));
  write_file(path, "epoch,step\n1,x\n");
  CHECK_THAT(message_of([&] { csv_writer::resume(path, columns, "step", 0); }),
             has("'x'") && has("'step'"));
  write_file(path, "epo");
  CHECK_NOTHROW(csv_writer::resume(path, columns, "step", 0));
  CHECK(read_file(path) == "epoch,step\n");
  CHECK_NOTHROW(csv_writer::resume(folder / "new.csv", columns, "step", 5));
  CHECK(read_file(folder / "new.csv") == "epoch,step\n");
}

TEMPLATE_TEST_CASE("a grid of images reads back", "[io]", float, double) {
  const scratch_folder folder;
  const std::string path = folder / "grid.png";
  auto images = array<TestType>::from_shape({3, 2, 3});
  for (std::size_t i = 0; i < images.size(); ++i) images.data()[i] = TestType(i) / TestType(17);
  images(0, 0, 0) = TestType(-4);
  images(2, 1, 2) = TestType(9);
  write_png_grid(path, images, 2, 2, 1);

  const grey_image grid = read_png(path);
  REQUIRE(grid.width == 1 + 2 * (3 * 2 + 1));
  REQUIRE(grid.height == 1 + 2 * (2 * 2 + 1));
  for (std::size_t image = 0; image < 3; ++image)
    for (std::size_t y = 0; y < 4; ++y)
      for (std::size_t x = 0; x < 6; ++x) {
        const double value = std::clamp(static_cast<double>(images(image, y / 2, x / 2)), 0.0, 1.0);
        CHECK(grid(1 + image / 2 * 5 + y, 1 + image % 2 * 7 + x) == std::lround(255 * value));
      }
  for (std::size_t x = 0; x < grid.width; ++x) {
    CHECK(grid(0, x) == 255);
    CHECK(grid(5, x) == 255);
    CHECK(grid(10, x) == 255);
  }
  CHECK(grid(7, 9) == 255);  // the place left over

  write_png_grid(path, images, 10);
  CHECK(read_png(path).width == 2 + 3 * 8);
}

TEST_CASE("a folder of images is read in the order of names", "[io]") {
  const scratch_folder folder;
  const auto write = [&](const std::string& name, png_uint_32 format, png_uint_32 width,
                         const std::vector<std::uint8_t>& dots) {
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    header.width = width;
    header.height = 2;
    header.format = format;
    REQUIRE(png_image_write_to_file(&header, (folder / name).c_str(), 0, dots.data(), 0, nullptr));
  };
  const auto message = [&] { return message_of([&] { (void)read_png_folder(folder / ""); }); };
  CHECK_THAT(message(), has("found no file *.png"));
  CHECK_THAT(message_of([&] { (void)read_png_folder(folder / "none"); }),
             has("none'") && has("cannot be read as a folder"));
  write("b.png", PNG_FORMAT_GRAY, 3, {10, 20, 30, 40, 50, 60});
  write("a.png", PNG_FORMAT_GRAY, 3, {1, 2, 3, 4, 5, 6});
  const xt::xarray<std::uint8_t> grey = read_png_folder(folder / "");
  REQUIRE(grey.shape() == xt::xarray<std::uint8_t>::shape_type{2, 2, 3, 1});
  CHECK(std::vector<int>(grey.begin(), grey.end()) ==
        std::vector<int>{1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60});

  // A colour makes all of them colours; what is transparent is white.
  std::vector<std::uint8_t> red(18, 0), clear(24, 0);
  red[0] = 200;
  clear[3] = 255;  // the first dot is black
  write("c.png", PNG_FORMAT_RGB, 3, red);
  write("d.png", PNG_FORMAT_RGBA, 3, clear);
  const xt::xarray<std::uint8_t> colours = read_png_folder(folder / "");
  REQUIRE(colours.shape() == xt::xarray<std::uint8_t>::shape_type{4, 2, 3, 3});
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(colours(0, 1, 2, c) == 6);
    CHECK(colours(2, 0, 0, c) == (c == 0 ? 200 : 0));
    CHECK(colours(3, 0, 0, c) == 0);
    CHECK(colours(3, 1, 2, c) == 255);
  }

  // Folders and hidden files are no images.
  std::filesystem::create_directory(folder / "folder.png");
  std::ofstream(folder / ".hidden.png") << "no image";
  CHECK(read_png_folder(folder / "").shape(0) == 4);

  write("e.png", PNG_FORMAT_GRAY, 2, {1, 2, 3, 4});
  CHECK_THAT(message(),
             has("e.png': found 2 x 2 pixels, expected the 3 x 2 pixels of") && has("a.png"));
  std::ofstream(folder / "e.png") << "no image";
  CHECK_THAT(message(), has("e.png': cannot be read as a PNG image"));
  std::filesystem::remove(folder / "e.png");
  png_image deep{};
  deep.version = PNG_IMAGE_VERSION;
  deep.width = deep.height = 1;
  deep.format = PNG_FORMAT_LINEAR_Y;
  const std::uint16_t dot = 7;
  REQUIRE(png_image_write_to_file(&deep, (folder / "f.png").c_str(), 0, &dot, 0, nullptr));
  CHECK_THAT(message(), has("f.png': found 16 bits a channel, expected 8"));
}

TEST_CASE("images that make no grid are refused", "[io]") {
  const scratch_folder folder;
  const std::string path = folder / "grid.png";
  const auto message = [&](const array<float>& images, std::size_t columns, std::size_t scale) {
    return message_of([&] { write_png_grid(path, images, columns, scale); });
  };
  const array<float> one = xt::ones<float>({1, 1, 1});
  CHECK_THAT(message(array<float>{1.0f, 2.0f}, 1, 1), has("grid.png") && has("rank 1"));
  CHECK_THAT(message(array<float>::from_shape({0, 2, 2}), 1, 1), has("without pixels"));
  CHECK_THAT(message(one, 0, 1), has("columns"));
  CHECK_THAT(message(one, 1, 0), has("scale"));
  CHECK_THAT(message(one, 1, 40000), has("32767"));
  CHECK_THAT(message(one * NAN, 1, 1), has("NaN in image 0"));
  CHECK(!std::filesystem::exists(path));
}
