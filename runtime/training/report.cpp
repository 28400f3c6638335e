#include <cmath>
#include <ostream>

#include <variad/runtime/training/report.hpp>

namespace variad {

std::ostream& operator<<(std::ostream& out, const fit_report& r) {
  out << r.steps << " steps, " << r.epochs.size() << " epochs here";
  if (!r.epochs.empty()) out << ", the last with bound " << r.epochs.back().train_bound;
  if (!std::isnan(r.best_validation_bound))
    out << "; best validation bound " << r.best_validation_bound << " in epoch " << r.best_epoch;
  return out << "; " << r.seconds << " s; ended: " << name_of(r.reason);
}

}  // namespace variad
