// chainrouter: reads the command line, runs the command, turns whatever went wrong into one sentence and a
// status.
#include <chrono>
#include <exception>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/freed_memory.h"
#include "app/standard_streams.h"
#include "net/result.h"

namespace {

// What the program was asked for goes to standard output: where it could not be written, the command has
// failed.
int after_output(int status) {
  const int failure = app::output_failure();
  if (failure == 0) return status;
  app::complain(fmt::format("cannot write to standard output: {}", std::generic_category().message(failure)));
  return status == app::kOk ? app::kRuntimeFailure : status;
}

// Forbidden, or not in this kernel: something that `doctor` can name, and the user may change.
bool is_lacking(const std::error_code& error) {
  for (const auto lacking : {std::errc::operation_not_permitted, std::errc::permission_denied,
                             std::errc::operation_not_supported, std::errc::function_not_supported})
    if (error == lacking) return true;
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const auto process_start = app::when_process_began();
  app::fill_closed_standard_streams();
  try {
    const auto command = app::parse_command_line(argc, argv);
    return after_output(std::visit(net::overloaded{
                                       [](const app::PrintCommand& print) {
                                         fmt::print("{}", print.text);
                                         return app::kOk;
                                       },
                                       [](const app::UsageError& error) {
                                         app::complain(error.sentence);
                                         return app::kUsage;
                                       },
                                       [&](const app::RunCommand& run) {
                                         if (!run.plan_only)
                                           app::keep_little_freed_memory(argv, process_start);
                                         return app::run(run, process_start);
                                       },
                                       [](const auto& other) { return app::run(other); },
                                   },
                                   command));
  } catch (const std::system_error& error) {
    if (!is_lacking(error.code())) {
      app::complain(error.what());
      return app::kRuntimeFailure;
    }
    app::complain(
        fmt::format("{}; {}", error.what(),
                    geteuid() == 0 ? "chainrouter doctor says what is missing" : "run it with sudo"));
    return app::kPrivilege;
  } catch (const std::exception& error) {
    app::complain(error.what());
    return app::kRuntimeFailure;
  }
}
