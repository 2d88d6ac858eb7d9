// Plots as HTML that stays sharp and readable at any width: the drawing is an SVG that is stretched, while
// dots and text keep their size. No script; a dot tells what it is when pointed at. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace show {

// Text for HTML: in elements and in attributes.
std::string html_text(std::string_view text);

// "0", "0.25", "12", "1,200": as many digits as a scale of this step needs.
std::string number_text(double value, double step = 1);

struct PlotPoint {
  double x = 0, y = 0;
  std::string title;  // plain text
};

struct Plot {
  enum class Kind { Dots, Bars };
  Kind kind = Kind::Dots;
  std::string summary = {};                // what it shows, for who cannot see it
  std::string x_label = {}, y_label = {};  // plain text
  double x_max = 1;                        // x begins at 0
  double y_min = 0, y_max = 1;             // widened to round numbers
  std::vector<PlotPoint> points = {};
};
std::string plot_html(const Plot& plot);

// One bar in parts, with a legend; `unit` stands behind each number.
struct BarPart {
  std::string name;
  double value = 0;
};
std::string stacked_bar_html(const std::vector<BarPart>& parts, std::string_view unit);

}  // namespace show
