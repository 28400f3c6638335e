#include <chrono>
#include <iostream>

#include <unistd.h>

#include <variad/runtime/boltzmann/log_z_display.hpp>

namespace variad {

log_z_observer show_log_z_progress(std::ostream& out, bool terminal) {
  using clock = std::chrono::steady_clock;
  return [&out, terminal, shown = clock::time_point()](const log_z_progress& p) mutable {
    const bool done = p.done >= p.total;
    const clock::time_point now = clock::now();
    if (!done && (!terminal || now - shown < std::chrono::milliseconds(200))) return;
    shown = now;
    out << (terminal ? "\r\x1b[K" : "") << "log Z: " << p.stage << ' ' << p.done << '/' << p.total;
    if (done) out << '\n';
    out << std::flush;
  };
}

log_z_observer show_log_z_progress() {
  return show_log_z_progress(std::cerr, ::isatty(STDERR_FILENO) == 1);
}

}  // namespace variad
