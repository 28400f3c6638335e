#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace variad::internals {

/// Writes rows of cells in columns of even width.
void write_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

}  // namespace variad::internals
