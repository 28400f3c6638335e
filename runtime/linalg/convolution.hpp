#pragma once

#include <algorithm>
#include <cstddef>

#include <variad/runtime/threads/share.hpp>

/// Convolutions as products of matrices: the windows of an image, one a row, times the weights.
namespace variad::internals {

/// The windows of an image [height, width, channels]: kernel_height × kernel_width pixels every
/// stride_* pixels, the first one pad_* pixels outside, where there are zeros.
struct image_windows {
  std::size_t height = 1, width = 1, channels = 1;
  std::size_t kernel_height = 1, kernel_width = 1;
  std::size_t stride_height = 1, stride_width = 1;
  std::size_t pad_height = 0, pad_width = 0;
  std::size_t down = 1, across = 1;  ///< windows

  constexpr std::size_t image() const { return height * width * channels; }
  constexpr std::size_t windows() const { return down * across; }
  constexpr std::size_t pixels() const { return kernel_height * kernel_width; }
  constexpr std::size_t window() const { return pixels() * channels; }
  /// Whether each window is a pixel of the image, in order.
  constexpr bool are_pixels() const {
    return pixels() == 1 && windows() == height * width && pad_height == 0 && pad_width == 0;
  }
  /// Images whose windows are worked on together: few enough to stay in the cache of a core.
  constexpr std::size_t images_at_a_time(std::size_t images) const {
    constexpr std::size_t most = std::size_t{1} << 16;
    return std::clamp<std::size_t>(most / (windows() * window()), 1,
                                   std::max<std::size_t>(images, 1));
  }
  /// Values of scratch of the functions below.
  constexpr std::size_t scratch(std::size_t images) const {
    return are_pixels() ? 0 : images_at_a_time(images) * windows() * window();
  }
};

/// y = b + (windows of x)·w, where x is [images, height, width, channels], w [window, n], b [n] or
/// null, y [images, down, across, n]. Where it `adds`, and b is null, y += (windows of x)·w.
template <class T>
void convolve(const image_windows& of, std::size_t images, std::size_t n, const T* x, const T* w,
              const T* b, T* y, bool adds, T* scratch);

/// dx += dy·wᵀ, each pixel from the windows that it is in: the adjoint of `convolve` by x.
template <class T>
void convolve_back(const image_windows& of, std::size_t images, std::size_t n, const T* dy,
                   const T* w, T* dx, T* scratch);

/// dw += (windows of x)ᵀ·dy of some pixels of the windows, dw [pixels, channels, n]: the adjoint of
/// `convolve` by w. Where it `begins` it is written.
template <class T>
void convolution_weights(const image_windows& of, share pixels, std::size_t images, std::size_t n,
                         const T* x, const T* dy, T* dw, bool begins, T* scratch);

}  // namespace variad::internals
