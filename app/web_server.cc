#include "app/web_server.h"

#include <algorithm>
#include <pthread.h>
#include <utility>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/close_on_exec.h"
#include "app/rethrow.h"
#include "app/web_assets.h"

namespace app {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kMostHead = 8 * 1024;
constexpr std::size_t kMostBody = 64 * 1024;
constexpr int kMostUnread = 64 * 1024;           // of a stream, in the kernel; the rest waits in the rings
constexpr std::chrono::milliseconds kFrame{50};  // between two looks for news: 20 a second
constexpr std::chrono::milliseconds kSilence{5000};  // after which a comment shows that both are still there

// No script, style or connection but our own, no frame around the page, nothing kept.
constexpr const char* kFields =
    "Server: chainrouter\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n";

constexpr const char* kJson = "application/json";
constexpr const char* kText = "text/plain; charset=utf-8";

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

template <class Request>
WebRequest parts_of(const Request& request) {
  const auto field = [&](http::field name) { return view(request[name]); };
  return {.method = view(request.method_string()),
          .target = view(request.target()),
          .host = field(http::field::host),
          .origin = field(http::field::origin),
          .fetch_site = view(request["Sec-Fetch-Site"]),
          .cookie = field(http::field::cookie),
          .authorization = field(http::field::authorization),
          .content_type = field(http::field::content_type),
          .hosts = request.count(http::field::host)};
}

web::Refusal refusal_of(const error_code& error) {
  if (error == http::error::header_limit)
    return {431, fmt::format("the head of a request has at most {} octets here", kMostHead)};
  if (error == http::error::body_limit)
    return {413, fmt::format("a request has at most {} octets here", kMostBody)};
  return {400, fmt::format("this is no HTTP request: {}", error.message())};
}

ordered_json metrics_request(bool frr_names) {
  return {{"op", "metrics"}, {"names", frr_names ? "frr" : "own"}};
}

ordered_json error_of(std::string sentence) { return {{"error", std::move(sentence)}}; }

// What a neighbour has said is in some answers, and need not be UTF-8.
std::string text_of(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

struct WebServer::Client {
  explicit Client(tcp::socket accepted) : stream(std::move(accepted)) {}
  beast::tcp_stream stream;
  beast::flat_buffer buffer{kMostHead + kMostBody};
  bool gone = false;
};

// An answer of the lab's, which wakes who waits for it through a timer that never fires by itself. Lives and
// dies on the server's thread; what goes to the lab's knows it weakly.
struct WebServer::Answer {
  explicit Answer(asio::io_context& io) : ready(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer ready;
  std::string text;
  bool there = false, failed = false;
  std::shared_ptr<bool> wanted = std::make_shared<bool>(true);
};

WebServer::WebServer(WebListener listener, WebPlan plan, ControlServer::Handler ask, Limits limits)
    : door_(listener.door()),
      plan_(std::move(plan)),
      ask_(std::move(ask)),
      limits_(limits),
      acceptor_(io_, door_.listens.address.is_ipv6() ? tcp::v6() : tcp::v4(), listener.release()) {
  asio::co_spawn(io_, accept_loop(), rethrow);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "page");
    io_.run();
  });
}

WebServer::~WebServer() {
  io_.stop();
  thread_.join();
}

void WebServer::tell(std::string lab_json) {
  asio::post(io_, [this, text = fmt::format("event: lab\ndata: {}\n\n", lab_json)]() mutable {
    lab_ = std::move(text);
    ++lab_news_;
  });
}

asio::awaitable<void> WebServer::accept_loop() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kToken);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {  // no descriptor left, perhaps
      asio::steady_timer pause(io_, std::chrono::milliseconds(100));
      co_await pause.async_wait(kToken);
      continue;
    }
    if (connections_ >= limits_.connections) continue;  // closes it
    close_on_exec(socket);
    asio::co_spawn(io_, serve(std::make_shared<Client>(std::move(socket))), asio::detached);
  }
}

asio::awaitable<void> WebServer::serve(std::shared_ptr<Client> client) {
  ++connections_;
  error_code ignored;
  client->stream.socket().set_option(tcp::no_delay(true), ignored);
  bool more = true;
  while (more) more = co_await serve_one(client);
  // What it still says is read before the end: closing a socket with unread octets would take our last words
  // from it.
  client->stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  client->stream.expires_after(std::chrono::seconds(1));
  std::array<char, 4096> rest;
  for (std::size_t pieces = 0; pieces < 64; ++pieces) {
    const auto [error, size] = co_await client->stream.async_read_some(asio::buffer(rest), kToken);
    if (error) break;
  }
  --connections_;
}

asio::awaitable<bool> WebServer::serve_one(std::shared_ptr<Client> client) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(kMostHead);
  parser.body_limit(kMostBody);
  client->stream.expires_after(limits_.patience);
  const auto [head_error, head] =
      co_await http::async_read_header(client->stream, client->buffer, parser, kToken);
  if (head_error == http::error::end_of_stream || head_error == beast::error::timeout) co_return false;
  WebVerdict verdict = head_error ? refusal_of(head_error) : judge(door_, parts_of(parser.get()));
  if (!head_error && !std::holds_alternative<web::Refusal>(verdict) && !parser.is_done()) {
    const auto [body_error, body] = co_await http::async_read(client->stream, client->buffer, parser, kToken);
    if (body_error == beast::error::timeout) co_return false;
    if (body_error) verdict = refusal_of(body_error);
  }
  const bool keep = !head_error && parser.get().keep_alive();
  if (const auto* refusal = std::get_if<web::Refusal>(&verdict)) {
    std::string more = "Connection: close\r\n";  // its body is not read
    if (!refusal->allow.empty()) more += fmt::format("Allow: {}\r\n", refusal->allow);
    co_await send(client, refusal->status, kText, refusal->sentence + "\n", more);
    co_return false;
  }
  if (std::holds_alternative<web::Stream>(verdict)) {
    co_await stream(client);
    co_return false;
  }
  if (const auto* metrics = std::get_if<web::Metrics>(&verdict))
    co_return co_await give_metrics(client, metrics->frr_names) && keep;
  if (std::holds_alternative<web::Ask>(verdict))
    co_return co_await give_answer(client, parser.release().body()) && keep;
  const auto& wanted = std::get<web::Asset>(verdict);
  const auto assets = web_assets();
  const auto found = std::ranges::find(assets, wanted.path, &WebAsset::path);
  if (found == assets.end())
    co_return co_await send(client, 404, kText, "there is nothing at this address\n") && keep;
  std::string cookie;
  if (wanted.sign_in)
    cookie = fmt::format("Set-Cookie: {}={}; Path=/; HttpOnly; SameSite=Strict\r\n", door_.cookie_name(),
                         door_.token);
  co_return co_await send(client, 200, std::string(found->type), std::string(found->content), cookie) && keep;
}

asio::awaitable<bool> WebServer::send(std::shared_ptr<Client> client, unsigned status, std::string type,
                                      std::string body, std::string more_fields) {
  const std::string head = fmt::format("HTTP/1.1 {} {}\r\n{}{}Content-Type: {}\r\nContent-Length: {}\r\n\r\n",
                                       status, view(http::obsolete_reason(http::int_to_status(status))),
                                       kFields, more_fields, type, body.size());
  client->stream.expires_after(limits_.patience);
  const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
  const auto [error, size] = co_await asio::async_write(client->stream, both, kToken);
  co_return !error;
}

// --- What the lab answers ---

std::shared_ptr<WebServer::Answer> WebServer::ask_lab(const ordered_json& request,
                                                      std::function<std::string(const ordered_json&)> text) {
  const auto answer = std::make_shared<Answer>(io_);
  const std::weak_ptr<Answer> weak = answer;
  ask_(request, ControlServer::Reply(std::function<void(const ordered_json&)>(
                                         [this, weak, text = std::move(text)](const ordered_json& reply) {
                                           asio::post(io_, [weak, text, reply] {
                                             const auto waiting = weak.lock();
                                             if (!waiting) return;
                                             waiting->failed = reply.contains("error");
                                             waiting->text = waiting->failed ? text_of(reply) : text(reply);
                                             waiting->there = true;
                                             waiting->ready.cancel();
                                           });
                                         }),
                                     answer->wanted));
  return answer;
}

asio::awaitable<void> WebServer::wait_for(std::shared_ptr<Client> client, std::shared_ptr<Answer> answer) {
  // Who hangs up does not wait any more.
  client->stream.expires_never();
  const std::weak_ptr<Answer> weak = answer;
  const std::weak_ptr<Client> weak_client = client;
  client->stream.socket().async_wait(tcp::socket::wait_error, [weak, weak_client](error_code error) {
    const auto one = weak_client.lock();
    if (error || !one) return;
    one->gone = true;
    if (const auto waiting = weak.lock()) waiting->ready.cancel();
  });
  while (!answer->there && !client->gone) co_await answer->ready.async_wait(kToken);
  error_code ignored;
  client->stream.socket().cancel(ignored);
}

asio::awaitable<bool> WebServer::give_answer(std::shared_ptr<Client> client, std::string body) {
  const ordered_json request = ordered_json::parse(body, nullptr, false);
  if (!request.is_object() || !request.contains("op") || !request["op"].is_string())
    co_return co_await send(client, 400, kJson, R"({"error":"a request is a JSON object with \"op\""})");
  const std::string op = request["op"].get<std::string>();
  if (!is_for_the_page(op))
    co_return co_await send(client, 403, kJson,
                            text_of(error_of(fmt::format("the page cannot ask for \"{}\"", op))));
  const auto answer = ask_lab(request, text_of);
  co_await wait_for(client, answer);
  if (client->gone) co_return false;
  co_return co_await send(client, answer->failed ? 422 : 200, kJson, answer->text);
}

asio::awaitable<bool> WebServer::give_metrics(std::shared_ptr<Client> client, bool frr_names) {
  auto answer = metrics_[frr_names ? 1 : 0].lock();
  if (!answer || answer->there) {
    answer = ask_lab(metrics_request(frr_names),
                     [](const ordered_json& reply) { return reply.at("text").get<std::string>(); });
    metrics_[frr_names ? 1 : 0] = answer;
  }
  co_await wait_for(client, answer);
  if (client->gone) co_return false;
  if (answer->failed) co_return co_await send(client, 503, kText, answer->text + "\n");
  co_return co_await send(client, 200, "text/plain; version=0.0.4; charset=utf-8", answer->text);
}

// --- The stream ---

asio::awaitable<void> WebServer::stream(std::shared_ptr<Client> client) {
  if (streams_ >= limits_.streams) {
    co_await send(client, 503, kText,
                  fmt::format("{} pages are open already: close one of them\n", limits_.streams),
                  "Connection: close\r\n");
    co_return;
  }
  ++streams_;
  error_code ignored;
  client->stream.socket().set_option(tcp::socket::send_buffer_size(kMostUnread), ignored);
  const auto frame = std::make_shared<asio::steady_timer>(io_);
  // It has nothing more to say: whatever comes from it, its end most likely, ends the stream.
  const std::weak_ptr<Client> weak = client;
  client->stream.socket().async_wait(tcp::socket::wait_read, [weak, frame](error_code error) {
    const auto one = weak.lock();
    if (error || !one) return;
    one->gone = true;
    frame->cancel();
  });
  WebFeed feed(plan_);
  std::string text =
      fmt::format("HTTP/1.1 200 OK\r\n{}Connection: close\r\nContent-Type: text/event-stream\r\n\r\n",
                  kFields) +
      feed.hello();
  std::uint64_t told = 0;
  auto last = Clock::now();
  while (!client->gone) {
    if (told != lab_news_) text += lab_;
    told = lab_news_;
    const auto now = Clock::now();
    text += feed.next(now.time_since_epoch().count());
    if (text.empty() && now - last >= kSilence) text = ":\n\n";
    if (!text.empty()) {
      // A reader that is stuck for longer than this has to come again.
      client->stream.expires_after(limits_.patience);
      const auto [error, size] = co_await asio::async_write(client->stream, asio::buffer(text), kToken);
      if (error) break;
      client->stream.expires_never();
      text.clear();
      last = now;
    }
    if (client->gone) break;
    frame->expires_at(std::max(now + kFrame, Clock::now()));
    co_await frame->async_wait(kToken);
  }
  client->stream.socket().cancel(ignored);
  --streams_;
}

}  // namespace app
