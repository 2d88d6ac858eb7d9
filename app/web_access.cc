#include "app/web_access.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace app {

namespace {

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

// "a", "a:1", "[::1]", "[::1]:1": the brackets are taken off.
std::optional<HostAndPort> split(std::string_view text) {
  HostAndPort parts;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return std::nullopt;
  } else {
    parts.host = text.substr(0, text.find(':'));
    text.remove_prefix(parts.host.size());
  }
  if (!text.empty()) parts.port = text.substr(1);
  return parts;
}

bool is_any(const net::IpAddress& address) {
  const std::string text = address.to_string();
  return text == "0.0.0.0" || text == "::";
}

// Its names in lower case are as good as any.
bool is_localhost(std::string_view host) {
  return std::ranges::equal(host, std::string_view("localhost"), {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

// A name other than localhost may be anybody's; an address that the request came to is ours. The port is not
// compared: `ssh -L` changes it.
bool names_us(const WebDoor& door, std::string_view host) {
  const auto parts = split(host);
  if (!parts || (parts->port && !port_of(*parts->port))) return false;
  if (is_localhost(parts->host)) return true;
  const auto address = net::IpAddress::parse(std::string(parts->host));
  if (!address) return false;
  return is_loopback(*address) || *address == door.listens.address || is_any(door.listens.address);
}

// In a time that does not depend on where they differ.
bool is_token(const WebDoor& door, std::string_view given) {
  if (given.size() != door.token.size() || given.empty()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(door.token[i]);
  return difference == 0;
}

bool has_bearer(const WebDoor& door, const WebRequest& request) {
  constexpr std::string_view kScheme = "Bearer ";
  return request.authorization.starts_with(kScheme) &&
         is_token(door, request.authorization.substr(kScheme.size()));
}

bool has_cookie(const WebDoor& door, std::string_view cookies) {
  const std::string name = door.cookie_name() + "=";
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    std::string_view cookie = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(name) && is_token(door, cookie.substr(name.size()))) return true;
  }
  return false;
}

web::Refusal wrong_method(std::string_view allowed) {
  return {405, fmt::format("this address answers {} only", allowed), allowed};
}

// Browsers say where a request comes from. That of another page of this machine, on another port, has our
// cookie: same site, but not same origin.
bool is_from_elsewhere(const WebRequest& request) {
  if (!request.origin.empty() && request.origin != fmt::format("http://{}", request.host)) return true;
  return !request.fetch_site.empty() && request.fetch_site != "same-origin";
}

web::Refusal no_token() {
  return {403,
          "this page is for whoever started the lab: open the address that chainrouter printed when it "
          "started; it ends in ?token= and a word"};
}

web::Refusal from_elsewhere() { return {403, "this request comes from another page"}; }

}  // namespace

net::Result<WebAddress, std::string> parse_web_address(std::string_view text) {
  const auto wrong = [&] {
    return std::unexpected(
        fmt::format("--web takes an address and a port like 127.0.0.1:8080, not \"{}\"", text));
  };
  WebAddress parsed{.address = net::Ipv4Address::of(127, 0, 0, 1)};
  if (const auto port = port_of(text)) {
    parsed.port = *port;
    return parsed;
  }
  const auto parts = split(text);
  if (!parts) return wrong();
  const auto address = net::IpAddress::parse(std::string(parts->host));
  if (!address || (address->is_ipv6() != text.starts_with('['))) return wrong();
  parsed.address = *address;
  if (!parts->port) return parsed;
  const auto port = port_of(*parts->port);
  if (!port) return wrong();
  parsed.port = *port;
  return parsed;
}

std::string to_string(const WebAddress& address) {
  return fmt::format(fmt::runtime(address.address.is_ipv6() ? "[{}]:{}" : "{}:{}"),
                     address.address.to_string(), address.port);
}

bool is_loopback(const net::IpAddress& address) {
  const std::string text = address.to_string();
  return address.is_ipv6() ? text == "::1" : text.starts_with("127.");
}

std::string WebDoor::url() const {
  WebAddress shown = listens;
  if (is_any(shown.address)) shown.address = net::Ipv4Address::of(127, 0, 0, 1);
  return fmt::format("http://{}/?token={}", to_string(shown), token);
}

std::string WebDoor::cookie_name() const { return fmt::format("chainrouter_{}", listens.port); }

WebVerdict judge(const WebDoor& door, const WebRequest& request) {
  if (request.hosts != 1 || request.host.empty())
    return web::Refusal{400, "a request names its host, once (RFC 9112, 3.2)"};
  if (!names_us(door, request.host))
    return web::Refusal{421,
                        "there is no such host here: use localhost, or the address that chainrouter printed"};
  const auto question = std::min(request.target.find('?'), request.target.size());
  const std::string_view path = request.target.substr(0, question);
  const std::string_view query = request.target.substr(std::min(question + 1, request.target.size()));
  const bool trusted = has_bearer(door, request) || has_cookie(door, request.cookie);

  if (path == "/metrics") {
    if (request.method != "GET") return wrong_method("GET");
    if (query.empty()) return web::Metrics{door.frr_names};
    if (query == "names=own" || query == "names=frr") return web::Metrics{query == "names=frr"};
    return web::Refusal{400, "/metrics takes nothing, ?names=own or ?names=frr"};
  }
  if (path == "/api") {
    if (request.method != "POST") return wrong_method("POST");
    if (is_from_elsewhere(request)) return from_elsewhere();
    if (!trusted) return no_token();
    // A form of another page cannot leave Origin out, and a browser does not make up an Authorization.
    if (request.origin.empty() && !has_bearer(door, request))
      return web::Refusal{403, "a request without Origin takes the token as Authorization: Bearer"};
    if (request.content_type.substr(0, request.content_type.find(';')) != "application/json")
      return web::Refusal{415, "a request is a JSON object, of Content-Type application/json"};
    return web::Ask{};
  }
  if (path == "/events") {
    if (request.method != "GET") return wrong_method("GET");
    if (is_from_elsewhere(request)) return from_elsewhere();
    if (!trusted) return no_token();
    return web::Stream{};
  }
  if (request.method != "GET") return wrong_method("GET");
  constexpr std::string_view kToken = "token=";
  if (path == "/" && query.starts_with(kToken)) {
    if (is_token(door, query.substr(kToken.size()))) return web::Asset{path, true};
    return no_token();
  }
  if (!trusted) return no_token();
  return web::Asset{path};
}

bool is_for_the_page(std::string_view op) {
  static constexpr std::array<std::string_view, 17> kOps{
      "list",     "show",  "table",   "check-fib", "loads",  "link", "session", "router", "announce",
      "withdraw", "clear", "refresh", "pause",     "resume", "step", "speed",   "mrai"};
  return std::ranges::find(kOps, op) != kOps.end();
}

}  // namespace app
