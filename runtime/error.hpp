#pragma once

#include <stdexcept>

namespace variad {

/// Bad input found at run time: a file, a shape, a value. The message names the file or the node,
/// what was found and what was expected.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace variad
