#pragma once

#include <string>

namespace variad::internals {

/// The path, of a file to be read. Throws `variad::error` naming it if a folder, a pipe or a device
/// is there: to open a pipe would wait for its other end.
std::string regular_file(std::string path);

}  // namespace variad::internals
