// Who may have what of the page: heads of requests, and what becomes of them.
#include "app/web_access.h"

#include <catch2/catch.hpp>

#include "net/result.h"

using namespace app;

namespace {

const std::string kToken = "0123456789abcdef0123456789abcdef";
const WebDoor kDoor{{net::Ipv4Address::of(127, 0, 0, 1), 8080}, kToken};
const std::string kCookie = "other=1; chainrouter_8080=" + kToken;
const std::string kBearer = "Bearer " + kToken;
constexpr const char* kHost = "127.0.0.1:8080";
constexpr const char* kOrigin = "http://127.0.0.1:8080";
constexpr const char* kJson = "application/json";

struct Sent {
  std::string_view method = "GET", target = "/", host = kHost, origin = {}, fetch_site = {}, cookie = {},
                   authorization = {}, content_type = {};
  std::size_t hosts = 1;
};

// "asset /", "ask", …, or the status of a refusal.
std::string outcome(const WebDoor& door, const Sent& sent) {
  const WebRequest request{sent.method, sent.target,        sent.host,         sent.origin, sent.fetch_site,
                           sent.cookie, sent.authorization, sent.content_type, sent.hosts};
  return std::visit(
      net::overloaded{
          [](const web::Asset& asset) {
            return (asset.sign_in ? "sign in " : "asset ") + std::string(asset.path);
          },
          [](const web::Ask&) { return std::string("ask"); },
          [](const web::Stream&) { return std::string("stream"); },
          [](const web::Metrics& metrics) { return std::string(metrics.frr_names ? "frr" : "metrics"); },
          [](const web::Refusal& refusal) {
            CHECK(!refusal.sentence.empty());
            CHECK((refusal.status == 405) == !refusal.allow.empty());
            return std::to_string(refusal.status);
          },
      },
      judge(door, request));
}

}  // namespace

TEST_CASE("what a request may have") {
  const std::string sign_in = "/?token=" + kToken,
                    wrong = "/?token=" + std::string(kToken.rbegin(), kToken.rend());
  struct Row {
    const char* what;
    Sent request;
    const char* outcome;
  };
  const Row rows[] = {
      {"the printed address", {.method = "GET", .target = sign_in, .host = kHost}, "sign in /"},
      {"from a link in another page",
       {.method = "GET", .target = sign_in, .host = kHost, .fetch_site = "cross-site"},
       "sign in /"},
      {"another token", {.method = "GET", .target = wrong, .host = kHost}, "403"},
      {"half a token", {.method = "GET", .target = "/?token=0123", .host = kHost}, "403"},
      {"an empty token", {.method = "GET", .target = "/?token=", .host = kHost}, "403"},
      {"no token", {.method = "GET", .target = "/", .host = kHost}, "403"},
      {"the cookie",
       {.method = "GET", .target = "/app.js", .host = kHost, .cookie = kCookie},
       "asset /app.js"},
      {"the cookie of another lab",
       {.method = "GET",
        .target = "/app.js",
        .host = kHost,
        .cookie = "chainrouter_8081=0123456789abcdef0123456789abcdef"},
       "403"},
      {"a name that ends like ours",
       {.method = "GET",
        .target = "/",
        .host = kHost,
        .cookie = "xchainrouter_8080=0123456789abcdef0123456789abcdef"},
       "403"},
      {"the page again", {.method = "GET", .target = "/", .host = kHost, .cookie = kCookie}, "asset /"},
      {"the page cannot be posted to",
       {.method = "POST", .target = "/", .host = kHost, .cookie = kCookie},
       "405"},
      {"localhost", {.method = "GET", .target = "/", .host = "LocalHost:8080", .cookie = kCookie}, "asset /"},
      {"through a tunnel",
       {.method = "GET", .target = "/", .host = "localhost:9000", .cookie = kCookie},
       "asset /"},
      {"another loopback address",
       {.method = "GET", .target = "/", .host = "[::1]:8080", .cookie = kCookie},
       "asset /"},
      {"a name of somebody's",
       {.method = "GET", .target = "/", .host = "evil.example:8080", .cookie = kCookie},
       "421"},
      {"a name that begins like ours",
       {.method = "GET", .target = "/", .host = "localhost.evil.example", .cookie = kCookie},
       "421"},
      {"an address of somebody's",
       {.method = "GET", .target = "/", .host = "192.0.2.1:8080", .cookie = kCookie},
       "421"},
      {"no port", {.method = "GET", .target = "/", .host = "localhost:x", .cookie = kCookie}, "421"},
      {"an open bracket", {.method = "GET", .target = "/", .host = "[::1", .cookie = kCookie}, "421"},
      {"no host", {.method = "GET", .target = "/", .host = "", .cookie = kCookie}, "400"},
      {"two hosts", {.method = "GET", .target = "/", .host = kHost, .cookie = kCookie, .hosts = 2}, "400"},
      {"an order",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .origin = kOrigin,
        .fetch_site = "same-origin",
        .cookie = kCookie,
        .content_type = kJson},
       "ask"},
      {"with a character set",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .origin = kOrigin,
        .cookie = kCookie,
        .content_type = "application/json; charset=utf-8"},
       "ask"},
      {"of a script",
       {.method = "POST", .target = "/api", .host = kHost, .authorization = kBearer, .content_type = kJson},
       "ask"},
      {"of a script with a wrong token",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .authorization = "Bearer x",
        .content_type = kJson},
       "403"},
      {"of a form",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .origin = kOrigin,
        .cookie = kCookie,
        .content_type = "text/plain"},
       "415"},
      {"of another page",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .origin = "http://evil.example",
        .cookie = kCookie,
        .content_type = kJson},
       "403"},
      {"of another port",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .origin = "http://127.0.0.1:9999",
        .cookie = kCookie,
        .content_type = kJson},
       "403"},
      {"of nowhere",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .origin = "null",
        .cookie = kCookie,
        .content_type = kJson},
       "403"},
      {"of the same site, not the same origin",
       {.method = "POST",
        .target = "/api",
        .host = kHost,
        .origin = kOrigin,
        .fetch_site = "same-site",
        .cookie = kCookie,
        .content_type = kJson},
       "403"},
      {"without Origin",
       {.method = "POST", .target = "/api", .host = kHost, .cookie = kCookie, .content_type = kJson},
       "403"},
      {"without the token",
       {.method = "POST", .target = "/api", .host = kHost, .origin = kOrigin, .content_type = kJson},
       "403"},
      {"an order that is read", {.method = "GET", .target = "/api", .host = kHost, .cookie = kCookie}, "405"},
      {"news",
       {.method = "GET", .target = "/events", .host = kHost, .fetch_site = "same-origin", .cookie = kCookie},
       "stream"},
      {"news for another page",
       {.method = "GET", .target = "/events", .host = kHost, .fetch_site = "same-site", .cookie = kCookie},
       "403"},
      {"news for another origin",
       {.method = "GET",
        .target = "/events",
        .host = kHost,
        .origin = "https://evil.example",
        .cookie = kCookie},
       "403"},
      {"news without the token", {.method = "GET", .target = "/events", .host = kHost}, "403"},
      {"figures are for everybody", {.method = "GET", .target = "/metrics", .host = kHost}, "metrics"},
      {"by other names", {.method = "GET", .target = "/metrics?names=frr", .host = kHost}, "frr"},
      {"by our names", {.method = "GET", .target = "/metrics?names=own", .host = kHost}, "metrics"},
      {"by unknown names", {.method = "GET", .target = "/metrics?names=x", .host = kHost}, "400"},
      {"figures under a false name", {.method = "GET", .target = "/metrics", .host = "evil.example"}, "421"},
      {"figures, deleted", {.method = "DELETE", .target = "/metrics", .host = kHost}, "405"},
      {"no target", {.method = "GET", .target = "", .host = kHost, .cookie = kCookie}, "asset "},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(outcome(kDoor, row.request) == row.outcome);
  }
}

TEST_CASE("elsewhere than on loopback, addresses of ours are good hosts, names are not") {
  const WebDoor one{{net::Ipv4Address::of(192, 0, 2, 7), 80}, kToken}, any{{net::Ipv4Address(), 80}, kToken};
  const auto ask = [](const WebDoor& door, const char* host) {
    return outcome(door, {.method = "GET", .target = "/metrics", .host = host});
  };
  CHECK(ask(one, "192.0.2.7") == "metrics");
  CHECK(ask(one, "192.0.2.8") == "421");
  CHECK(ask(any, "192.0.2.8") == "metrics");
  CHECK(ask(any, "[2001:db8::1]:80") == "metrics");
  CHECK(ask(any, "evil.example") == "421");
  const WebDoor frr{{net::Ipv4Address::of(127, 0, 0, 1), 80}, kToken, true};
  CHECK(ask(frr, "localhost") == "frr");
  CHECK(any.url() == "http://127.0.0.1:80/?token=" + kToken);
}

TEST_CASE("where the page may be") {
  const auto parsed = [](const char* text) {
    const auto address = parse_web_address(text);
    return address ? to_string(*address) : address.error();
  };
  CHECK(parsed("127.0.0.1:8080") == "127.0.0.1:8080");
  CHECK(parsed("0.0.0.0:0") == "0.0.0.0:0");
  CHECK(parsed("9000") == "127.0.0.1:9000");
  CHECK(parsed("[::1]:81") == "[::1]:81");
  CHECK(parsed("127.0.0.2") == "127.0.0.2:8080");
  for (const char* wrong : {"", "x", "localhost:80", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "::1:80",
                            "[::1", "[1.2.3.4]:80", "[::1]80", ":80"})
    CHECK(parsed(wrong) ==
          "--web takes an address and a port like 127.0.0.1:8080, not \"" + std::string(wrong) + "\"");
}

TEST_CASE("the page asks for what it shows and for what it has buttons for") {
  for (const char* op : {"table", "check-fib", "link", "pause", "step", "resume", "speed"})
    CHECK(is_for_the_page(op));
  for (const char* op : {"", "events", "wait", "await-route", "snapshot", "no such thing"})
    CHECK(!is_for_the_page(op));
}
