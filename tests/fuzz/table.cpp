#include <cmath>

#include "fuzz_file.hpp"

#include <variad/runtime/data/csv_table.hpp>

// A table has the columns that were asked for, of numbers that are finite where they are there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string& path = variad_fuzz::file_of({data, size});
  for (const std::vector<std::string>& columns : {std::vector<std::string>{}, {"a"}, {"b", "a"}})
    variad_fuzz::reads_or_refuses([&] {
      const auto table = variad::internals::read_csv(path, columns);
      variad_fuzz::require(table.rows > 0 && table.values.size() % table.rows == 0, "no table");
      if (!columns.empty())
        variad_fuzz::require(table.values.size() == table.rows * columns.size(), "other columns");
      for (const double x : table.values)
        variad_fuzz::require(std::isnan(x) || std::isfinite(x), "a value that is infinite");
    });
  return 0;
}
