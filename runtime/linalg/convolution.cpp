#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/linalg/convolution.hpp>
#include <variad/runtime/simd/partial.hpp>

namespace variad::internals {
namespace {

/// Where a run of pixels of a window lies: those before and behind it are outside of the image.
struct pixel_run {
  std::size_t before, inside, behind;
  std::size_t at;  ///< of the first pixel inside, in the image's values
};

/// Calls f(run) for the runs of pixels of each window of an image, row by row, in the order in
/// which windows and their pixels are stored.
template <class F>
void for_each_run(const image_windows& of, share pixels, F&& f) {
  const std::size_t kernel = of.kernel_width;
  const std::size_t first_row = pixels.first / kernel, last_row = (pixels.last - 1) / kernel;
  for (std::size_t r = 0; r < of.down; ++r)
    for (std::size_t c = 0; c < of.across; ++c)
      for (std::size_t i = first_row; i <= last_row; ++i) {
        const std::size_t first = i == first_row ? pixels.first - i * kernel : 0;
        const std::size_t last = i == last_row ? pixels.last - i * kernel : kernel;
        // Counted from the beginning of the padding.
        const std::size_t row = r * of.stride_height + i;
        const std::size_t begin = c * of.stride_width + first, end = begin + last - first;
        if (row < of.pad_height || row >= of.pad_height + of.height) {
          f(pixel_run{end - begin, 0, 0, 0});
          continue;
        }
        const std::size_t from = std::clamp(of.pad_width, begin, end);
        const std::size_t to = std::clamp(of.pad_width + of.width, from, end);
        f(pixel_run{from - begin, to - from, end - to,
                    ((row - of.pad_height) * of.width + from - of.pad_width) * of.channels});
      }
}

// Runs of a few channels are shorter than a register, and their moves than a call.

template <class T>
T* put_zeros(std::size_t n, T* to) {
  if (n > lanes<T>) return std::fill_n(to, n, T(0));
  store_partial(to, batch<T>(T(0)), n);
  return to + n;
}
template <class T>
T* copy(const T* from, std::size_t n, T* to) {
  if (n > lanes<T>) return std::copy_n(from, n, to);
  store_partial(to, load_partial(from, n), n);
  return to + n;
}
template <class T>
void add(const T* from, std::size_t n, T* to) {
  if (n <= lanes<T>)
    store_partial(to, load_partial(to, n) + load_partial(from, n), n);
  else
    for (std::size_t i = 0; i < n; ++i) to[i] += from[i];
}

/// The windows of an image, side by side; returns where they end.
template <class T>
T* gather_windows(const image_windows& of, share pixels, const T* image, T* to) {
  for_each_run(of, pixels, [&](const pixel_run& run) {
    if (run.before > 0) to = put_zeros(run.before * of.channels, to);
    to = copy(image + run.at, run.inside * of.channels, to);
    if (run.behind > 0) to = put_zeros(run.behind * of.channels, to);
  });
  return to;
}
/// Adds each value of the windows to its pixel.
template <class T>
void add_windows(const image_windows& of, const T* from, T* image) {
  for_each_run(of, {0, of.pixels()}, [&](const pixel_run& run) {
    from += run.before * of.channels;
    add(from, run.inside * of.channels, image + run.at);
    from += (run.inside + run.behind) * of.channels;
  });
}

/// Calls f(first, images, windows) for blocks of images.
template <class T, class F>
void for_each_block(const image_windows& of, share pixels, std::size_t images, const T* x,
                    T* scratch, F&& f) {
  const std::size_t most = of.images_at_a_time(images);
  for (std::size_t first = 0; first < images; first += most) {
    const std::size_t count = std::min(most, images - first);
    if (of.are_pixels()) {
      f(first, count, x + first * of.image());
      continue;
    }
    T* to = scratch;
    for (std::size_t i = 0; i < count; ++i)
      to = gather_windows(of, pixels, x + (first + i) * of.image(), to);
    f(first, count, static_cast<const T*>(scratch));
  }
}

}  // namespace

template <class T>
void convolve(const image_windows& of, std::size_t images, std::size_t n, const T* x, const T* w,
              const T* b, T* y, bool adds, T* scratch) {
  const std::size_t k = of.window();
  for_each_block(of, {0, of.pixels()}, images, x, scratch,
                 [&](std::size_t first, std::size_t count, const T* windows) {
                   const std::size_t rows = count * of.windows();
                   T* const to = y + first * of.windows() * n;
                   if (b != nullptr)
                     for (std::size_t r = 0; r < rows; ++r) std::copy_n(b, n, to + r * n);
                   gemm<T>(false, false, rows, n, k, 1, windows, k, w, n,
                           adds || b != nullptr ? 1 : 0, to, n);
                 });
}

template <class T>
void convolve_back(const image_windows& of, std::size_t images, std::size_t n, const T* dy,
                   const T* w, T* dx, T* scratch) {
  const std::size_t k = of.window(), most = of.images_at_a_time(images);
  for (std::size_t first = 0; first < images; first += most) {
    const std::size_t count = std::min(most, images - first), rows = count * of.windows();
    const T* const from = dy + first * of.windows() * n;
    T* const to = dx + first * of.image();
    if (of.are_pixels()) {
      gemm<T>(false, true, rows, k, n, 1, from, n, w, n, 1, to, k);
      continue;
    }
    gemm<T>(false, true, rows, k, n, 1, from, n, w, n, 0, scratch, k);
    for (std::size_t i = 0; i < count; ++i)
      add_windows(of, scratch + i * of.windows() * k, to + i * of.image());
  }
}

template <class T>
void convolution_weights(const image_windows& of, share pixels, std::size_t images, std::size_t n,
                         const T* x, const T* dy, T* dw, bool begins, T* scratch) {
  const std::size_t k = pixels.size() * of.channels;
  if (begins && images == 0) std::fill_n(dw, k * n, T(0));
  for_each_block(of, pixels, images, x, scratch,
                 [&](std::size_t first, std::size_t count, const T* windows) {
                   gemm<T>(true, false, k, n, count * of.windows(), 1, windows, k,
                           dy + first * of.windows() * n, n, begins && first == 0 ? 0 : 1, dw, n);
                 });
}

template void convolve(const image_windows&, std::size_t, std::size_t, const float*, const float*,
                       const float*, float*, bool, float*);
template void convolve(const image_windows&, std::size_t, std::size_t, const double*, const double*,
                       const double*, double*, bool, double*);
template void convolve_back(const image_windows&, std::size_t, std::size_t, const float*,
                            const float*, float*, float*);
template void convolve_back(const image_windows&, std::size_t, std::size_t, const double*,
                            const double*, double*, double*);
template void convolution_weights(const image_windows&, share, std::size_t, std::size_t,
                                  const float*, const float*, float*, bool, float*);
template void convolution_weights(const image_windows&, share, std::size_t, std::size_t,
                                  const double*, const double*, double*, bool, double*);

}  // namespace variad::internals
