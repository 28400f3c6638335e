#include <algorithm>
#include <ostream>

#include <variad/dsl/inference/table.hpp>

namespace variad::internals {

void write_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  const auto width = [](const std::string& s) {  // of UTF-8, in characters
    std::size_t n = 0;
    for (const char c : s) n += (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
    return n;
  };
  std::vector<std::size_t> widest;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widest.size()) widest.push_back(0);
      widest[i] = std::max(widest[i], width(row[i]));
    }
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i)
      line +=
          " " + row[i] +
          (i + 1 < row.size() ? std::string(widest[i] - width(row[i]) + 1, ' ') : std::string());
    out << line << '\n';
  }
}

}  // namespace variad::internals
