#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

#include <xtensor/xarray.hpp>

#include <variad/runtime/data/array.hpp>

namespace variad {

/// Reads the files *.png of a folder in the order of their names, but hidden ones, as bytes
/// [n, height, width, channels] in sRGB: one channel if all are grey, otherwise red, green and
/// blue. Transparent pixels lie on white, blended as light. As data they are
/// `source(read_png_folder("faces")).pixels()`.
/// Throws `variad::error` naming the file, what was found and what was expected if the folder has
/// none, a file cannot be read, has 16 bits a channel, or is of another size than the first.
xt::xarray<std::uint8_t> read_png_folder(const std::string& folder);

/// Writes images of shape [n, height, width] as one grey PNG, `columns` in a row in reading order,
/// each pixel `zoom` x `zoom` dots, with `padding` white dots around every image; places left
/// over in the last row are white. Values, float or double, are clamped to [0, 1];
/// 0 is black.
/// Throws `variad::error` naming the file if the shape has another rank or no pixels, a value is
/// NaN, `columns` or `zoom` is 0, the grid is above 32767 dots wide or high, or the file cannot be
/// written.
template <class T>
void write_png_grid(const std::string& path, const array<T>& images, std::size_t columns,
                    std::size_t zoom = 2, std::size_t padding = 2);

}  // namespace variad
