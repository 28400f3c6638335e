#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include <variad/runtime/error.hpp>
#include <variad/runtime/training/options.hpp>

namespace variad::internals {
namespace {

/// Throws unless a count is within its limits. A negative number that was converted to an unsigned
/// one is shown as it was written.
template <class Count>
void check_count(const char* name, Count found, std::uint64_t least, std::uint64_t most,
                 const char* meaning) {
  if (found >= least && found <= most) return;
  const auto written = static_cast<std::make_signed_t<Count>>(found);
  throw error(std::string("fit: found .") + name + " = " +
              (written < 0 ? std::to_string(written) : std::to_string(found)) + ", expected " +
              meaning + ", from " + std::to_string(least) + " to " + std::to_string(most));
}

}  // namespace

const fit_options& checked(const fit_options& options, bool validates) {
  constexpr std::uint64_t rows = std::numeric_limits<std::uint32_t>::max();
  constexpr std::uint64_t steps = std::numeric_limits<std::int64_t>::max();
  check_count("epochs", options.epochs, 0, rows, "passes over the data");
  check_count("batch", options.batch, 1, rows, "rows per step");
  check_count("threads", options.threads, 1, 1024, "threads, the calling one among them");
  check_count("checkpoint_every", options.checkpoint_every, 0, steps,
              "epochs between checkpoints, or 0 for one at the end alone");
  check_count("patience", options.patience, 0, steps, "epochs, or 0 to go on");
  check_count("max_steps", options.max_steps, 0, steps, "steps, or 0 for no limit");
  if (options.patience != 0 && !validates)
    throw error("fit: found .patience = " + std::to_string(options.patience) +
                " without validation data, expected data to stop early on");
  if (!(options.clip_norm >= 0.0 && std::isfinite(options.clip_norm)))
    throw error("fit: found .clip_norm = " + std::to_string(options.clip_norm) +
                ", expected a finite norm, or 0 for none");
  if (options.resume && options.checkpoint.empty())
    throw error("fit: found .resume without .checkpoint, expected the file to go on from");
  return options;
}

}  // namespace variad::internals
