// chainrouter: reads the command line, runs the command, turns whatever went wrong into one sentence and a
// status.
#include <chrono>
#include <exception>
#include <system_error>

#include <fmt/format.h>

#include "app/commands.h"
#include "net/result.h"

int main(int argc, char** argv) {
  const auto process_start = std::chrono::steady_clock::now();
  try {
    const auto command = app::parse_command_line(argc, argv);
    return std::visit(net::overloaded{
                          [](const app::PrintCommand& print) {
                            fmt::print("{}", print.text);
                            return app::kOk;
                          },
                          [](const app::UsageError& error) {
                            app::complain(error.sentence);
                            return app::kUsage;
                          },
                          [&](const app::RunCommand& run) { return app::run(run, process_start); },
                          [](const auto& other) { return app::run(other); },
                      },
                      command);
  } catch (const std::system_error& error) {
    app::complain(error.what());
    return error.code() == std::errc::operation_not_permitted ? app::kPrivilege : app::kRuntimeFailure;
  } catch (const std::exception& error) {
    app::complain(error.what());
    return app::kRuntimeFailure;
  }
}
