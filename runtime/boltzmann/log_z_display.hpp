#pragma once

#include <iosfwd>

#include <variad/runtime/boltzmann/log_z.hpp>

namespace variad {

/// An observer that shows an estimate's progress: on a terminal a line that is rewritten a few
/// times per second, elsewhere a line per stage. `out` must outlive it.
log_z_observer show_log_z_progress(std::ostream& out, bool terminal);

/// The same on standard error, which is asked whether it is a terminal.
log_z_observer show_log_z_progress();

}  // namespace variad
