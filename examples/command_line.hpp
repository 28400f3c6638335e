#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What the value of an option must be.
struct value_rule {
  enum class kind { any, positive, one_of } what = kind::any;
  std::vector<std::string> values{};
};

/// Options of a program by CLI11, which is compiled once for all programs: parsing it and its
/// templates takes longer than a model does.
///
///     command_line options("Trains a model.");
///     options.add("--batch", batch, "Images per step", command_line::positive);
///     if (!options.parse(argc, argv)) return options.exit_code();
class command_line {
 public:
  static inline const value_rule any{}, positive{value_rule::kind::positive};
  static value_rule one_of(std::vector<std::string> values) {
    return {value_rule::kind::one_of, std::move(values)};
  }

  explicit command_line(const std::string& description);
  command_line(const command_line&) = delete;
  ~command_line();

  /// An option of this name; what the value holds now stands as the default in the help.
  void add(const char* name, std::string& value, const char* text = "", const value_rule& = any);
  void add(const char* name, double& value, const char* text = "", const value_rule& = any);
  void add(const char* name, unsigned& value, const char* text = "", const value_rule& = any);
  void add(const char* name, std::uint64_t& value, const char* text = "", const value_rule& = any);
  /// A flag without a value; `!--name` sets false.
  void flag(const char* name, bool& value, const char* text);

  /// False, and a text on the console, after a mistake and where help is asked for.
  [[nodiscard]] bool parse(int argc, const char* const* argv);
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  struct parser;
  std::unique_ptr<parser> parser_;
  int exit_code_ = 0;
};
