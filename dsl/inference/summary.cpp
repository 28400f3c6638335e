#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

#include <variad/dsl/inference/summary.hpp>
#include <variad/dsl/inference/table.hpp>
#include <variad/runtime/error.hpp>

namespace variad {
namespace {

using table_rows = std::vector<std::vector<std::string>>;

/// Rows of a latent that are printed: so many of its first, and of its last.
constexpr std::size_t printed_rows = 20;

std::string print_number(double x) {
  std::ostringstream text;
  text << std::setprecision(4) << x;
  return text.str();
}

/// The place of number i in an array of this shape: "[2, 0]", "" of a single number.
template <class Shape>
std::string print_index(std::size_t i, const Shape& shape) {
  std::string text;
  for (std::size_t d = shape.size(); d-- > 0; i /= shape[d])
    text = std::to_string(i % shape[d]) + (text.empty() ? "" : ", ") + text;
  return text.empty() ? "" : "[" + text + "]";
}

table_rows heading() { return {{"", "mean", "sd", "5 %", "50 %", "95 %"}}; }

void add_rows(table_rows& to, const latent_summary& s) {
  const std::size_t n = s.mean.size();
  for (std::size_t i = 0; i < n; ++i) {
    if (n > 2 * printed_rows && i == printed_rows) {
      to.push_back({"... " + std::to_string(n - 2 * printed_rows) + " more of " + s.name});
      i = n - printed_rows;
    }
    to.push_back({s.name + print_index(i, s.mean.shape()), print_number(s.mean.data()[i]),
                  print_number(s.sd.data()[i]), print_number(s.q5.data()[i]),
                  print_number(s.median.data()[i]), print_number(s.q95.data()[i])});
  }
}

}  // namespace

const latent_summary& posterior_summary::operator[](std::string_view name) const {
  const auto found = std::find_if(latents.begin(), latents.end(),
                                  [&](const latent_summary& s) { return s.name == name; });
  if (found != latents.end()) return *found;
  std::string text = "summary: found the name '" + std::string(name) + "', expected one of";
  for (const latent_summary& s : latents) text += " '" + s.name + "'";
  throw error(text);
}

std::ostream& operator<<(std::ostream& out, const latent_summary& s) {
  table_rows rows = heading();
  add_rows(rows, s);
  internals::write_table(out, rows);
  return out;
}
std::ostream& operator<<(std::ostream& out, const posterior_summary& all) {
  table_rows rows = heading();
  for (const latent_summary& s : all.latents) add_rows(rows, s);
  internals::write_table(out, rows);
  return out;
}

}  // namespace variad
