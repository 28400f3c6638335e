#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace variad::internals {

/// Text that came from a file, for a message: what is not printable ASCII is written as \xNN, and
/// beyond `most` characters it ends in "...".
std::string printable(std::string_view text, std::size_t most = 60);

}  // namespace variad::internals
