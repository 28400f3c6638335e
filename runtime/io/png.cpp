#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

#include <png.h>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>
#include <variad/runtime/io/png.hpp>

namespace variad {
namespace {

/// Rows of 8-bit grey values as a PNG file in memory.
std::vector<std::byte> encode_png(const std::string& path, std::size_t width, std::size_t height,
                                  const std::vector<std::uint8_t>& pixels) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(width);
  header.height = static_cast<png_uint_32>(height);
  header.format = PNG_FORMAT_GRAY;
  const auto stride = static_cast<png_int_32>(width);
  const auto check = [&](int done) {
    if (done == 0) throw error("'" + path + "': cannot encode the image: " + header.message);
  };
  std::vector<std::byte> bytes(PNG_IMAGE_PNG_SIZE_MAX(header));
  png_alloc_size_t size = bytes.size();
  check(png_image_write_to_memory(&header, bytes.data(), &size, 0, pixels.data(), stride, nullptr));
  bytes.resize(size);
  return bytes;
}

/// A file that is being read.
class png_reader {
 public:
  explicit png_reader(const std::string& path) : path_(path) {
    header_.version = PNG_IMAGE_VERSION;
    check(png_image_begin_read_from_file(&header_, path.c_str()));
  }
  png_reader(const png_reader&) = delete;
  ~png_reader() { png_image_free(&header_); }

  std::size_t height() const { return header_.height; }
  std::size_t width() const { return header_.width; }
  bool is_grey() const { return (header_.format & PNG_FORMAT_FLAG_COLOR) == 0; }
  bool has_16_bits() const { return (header_.format & PNG_FORMAT_FLAG_LINEAR) != 0; }

  void read(bool grey, std::uint8_t* to) {
    header_.format = grey ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    constexpr png_color white{255, 255, 255};
    check(png_image_finish_read(&header_, &white, to, 0, nullptr));
  }

 private:
  void check(int done) const {
    if (done == 0)
      throw error("'" + path_ + "': cannot be read as a PNG image: " + header_.message);
  }
  const std::string& path_;
  png_image header_{};
};

std::vector<std::string> png_files(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string(),
                      end = entry.path().extension().string();
    if (name.front() != '.' && (end == ".png" || end == ".PNG") && entry.is_regular_file())
      paths.push_back(entry.path().string());
  }
  if (none) throw error("'" + folder + "': cannot be read as a folder: " + none.message());
  if (paths.empty()) throw error("'" + folder + "': found no file *.png, expected images");
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

xt::xarray<std::uint8_t> read_png_folder(const std::string& folder) {
  const std::vector<std::string> paths = png_files(folder);
  std::size_t height = 0, width = 0;
  bool grey = true;
  const auto size = [](std::size_t w, std::size_t h) {
    return std::to_string(w) + " x " + std::to_string(h) + " pixels";
  };
  for (const std::string& path : paths) {
    const png_reader image(path);
    if (image.has_16_bits()) throw error("'" + path + "': found 16 bits a channel, expected 8");
    if (&path == &paths.front()) height = image.height(), width = image.width();
    if (image.height() != height || image.width() != width)
      throw error("'" + path + "': found " + size(image.width(), image.height()) +
                  ", expected the " + size(width, height) + " of '" + paths.front() + "'");
    grey = grey && image.is_grey();
  }
  const std::size_t channels = grey ? 1 : 3;
  auto images = xt::xarray<std::uint8_t>::from_shape({paths.size(), height, width, channels});
  std::uint8_t* to = images.data();
  for (const std::string& path : paths) {
    png_reader(path).read(grey, to);
    to += height * width * channels;
  }
  return images;
}

template <class T>
void write_png_grid(const std::string& path, const array<T>& images, std::size_t columns,
                    std::size_t zoom, std::size_t padding) {
  const auto fail = [&path](const std::string& what) { throw error("'" + path + "': " + what); };
  if (images.dimension() != 3)
    fail("found images of rank " + std::to_string(images.dimension()) +
         ", expected the shape [n, height, width]");
  if (images.size() == 0) fail("found images without pixels, expected at least one");
  if (columns == 0 || zoom == 0) fail("found columns or scale 0, expected at least 1");
  const std::size_t count = images.shape()[0];
  const std::size_t height = images.shape()[1];
  const std::size_t width = images.shape()[2];

  constexpr std::size_t limit = 32767;
  const std::size_t across = std::min(columns, count);
  const std::size_t down = (count + across - 1) / across;
  const auto extent = [&](std::size_t cells, std::size_t pixels) {
    if (cells > limit || pixels > limit || zoom > limit || padding > limit ||
        cells * (pixels * zoom + padding) + padding > limit)
      fail("found a grid of more than the allowed 32767 dots in a direction");
    return cells * (pixels * zoom + padding) + padding;
  };
  const std::size_t grid_width = extent(across, width);
  const std::size_t grid_height = extent(down, height);

  std::vector<std::uint8_t> dots(grid_width * grid_height, 255);
  const T* value = images.data();
  for (std::size_t image = 0; image < count; ++image) {
    const std::size_t top = padding + image / across * (height * zoom + padding);
    const std::size_t left = padding + image % across * (width * zoom + padding);
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x, ++value) {
        if (std::isnan(*value)) fail("found a NaN in image " + std::to_string(image));
        const auto grey =
            static_cast<std::uint8_t>(std::lround(std::clamp(*value, T(0), T(1)) * T(255)));
        for (std::size_t dot = 0; dot < zoom; ++dot)
          std::fill_n(dots.data() + (top + y * zoom + dot) * grid_width + left + x * zoom, zoom,
                      grey);
      }
  }
  internals::atomic_file file(path);
  file.write(encode_png(path, grid_width, grid_height, dots));
  file.commit();
}

template void write_png_grid(const std::string&, const array<float>&, std::size_t, std::size_t,
                             std::size_t);
template void write_png_grid(const std::string&, const array<double>&, std::size_t, std::size_t,
                             std::size_t);

}  // namespace variad
