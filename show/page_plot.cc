#include "show/page_plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace show {

namespace {

// 1, 2 or 5 times a power of ten, so that about so many steps go into the span.
double round_step(double span, int steps) {
  if (!(span > 0)) return 1;
  const double raw = span / steps, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power * 1.0001) return factor * power;
  return 10 * power;
}

constexpr double kWidth = 1000, kHeight = 400;  // of the drawing, in its own units

std::string shape(const Plot& plot, const PlotPoint& point, double y_min, double y_max) {
  const double y = kHeight * (1 - (point.y - y_min) / (y_max - y_min));
  const std::string title = fmt::format("<title>{}</title>", html_text(point.title));
  if (plot.kind == Plot::Kind::Dots)
    return fmt::format("<path d=\"M{:.1f} {:.1f}h0\">{}</path>", kWidth * point.x / plot.x_max, y, title);
  const double width = kWidth / (plot.x_max + 1);
  return fmt::format("<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\">{}</rect>",
                     width * (point.x + 0.1), y, width * 0.8, kHeight - y, title);
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string number_text(double value, double step) {
  const int digits = step >= 1 ? 0 : std::min(6, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  std::string text = fmt::format("{:.{}f}", value, digits);
  const std::size_t whole = std::min(text.find('.'), text.size());
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = whole; at > first + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string plot_html(const Plot& plot) {
  const double y_step = round_step(plot.y_max - plot.y_min, 4);
  const double y_min = std::floor(plot.y_min / y_step + 1e-9) * y_step;
  const double y_max = std::max(std::ceil(plot.y_max / y_step - 1e-9) * y_step, y_min + y_step);
  const double x_step = std::max(1.0, round_step(plot.x_max, 5));
  std::string grid, labels, shapes;
  for (double y = y_min; y <= y_max + y_step / 2; y += y_step) {
    const double place = 1 - (y - y_min) / (y_max - y_min);
    grid += fmt::format("<path class=\"grid\" d=\"M0 {0:.1f}H{1}\"/>", place * kHeight, kWidth);
    labels +=
        fmt::format("<span class=\"y\" style=\"top:{:.2f}%\">{}</span>", place * 100, number_text(y, y_step));
  }
  // A bar stands in the middle of its place, a dot at it.
  const bool bars = plot.kind == Plot::Kind::Bars;
  for (double x = 0; x <= plot.x_max + 1e-9; x += x_step) {
    const double place = bars ? (x + 0.5) / (plot.x_max + 1) : x / plot.x_max;
    labels += fmt::format("<span class=\"x\" style=\"left:{:.2f}%\">{}</span>", place * 100, number_text(x));
  }
  for (const PlotPoint& point : plot.points) shapes += shape(plot, point, y_min, y_max);
  return fmt::format(
      "<figure class=\"plot\"><figcaption>{}</figcaption><div class=\"area\"><svg class=\"{}\" viewBox=\"0 0 "
      "{} {}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">{}{}</svg>{}</div><p "
      "class=\"axis\">{}</p></figure>\n",
      html_text(plot.y_label), bars ? "bars" : "dots", kWidth, kHeight, html_text(plot.summary), grid, shapes,
      labels, html_text(plot.x_label));
}

std::string stacked_bar_html(const std::vector<BarPart>& parts, std::string_view unit) {
  double all = 0;
  for (const BarPart& part : parts) all += std::max(part.value, 0.0);
  if (!(all > 0)) return {};
  const double step = round_step(all, 500);
  std::string bar, legend;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double share = 100 * std::max(parts[i].value, 0.0) / all;
    const std::string amount = fmt::format("{} {}", number_text(parts[i].value, step), unit);
    bar += fmt::format("<i class=\"c{}\" style=\"width:{:.3f}%\" title=\"{}: {}\"></i>", i, share,
                       html_text(parts[i].name), amount);
    legend += fmt::format("<li><i class=\"c{}\"></i>{} <b>{}</b></li>", i, html_text(parts[i].name), amount);
  }
  return fmt::format("<div class=\"stack\">{}</div><ul class=\"legend\">{}</ul>\n", bar, legend);
}

}  // namespace show
