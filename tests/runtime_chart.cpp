#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "scratch_folder.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/chart/picture.hpp>
#include <variad/runtime/chart/text.hpp>

namespace {

using namespace variad;
using namespace variad::internals;
using namespace variad_tests;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// What keeps a text from being well-formed XML of elements, attributes and text; "" if nothing.
std::string fault_of(std::string_view xml) {
  const auto fault = [&](std::string_view what, std::size_t at) {
    return std::string(what) + " near '" + std::string(xml.substr(at, 40)) + "'";
  };
  const auto bad_reference = [](std::string_view text) {
    for (std::size_t i = 0; (i = text.find('&', i)) != std::string_view::npos; ++i) {
      bool known = false;
      for (const std::string_view name : {"&amp;", "&lt;", "&gt;", "&quot;"})
        known |= text.substr(i).starts_with(name);
      if (!known) return true;
    }
    return false;
  };
  std::vector<std::string_view> open;
  std::size_t roots = 0;
  for (std::size_t i = 0; i < xml.size();) {
    if (static_cast<unsigned char>(xml[i]) < 0x20 && xml[i] != '\n') return fault("control", i);
    if (xml[i] != '<') {
      const std::size_t end = std::min(xml.find('<', i), xml.size());
      const std::string_view text = xml.substr(i, end - i);
      if (bad_reference(text)) return fault("a bad reference", i);
      if (open.empty() && text.find_first_not_of('\n') != std::string_view::npos)
        return fault("text outside of the root", i);
      i = end;
      continue;
    }
    const std::size_t end = xml.find('>', i);
    if (end == std::string_view::npos) return fault("an open tag", i);
    std::string_view tag = xml.substr(i + 1, end - i - 1);
    if (tag.find('<') != std::string_view::npos) return fault("a tag in a tag", i);
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return fault("an unmatched end", i);
      open.pop_back();
    } else {
      if (open.empty() && ++roots > 1) return fault("a second root", i);
      const bool closed = tag.ends_with('/');
      if (closed) tag.remove_suffix(1);
      const std::size_t name = std::min(tag.find(' '), tag.size());
      if (!closed) open.push_back(tag.substr(0, name));
      std::string_view rest = tag.substr(name);
      std::vector<std::string_view> seen;
      while (!rest.empty()) {  // each attribute: a space, a name, ="...".
        const std::size_t quote = rest.find("=\"");
        if (rest[0] != ' ' || quote == std::string_view::npos) return fault("an attribute", i);
        const std::string_view attribute = rest.substr(1, quote - 1);
        for (const std::string_view s : seen)
          if (s == attribute) return fault("a repeated attribute", i);
        seen.push_back(attribute);
        const std::size_t close = rest.find('"', quote + 2);
        if (close == std::string_view::npos) return fault("an open attribute", i);
        if (bad_reference(rest.substr(quote + 2, close - quote - 2)))
          return fault("a bad reference", i);
        rest.remove_prefix(close + 1);
      }
    }
    i = end + 1;
  }
  if (!open.empty()) return "an element that is not closed: " + std::string(open.back());
  return roots == 1 ? "" : "no root";
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t i = 0; (i = text.find(part, i)) != std::string_view::npos; i += part.size()) ++n;
  return n;
}

std::string picture_of(const std::vector<std::vector<chart_panel>>& rows) {
  const scratch_folder folder;
  write_picture(folder / "picture.svg", rows);
  std::string svg = read_file(folder / "picture.svg");
  CHECK(fault_of(svg) == "");
  CHECK(count(svg, "nan\"") + count(svg, "inf\"") == 0);  // no coordinate is
  return svg;
}

std::string labels(const chart::ruler& r) {
  std::string text;
  for (const chart::tick& t : r.ticks) text += (text.empty() ? "" : " ") + t.label;
  return text;
}

std::string labels(bool logarithmic, double low, double high, std::size_t most) {
  return labels(chart::make_ruler({"", logarithmic}, low, high, most));
}

TEST_CASE("the check of XML finds what is wrong", "[chart]") {
  CHECK(fault_of("<a b=\"1\"><c/>x &amp; y</a>\n") == "");
  for (const std::string_view bad : {"<a>", "<a></b>", "<a>x & y</a>", "<a b=\"<\"/>", "<a/><b/>",
                                     "<a b=1/>", "x", "<a b=\"1\" b=\"2\"/>", "<a>\x01</a>", ""})
    CHECK(fault_of(bad) != "");
}

TEST_CASE("ticks are round numbers", "[chart]") {
  CHECK(labels(false, 0, 1, 6) == "0 0.2 0.4 0.6 0.8 1");
  CHECK(labels(false, 0, 1, 5) == "0 0.5 1");
  CHECK(labels(false, -3, 7, 11) == "-3 -2 -1 0 1 2 3 4 5 6 7");
  CHECK(labels(false, 0.31, 0.33, 6) == "0.31 0.315 0.32 0.325 0.33");
  CHECK(labels(false, 5, 5, 6) == "2 4 6 8");
  CHECK(labels(false, 0, 0, 6) == "-1 -0.5 0 0.5 1");
  CHECK(labels(false, -0.1, 0.1, 2) == "-0.1 0 0.1");  // 3 at least
  CHECK(labels(false, 0, 3e7, 6) == "0 1e+07 2e+07 3e+07");
  CHECK(labels(true, 0.01, 3, 10) == "0.01 0.02 0.05 0.1 0.2 0.5 1 2 5");
  CHECK(labels(true, 0.01, 3, 8) == "0.01 0.1 1");
  CHECK(labels(true, 3.1, 3.3, 8) == "2 5");
  CHECK(labels(true, 7, 7, 8) == "5 10");
  CHECK(labels(true, 5, 5, 8) == "2 5 10");
  CHECK(labels(true, 1e-6, 1, 8) == "10⁻⁶ 10⁻⁵ 10⁻⁴ 10⁻³ 10⁻² 10⁻¹ 10⁰");
  CHECK(labels(true, 1e-9, 1e9, 8) == "10⁻⁹ 10⁻⁶ 10⁻³ 10⁰ 10³ 10⁶ 10⁹");
  CHECK(labels(true, 1.5e6, 4e6, 8) == "10⁶ 2·10⁶ 5·10⁶");
}

TEST_CASE("a ruler spans its values, and its ticks lie on it", "[chart]") {
  for (const bool logarithmic : {false, true})
    for (double low = 1e-7; low < 1e8; low *= 3.7)
      for (const double ratio : {1.0, 1.0001, 1.3, 7.0, 1e3, 1e9}) {
        const chart::ruler r = chart::make_ruler({"", logarithmic}, low, low * ratio, 8);
        INFO(low << " " << ratio << " " << labels(r));
        CHECK(r.low <= low * (1 + 1e-8));
        CHECK(r.high >= low * ratio * (1 - 1e-8));
        CHECK(r.ticks.size() >= 2);
        CHECK(r.ticks.size() <= 8);
        for (const chart::tick& t : r.ticks) {
          CHECK(r.place(t.value) > -1e-9);
          CHECK(r.place(t.value) < 1 + 1e-9);
        }
        for (std::size_t i = 1; i < r.ticks.size(); ++i) {
          CHECK(r.ticks[i].value > r.ticks[i - 1].value);
          CHECK(r.ticks[i].label != r.ticks[i - 1].label);
        }
      }
  CHECK(chart::make_ruler({"", true}, 0.01, 100, 8).place(1) == Approx(0.5));
  CHECK(chart::make_ruler({"", false}, 0, 10, 8).place(2.5) == Approx(0.25));
  CHECK(labels(chart::make_ruler({"", true}, {0, -1, nan, infinity}, 8)) == "1 2 5 10");
  CHECK(labels(chart::make_ruler({"", true}, {0, 3, nan, 40}, 8)) == "2 5 10 20 50");
}

TEST_CASE("numbers and lines of text", "[chart]") {
  using chart::number_text;
  CHECK(number_text(0.448712) == "0.4487");
  CHECK(number_text(1.687e4) == "16870");
  CHECK(number_text(68) == "68");
  CHECK(number_text(-0.1) == "-0.1");
  CHECK(number_text(-0.0) == "0");
  CHECK(number_text(7.0894e-15) == "7.089e-15");
  CHECK(number_text(nan) == "nan");
  CHECK(number_text(infinity) == "inf");
  CHECK(chart::lines_of("", 10, 100).empty());
  CHECK(chart::lines_of("aa bb  cc", 10, 45) == std::vector<std::string>{"aa bb", "cc"});
  CHECK(chart::lines_of("a_word_too_long b", 10, 20) ==
        std::vector<std::string>{"a_word_too_long", "b"});
}

TEST_CASE("text is escaped", "[chart]") {
  const std::string svg = picture_of({{line_chart{.title = "a < b & c > \"d\"\x01",
                                                  .x = {"ε²"},
                                                  .y = {"</text>"},
                                                  .curves = {{"<&>", {{0, 0}, {1, 1}}}}}}});
  CHECK(svg.find("a &lt; b &amp; c &gt; &quot;d&quot; ") != std::string::npos);
  CHECK(svg.find(">ε²<") != std::string::npos);
  CHECK(svg.find("&lt;/text&gt;") != std::string::npos);
  CHECK(svg.find("&lt;&amp;&gt;") != std::string::npos);
}

TEST_CASE("a line chart has a mark for each point and an error bar where one is asked for",
          "[chart]") {
  const line_chart chart{.curves = {{"one", {{1, 1, 0.5}, {2, 4}, {3, 9}}}, {"two", {{1, 2}}}}};
  const std::string svg = picture_of({{chart}});
  CHECK(count(svg, "<circle") == 3 + 1);         // and the legend's
  CHECK(count(svg, "stroke=\"#0072b2\"") == 5);  // legend, curve, bar and its two ends
  CHECK(svg.find("Left out") == std::string::npos);
  CHECK(count(picture_of({{chart, chart}, {chart}}), "<circle") == 3 * 4);
  // Without a cap where the frame cuts it off.
  const auto pieces = [](double error) {
    return count(picture_of({{line_chart{.y = {"", true}, .curves = {{"", {{1, 1, error}}}}}}}),
                 "stroke=\"#0072b2\"");
  };
  CHECK(pieces(0) == 0);
  CHECK(pieces(nan) == 0);
  CHECK(pieces(0.5) == 3);
  CHECK(pieces(2) == 2);
  CHECK(pieces(infinity) == 1);
}

TEST_CASE("a note says what a line chart leaves out", "[chart]") {
  const line_chart chart{
      .x = {"knob", true},
      .y = {"bias", true},
      .curves = {{"some", {{1, 0}, {2, 3, 9}, {3, -1}, {0, 1}}}, {"none", {}}, {"all", {{1, 1}}}}};
  const std::string svg = picture_of({{chart}});
  CHECK(count(svg, "<circle") == 1 + 1);
  CHECK(svg.find("Left out: some, 3 of 4 points; none, no points.") != std::string::npos);
  CHECK(svg.find("finite values above 0") != std::string::npos);

  const std::string linear =
      picture_of({{line_chart{.curves = {{"a", {{nan, 1}, {infinity, 1}, {1, 1}, {2, -3}}}}}}});
  CHECK(linear.find("Left out: a, 2 of 4 points.") != std::string::npos);
  CHECK(linear.find("above 0") == std::string::npos);

  const std::string nothing =
      picture_of({{line_chart{.y = {"y", true}, .curves = {{"a", {{1, 0}}}}}, line_chart{}}});
  CHECK(nothing.find("Left out: a, 1 of 1 points.") != std::string::npos);
}

TEST_CASE("bars have their lengths and their values", "[chart]") {
  const bar_chart chart{.axis = {"variance", true},
                        .groups = {{"a", {1}, "least"}, {"b", {0}}, {"c", {-3}}, {"d", {nan}}}};
  const std::string svg = picture_of({{chart}});
  CHECK(count(svg, "height=\"13\"") == 1);
  for (const std::string_view text : {">1 least<", ">0<", ">-3<", ">nan<"})
    CHECK(count(svg, text) == 1);

  const std::string groups = picture_of({{bar_chart{
      .series = {"first", "second"}, .groups = {{"C = 2", {1, 2}}, {"C = 3", {-1.5, 0}}}}}});
  CHECK(count(groups, "height=\"13\"") == 4);
  CHECK(count(groups, "second") == 1);
  CHECK_NOTHROW(picture_of({{bar_chart{}}}));
  // Labels that take all the room leave some for bars.
  const std::string narrow = picture_of({{bar_chart{.groups = {{std::string(200, 'w'), {1}}}}}});
  CHECK(narrow.find("=\"-") == std::string::npos);
}

TEST_CASE("what makes no picture is refused with the name of the file", "[chart]") {
  const scratch_folder folder;
  const std::string path = folder / "p.svg";
  const auto message = [&](const std::vector<std::vector<chart_panel>>& rows) {
    return message_of([&] { write_picture(path, rows); });
  };
  CHECK_THAT(message({}), has("p.svg") && has("no charts"));
  CHECK_THAT(message({{}, {}}), has("no charts"));
  CHECK_THAT(message({{bar_chart{.series = {"a", "b"}, .groups = {{"C = 2", {1}}}}}}),
             has("p.svg") && has("1 values in the group 'C = 2'") && has("expected 2"));
  CHECK(!std::filesystem::exists(path));
  CHECK_THAT(message_of([&] { write_picture(folder / "absent/p.svg", {{line_chart{}}}); }),
             has("absent/p.svg"));
}

}  // namespace
