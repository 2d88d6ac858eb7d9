// chainrouter pause, step, resume, speed and snapshot: a client's side.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/standard_error.h"
#include "app/written.h"
#include "show/csv.h"
#include "show/json_layout.h"
#include "show/snapshot.h"
#include "show/words.h"

namespace app {

using nlohmann::ordered_json;

using show::counted;

namespace {

std::string held_back(const ordered_json& answer) {
  const auto routers = answer.at("heldBack").get<std::size_t>();
  return routers == 0 ? "nothing waits to be told"
                      : fmt::format("{} {} back what the next step lets go", counted(routers, "router"),
                                    routers == 1 ? "holds" : "hold");
}

void print(const request::Motion& order, const ordered_json& answer) {
  using Verb = request::Motion::Verb;
  const double speed = answer.at("speed").get<double>();
  const bool paused = answer.at("paused").get<bool>();
  if (order.verb == Verb::Step) {
    const auto& released = answer.at("released");
    const auto of = [&](const char* key) { return released.at(key).get<std::size_t>(); };
    if (of("updates") == 0)
      fmt::print("nothing was waiting: no router had anything to tell\n");
    else
      fmt::print("{} released {} with {}; {}\n", counted(of("routers"), "router"),
                 counted(of("updates"), "UPDATE"), counted(of("routes"), "route"), held_back(answer));
  } else if (order.verb == Verb::Pause) {
    fmt::print("paused; {}\n", held_back(answer));
  } else if (paused) {
    fmt::print("paused; goes on at speed {:g}\n", speed);
  } else {
    fmt::print("running at {}\n", speed == 1 ? "full speed" : fmt::format("speed {:g}", speed));
  }
}

// What step alone says is empty elsewhere.
void print_csv(const ordered_json& answer) {
  const ordered_json released = answer.value("released", ordered_json::object());
  const auto of_step = [&released](const char* key) {
    return released.contains(key) ? released.at(key).dump() : std::string();
  };
  const std::string values[] = {answer.at("paused").dump(),
                                answer.at("speed").dump(),
                                answer.at("heldBack").dump(),
                                answer.at("settled").dump(),
                                of_step("routers"),
                                of_step("updates"),
                                of_step("routes")};
  fmt::print("paused,speed,held_back,settled,released_routers,released_updates,released_routes\n{}",
             show::csv_line(values));
}

}  // namespace

int run(const MotionCommand& command) {
  const auto answer = ask(lab_of(command.router), command.order);
  switch (command.format) {
    case Format::Json: {
      ordered_json document{{"schema", "chainrouter.motion/1"}};
      document.update(answer);
      fmt::print("{}\n", show::json_text(document));
      break;
    }
    case Format::Csv: print_csv(answer); break;
    case Format::Text: print(command.order, answer);
  }
  if (!answer.at("settled").get<bool>())
    tell("chainrouter: some UPDATEs were still on their way after 10 s: this is no stage yet\n");
  return kOk;
}

// --- Snapshots ---

namespace {

// Written beside its place and moved there when it is whole.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".XXXXXX") {
    fd_ = mkostemp(temporary_.data(), O_CLOEXEC);
    if (fd_ < 0) fail("create");
  }
  ~NewFile() {
    if (fd_ < 0) return;
    close(fd_);
    unlink(temporary_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void keep() {
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd_, 0666 & ~mask) != 0 || fsync(fd_) != 0) fail("write");
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("create");
    close(std::exchange(fd_, -1));
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw std::runtime_error(fmt::format("cannot {} {}: {}", what, path_, std::strerror(errno)));
  }
  std::string path_, temporary_;
  int fd_ = -1;
};

show::Snapshot read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  auto snapshot = show::read_snapshot(file);
  if (!snapshot) throw std::runtime_error(fmt::format("{}: {}", path, snapshot.error()));
  return *std::move(snapshot);
}

constexpr std::size_t kMostNamed = 20;  // by save; check names all

int check(const SnapshotCommand& command) {
  const auto snapshot = read(command.file);
  const auto faults = show::forwarding_faults(snapshot);
  fmt::print("{}", written(command.format, show::faults_text, show::faults_json, show::faults_csv, faults,
                           snapshot));
  return faults.empty() ? kOk : kCheckFailed;
}

int diff(const SnapshotCommand& command) {
  const auto changes = show::changes(read(command.file), read(command.other));
  fmt::print("{}",
             written(command.format, show::changes_text, show::changes_json, show::changes_csv, changes));
  return changes.empty() ? kOk : kCheckFailed;
}

int save(const SnapshotCommand& command) {
  const LabRecord lab = lab_of(command.router);
  NewFile file(command.file);  // before the lab is asked for anything
  const auto taken = ask(lab, request::Snapshot{});
  const auto number = taken.at("snapshot").get<std::uint32_t>();
  const auto routers = taken.at("routers").get<std::uint32_t>();
  try {
    file.write(fmt::format(
        "{{\"schema\":\"chainrouter.snapshot/1\",\"prefix\":{},\"target\":{},\"atNs\":{},\"routers\":[\n",
        ordered_json(lab.prefix).dump(), ordered_json(lab.target).dump(),
        taken.at("atNs").get<std::int64_t>()));
    for (std::uint32_t router = 0; router < routers; ++router) {
      const auto piece = ask(lab, request::Snapshot{number, router});
      file.write(piece.at("piece").get<std::string>());
      file.write(router + 1 == routers ? "\n]}\n" : ",\n");
    }
  } catch (const std::exception&) {
    (void)ask(lab, request::Snapshot{number, request::Snapshot::kForget});
    throw;
  }
  file.keep();
  const auto snapshot = read(command.file);
  auto faults = show::forwarding_faults(snapshot);
  if (command.format != Format::Text) {
    fmt::print("{}", written(command.format, show::faults_text, show::faults_json, show::faults_csv, faults,
                             snapshot));
    return kOk;
  }
  const std::size_t more = faults.size() - std::min(faults.size(), kMostNamed);
  faults.resize(faults.size() - more);
  fmt::print("{}", show::faults_text(faults, snapshot));
  if (more > 0) fmt::print("and {} more: chainrouter snapshot check {}\n", more, command.file);
  return kOk;
}

}  // namespace

int run(const SnapshotCommand& command) {
  switch (command.what) {
    case SnapshotCommand::What::Diff: return diff(command);
    case SnapshotCommand::What::Check: return check(command);
    case SnapshotCommand::What::Save: break;
  }
  return save(command);
}

}  // namespace app
