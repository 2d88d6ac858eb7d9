// Arbitrary octets as a request over HTTP, by way of the parser that the server uses: never a crash; nothing
// that needs the token is had without it, nor under somebody else's name, and a refusal is a sentence.
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>

#include "app/web_access.h"
#include "net/result.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = boost::beast::http;
  static const app::WebDoor door{{net::Ipv4Address::of(127, 0, 0, 1), 8080}, "0123456789abcdef"};
  http::request_parser<http::string_body> parser;
  parser.header_limit(8 * 1024);
  parser.body_limit(64 * 1024);
  boost::system::error_code error;
  std::size_t at = 0;
  while (at < size && !parser.is_header_done() && !error) {
    const std::size_t taken = parser.put(boost::asio::const_buffer(data + at, size - at), error);
    if (taken == 0) break;
    at += taken;
  }
  if (error || !parser.is_header_done()) return 0;
  const auto& request = parser.get();
  const auto field = [&](std::string_view name) {
    const auto value = request[boost::beast::string_view(name.data(), name.size())];
    return std::string_view(value.data(), value.size());
  };
  const auto text = [](boost::beast::string_view value) {
    return std::string_view(value.data(), value.size());
  };
  const app::WebRequest asked{.method = text(request.method_string()),
                              .target = text(request.target()),
                              .host = field("Host"),
                              .origin = field("Origin"),
                              .fetch_site = field("Sec-Fetch-Site"),
                              .cookie = field("Cookie"),
                              .authorization = field("Authorization"),
                              .content_type = field("Content-Type"),
                              .hosts = request.count(http::field::host)};
  const bool has_token = asked.cookie.find(door.token) != std::string_view::npos ||
                         asked.authorization.find(door.token) != std::string_view::npos ||
                         asked.target.find(door.token) != std::string_view::npos;
  const auto verdict = app::judge(door, asked);
  const auto* refusal = std::get_if<app::web::Refusal>(&verdict);
  if (refusal != nullptr) {
    fuzz::require(!refusal->sentence.empty(), "refused without a sentence");
    fuzz::require(refusal->status >= 400 && refusal->status < 500, "refused with a strange status");
    return 0;
  }
  fuzz::require(asked.hosts == 1 && !asked.host.empty(), "taken without a host");
  if (!std::holds_alternative<app::web::Metrics>(verdict))
    fuzz::require(has_token, "taken without the token");
  if (std::holds_alternative<app::web::Ask>(verdict))
    fuzz::require(asked.method == "POST" &&
                      (asked.origin.empty() || asked.origin == "http://" + std::string(asked.host)),
                  "an order of another page's");
  return 0;
}
