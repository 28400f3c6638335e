#include <utility>
#include <vector>

#include <variad/runtime/error.hpp>
#include <variad/runtime/training/metrics.hpp>

namespace variad::internals {

epoch_metrics::epoch_metrics(std::string path, std::optional<std::uint64_t> last)
    : path_(std::move(path)) {
  open(last);
}

void epoch_metrics::open(std::optional<std::uint64_t> last) {
  const std::vector<std::string> columns{"epoch", "step", "train_bound", "validation_bound",
                                         "seconds"};
  if (last)
    file_.emplace(csv_writer::resume(path_, columns, "step", *last));
  else
    file_.emplace(path_, columns);
}

std::string epoch_metrics::write(const epoch_report& r) {
  if (!file_) return "";
  std::string words;
  if (file_->has_gone()) {
    try {
      open(r.step);
      words = "'" + path_ + "' has been removed or replaced; it goes on with the row of step " +
              std::to_string(r.step);
    } catch (const error& e) {  // of no weight beside the checkpoint that comes next
      file_.reset();
      return std::string(e.what()) + "; the run goes on without metrics";
    }
  }
  file_->write({r.epoch, r.step, r.train_bound, r.validation_bound, r.seconds});
  return words;
}

}  // namespace variad::internals
