// One vty connection: greeting, prompt, help, and commands run through a function that shows things. Bytes
// in, bytes out. Knows no socket: whoever has it passes on what comes, sends take_output() and closes when
// wants_close() says so and everything has been sent.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "vty/command.h"
#include "vty/line_editor.h"
#include "vty/telnet.h"

namespace vty {

struct Host {
  std::string name;     // of the router: the prompt
  std::string version;  // of the program
};

// Runs a command and gives what it prints; lines end in "\n".
using Show = std::function<std::string(const ShowCommand&)>;

class Terminal {
 public:
  // feed() takes no more in while this much waits to be sent, so that a client that asks and never reads
  // costs no more than that and the answer to one command.
  static constexpr std::size_t kOutputHighWater = 64 * 1024;

  Terminal(Host host, Show show);  // the greeting is ready at once

  // Takes octets in and says how many. Fewer than there were: call again with the rest when the output is
  // sent.
  std::size_t feed(std::span<const std::uint8_t> bytes);
  std::string take_output();
  bool wants_close() const { return wants_close_; }

  // `terminal length`: nothing: not set. There is no pager: output is never held back.
  std::optional<unsigned> length() const { return length_; }
  std::optional<Telnet::Window> window() const { return telnet_.window(); }
  Mode mode() const { return mode_; }

 private:
  void on_event(LineEditor::Event event);
  void run(const std::string& line);
  void help();
  void complete();
  void prompt();
  void prompt_again();  // with the line as far as it is typed
  void print(std::string_view text);

  Host host_;
  Show show_;
  Telnet telnet_;
  LineEditor editor_;
  Mode mode_ = Mode::View;
  std::optional<unsigned> length_;
  std::string output_;
  bool wants_close_ = false;
};

// One command from elsewhere than a terminal: `chainrouter show ROUTER_50 "ip bgp summary"`. "show" may be
// left out. Nothing but show commands is run.
struct Answer {
  std::string text;
  bool understood = true;
};
Answer run_once(std::string_view line, const Show& show);

}  // namespace vty
