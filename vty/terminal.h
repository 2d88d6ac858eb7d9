// One vty connection: greeting, prompt, modes, help, pager, and commands run through functions that show and
// change things. Bytes in, bytes out. Knows no socket: whoever has it passes on what comes, sends
// take_output() and closes when wants_close() says so and everything has been sent.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "vty/command.h"
#include "vty/filter.h"
#include "vty/line_editor.h"
#include "vty/pager.h"
#include "vty/telnet.h"

namespace vty {

struct Host {
  std::string name;      // of the router: the prompt
  std::string version;   // of the program
  std::uint32_t as = 0;  // the router's
};

// Runs a command and gives what it prints; lines end in "\n".
using Show = std::function<std::string(const ShowCommand&)>;
// Does what a command says and gives what is to be said about it: mostly nothing.
using Change = std::function<std::string(const ChangeCommand&)>;

class Terminal {
 public:
  // feed() takes no more in while this much waits to be sent, so that a client that asks and never reads
  // costs no more than that and the answer to one command.
  static constexpr std::size_t kOutputHighWater = 64 * 1024;

  // The greeting is ready at once. `may_change` is asked at `enable`: may this client do more than look?
  Terminal(Host host, Show show, Change change, std::function<bool()> may_change);

  // Takes octets in and says how many. Fewer than there were: call again with the rest when the output is
  // sent.
  std::size_t feed(std::span<const std::uint8_t> bytes);
  std::string take_output();
  bool wants_close() const { return wants_close_; }

  // `terminal length`: nothing: not set.
  std::optional<std::uint32_t> length() const { return length_; }
  std::optional<Telnet::Window> window() const { return telnet_.window(); }
  Mode mode() const { return mode_; }

 private:
  void on_event(LineEditor::Event event);
  void on_key(std::uint8_t key);
  void run(std::string_view line);
  void obey(const Command& command, const std::optional<Filter>& filter);
  void leave();
  void enable();
  Screen screen() const;
  void help();
  void complete();
  void prompt();
  void prompt_again();  // with the line as far as it is typed
  void print(std::string_view text);

  Host host_;
  Show show_;
  Change change_;
  std::function<bool()> may_change_;
  Telnet telnet_;
  LineEditor editor_;
  Pager pager_;
  Mode mode_ = Mode::View;
  std::optional<std::uint32_t> length_;
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
