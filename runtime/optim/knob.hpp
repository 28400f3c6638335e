#pragma once

#include <sstream>
#include <string>
#include <string_view>

#include <variad/runtime/error.hpp>

namespace variad::internals {

/// Throws `variad::error` naming the rule, its knob, what was found and what was expected.
[[noreturn]] inline void refuse_knob(std::string_view rule, std::string_view knob, double found,
                                     const std::string& expected) {
  std::ostringstream text;
  text << "optimizer " << rule << ": found ." << knob << " = " << found << ", expected "
       << expected;
  throw error(text.str());
}

/// A share of what was that an average or a velocity keeps: with 1 it would never forget.
inline void check_decay(std::string_view rule, std::string_view knob, double found) {
  if (!(found >= 0.0 && found < 1.0))
    refuse_knob(rule, knob, found, "a number from 0 up and below 1, as 0.9");
}

}  // namespace variad::internals
