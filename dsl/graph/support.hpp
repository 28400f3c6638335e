#pragma once

namespace variad {

/// Where the values of a family lie.
enum class support { real, positive, binary, category };

}  // namespace variad
