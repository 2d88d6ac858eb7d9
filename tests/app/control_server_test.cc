// The control socket under clients that know nothing, say too much, or stay silent.
#include "app/control_server.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/app/temporary_directories.h"

using namespace std::chrono_literals;
using nlohmann::ordered_json;

namespace {

// A server on a thread of its own. "echo" answers at once with the request, "later" after a turn of the loop,
// "latin1" with a text that is not UTF-8; "never" does not answer; "busy" keeps the loop for longer than the
// patience.
class Server {
 public:
  explicit Server(std::chrono::milliseconds patience = 5s)
      : server_(
            io_, path(),
            [this, patience](const ordered_json& request, app::ControlServer::Reply reply) {
              const auto op = request.at("op").get<std::string>();
              if (op == "echo") reply({{"text", request.value("text", "")}});
              if (op == "later") boost::asio::post(io_, [reply] { reply({{"text", "later"}}); });
              if (op == "never") never_.push_back(reply);
              if (op == "wanted") reply({{"wanted", wanted()}});
              if (op == "latin1") reply({{"text", "caf\xe9"}});
              if (op == "busy") {
                reply({{"text", "busy"}});
                std::this_thread::sleep_for(2 * patience);
              }
            },
            patience),
        work_(boost::asio::make_work_guard(io_)),
        thread_([this] { io_.run(); }) {}
  ~Server() {
    io_.stop();
    thread_.join();
  }

  std::string path() const { return directories_.run() + ".sock"; }
  bool answers() const {
    return app::ask_lab(path(), {{"op", "echo"}, {"text", "x"}}) == ordered_json{{"text", "x"}};
  }

 private:
  std::size_t wanted() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(never_, [](const auto& reply) { return reply.wanted(); }));
  }

  test::TemporaryDirectories directories_;
  boost::asio::io_context io_{1};
  std::vector<app::ControlServer::Reply> never_;
  app::ControlServer server_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

// A client that sends whatever it is told to.
class Client {
 public:
  explicit Client(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // What the server did not want to read is no failure.
  void say(const std::string& text) { (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  void end() { shutdown(fd_, SHUT_WR); }
  // Everything until the server closes; nothing if it does not.
  std::optional<std::string> hear() {
    std::string text;
    char part[4096];
    while (true) {
      const ssize_t count = recv(fd_, part, sizeof part, 0);
      if (count > 0) text.append(part, static_cast<std::size_t>(count));
      if (count == 0 || (count < 0 && errno == ECONNRESET)) return text;
      if (count < 0) return std::nullopt;
    }
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("a request is answered, at once or later, and the connection ends", "[control_server]") {
  const Server server;
  CHECK(server.answers());
  CHECK(app::ask_lab(server.path(), {{"op", "later"}}).at("text") == "later");
  struct stat status {};
  REQUIRE(stat(server.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("nonsense gets a clear error, and the server lives on", "[control_server]") {
  struct Row {
    std::string what, bytes;
    bool ends;  // and then the client says no more
  };
  const Row rows[] = {
      {"not JSON", "show ip bgp\n", false},
      {"an empty line", "\n", false},
      {"nothing at all", "", true},
      {"half a line", "{\"op\":\"ec", true},
      {"half a document", "{\"op\":\"echo\"\n", false},
      {"an array", "[\"op\"]\n", false},
      {"a number", "42\n", false},
      {"null", "null\n", false},
      {"no op", "{\"router\":\"ROUTER_1\"}\n", false},
      {"an op that is no text", "{\"op\":{\"op\":1}}\n", false},
      {"octets that are not UTF-8", "{\"op\":\"\xff\xfe\"}\n", false},
      {"zeroes", std::string(64, '\0') + "\n", false},
      {"a line without an end", std::string(1 << 20, 'x'), false},
      {"a document too long", "{\"op\":\"echo\",\"text\":\"" + std::string(100'000, 'y') + "\"}\n", false},
      {"brackets without end", std::string(60'000, '[') + "\n", false},
  };
  const Server server;
  for (const Row& row : rows) {
    INFO(row.what);
    Client client(server.path());
    client.say(row.bytes);
    if (row.ends) client.end();
    const auto reply = client.hear();
    REQUIRE(reply);
    const auto document = ordered_json::parse(*reply, nullptr, false);
    REQUIRE(document.is_object());
    CHECK(document.at("error").get<std::string>().find("a JSON object with \"op\"") != std::string::npos);
    CHECK(server.answers());
  }
}

TEST_CASE("a reply that is not UTF-8 arrives all the same", "[control_server]") {
  const Server server;
  CHECK(app::ask_lab(server.path(), {{"op", "latin1"}}).at("text") == "caf\xef\xbf\xbd");
  CHECK(server.answers());
}

TEST_CASE("clients that stay silent or never read are dropped, and make room", "[control_server]") {
  const Server server(200ms);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 32; ++i) {  // as many as it serves at a time
    clients.push_back(std::make_unique<Client>(server.path()));
    if (i % 2 == 1) clients.back()->say("{\"op\":");
  }
  for (const auto& client : clients) CHECK(client->hear());
  CHECK(server.answers());
}

TEST_CASE("what is said while the server is busy is answered, though time is up", "[control_server]") {
  const Server server(500ms);
  Client early(server.path());
  REQUIRE(server.answers());  // so the early one is being waited for, too
  Client busy(server.path());
  busy.say("{\"op\":\"busy\"}\n");
  early.say("{\"op\":\"later\"}\n");
  CHECK(early.hear() == "{\"text\":\"later\"}\n");
  CHECK(busy.hear() == "{\"text\":\"busy\"}\n");
}

TEST_CASE("a client that is gone before its answer leaves nothing behind", "[control_server]") {
  const Server server;
  for (int i = 0; i < 100; ++i) Client(server.path()).say("{\"op\":\"later\"}\n");
  CHECK(server.answers());
}

TEST_CASE("asking a lab that is not there, or that ends, is a sentence", "[control_server]") {
  const test::TemporaryDirectories directories;
  CHECK_THROWS_WITH(app::ask_lab(directories.run() + ".sock", {{"op", "list"}}),
                    Catch::Contains("cannot reach"));
}

TEST_CASE("who hangs up is waited for no more, and who only says no more is", "[control]") {
  const Server server;
  const auto wanted = [&] { return app::ask_lab(server.path(), {{"op", "wanted"}}).at("wanted").get<int>(); };
  const auto becomes = [&](int count) {
    while (wanted() != count) {
    }
    return true;
  };
  {
    // More than there is room for at a time: each place is given back.
    for (int i = 0; i < 100; ++i) {
      Client client(server.path());
      client.say("{\"op\":\"never\"}\n");
      CHECK(becomes(1));
    }
    CHECK(becomes(0));
    Client half(server.path());
    half.say("{\"op\":\"never\"}\n");
    half.end();
    CHECK(becomes(1));
    CHECK(server.answers());
    CHECK(wanted() == 1);
  }
  CHECK(becomes(0));
}

TEST_CASE("a client waits no longer than it wants to", "[control]") {
  const Server server;
  CHECK_FALSE(app::ask_lab(server.path(), {{"op", "never"}}, 10ms));
  CHECK(app::ask_lab(server.path(), {{"op", "later"}}, 10s).value().at("text") == "later");
  CHECK_FALSE(app::ask_lab(server.path(), {{"op", "later"}}, -1ms));
}
