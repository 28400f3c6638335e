#include "command_line.hpp"

#include <CLI/CLI.hpp>

struct command_line::parser {
  CLI::App app;
  explicit parser(const std::string& description) : app(description) {}

  template <class V>
  void add(const char* name, V& value, const char* text, const value_rule& rule) {
    CLI::Option* const option = app.add_option(name, value, text);
    switch (rule.what) {
      case value_rule::kind::any:
        break;
      case value_rule::kind::positive:
        option->check(CLI::Validator(
            [](const std::string& text_of_value) {
              double number = 0;
              const bool good = CLI::detail::lexical_cast(text_of_value, number) && number > 0;
              return good ? "" : "found " + text_of_value + ", expected a number above 0";
            },
            "POSITIVE"));
        break;
      case value_rule::kind::one_of:
        option->check(CLI::IsMember(rule.values));
        break;
    }
  }
};

command_line::command_line(const std::string& description)
    : parser_(std::make_unique<parser>(description)) {
  parser_->app.option_defaults()->always_capture_default();
}
command_line::~command_line() = default;

void command_line::add(const char* name, std::string& value, const char* text,
                       const value_rule& rule) {
  parser_->add(name, value, text, rule);
}
void command_line::add(const char* name, double& value, const char* text, const value_rule& rule) {
  parser_->add(name, value, text, rule);
}
void command_line::add(const char* name, unsigned& value, const char* text,
                       const value_rule& rule) {
  parser_->add(name, value, text, rule);
}
void command_line::add(const char* name, std::uint64_t& value, const char* text,
                       const value_rule& rule) {
  parser_->add(name, value, text, rule);
}
void command_line::flag(const char* name, bool& value, const char* text) {
  parser_->app.add_flag(name, value, text);
}

bool command_line::parse(int argc, const char* const* argv) {
  try {
    parser_->app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& e) {
    exit_code_ = parser_->app.exit(e);
    return false;
  }
}
