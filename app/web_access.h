// Who may have what of the page over HTTP: a request's head in, a verdict out. Knows no socket, no lab and no
// Beast, so that it can be tried with whatever a browser, a stranger's page or a fuzzer may send. Pure.
//
// Three things guard a lab from others on the machine and from pages of other sites in the user's browser:
// Host must name us (a name that an attacker's DNS points to us does not), Origin must be our own on whatever
// changes something, and all but the figures at /metrics takes the token that was printed at the start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "net/address.h"
#include "net/result.h"

namespace app {

struct WebAddress {
  net::IpAddress address;
  std::uint16_t port = 8080;  // 0: any that is free
};
inline constexpr const char* kUsualWebAddress = "127.0.0.1:8080";
// "127.0.0.1:8080", "[::1]:8080", "8080". The error is a sentence.
net::Result<WebAddress, std::string> parse_web_address(std::string_view text);
std::string to_string(const WebAddress& address);  // as it stands in a URL
bool is_loopback(const net::IpAddress& address);

// What the server knows of itself.
struct WebDoor {
  WebAddress listens;
  std::string token;
  bool frr_names = false;  // of /metrics, unless it is asked for others

  std::string url() const;  // what the user opens
  // Cookies are not told apart by port, so that two labs need two names.
  std::string cookie_name() const;
};

// Of a request's head what matters. Absent fields are empty.
struct WebRequest {
  std::string_view method, target, host, origin, fetch_site, cookie, authorization, content_type;
  std::size_t hosts = 1;  // how many Host fields there were
};

namespace web {
struct Asset {
  std::string_view path;
  bool sign_in = false;  // it came with the token in its URL: the answer sets the cookie
};
struct Ask {};  // one request to the lab, in the body
struct Stream {};
struct Metrics {
  bool frr_names = false;
};
struct Refusal {
  unsigned status = 400;
  std::string sentence;
  std::string_view allow = {};  // with status 405
};
}  // namespace web

using WebVerdict = std::variant<web::Asset, web::Ask, web::Stream, web::Metrics, web::Refusal>;

WebVerdict judge(const WebDoor& door, const WebRequest& request);

// May the page ask this of the lab? What the control socket offers beyond it is for who is on the machine.
bool is_for_the_page(std::string_view op);

}  // namespace app
