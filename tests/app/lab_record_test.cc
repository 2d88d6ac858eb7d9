// Leftovers of dead labs are removed, those of living ones and other people's names never. The owners here
// are real processes that get a real SIGKILL.
#include "app/lab_record.h"

#include <fcntl.h>
#include <fstream>
#include <memory>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/app/temporary_directories.h"

namespace fs = std::filesystem;
using nlohmann::json;
using test::OtherProcess;
using test::TemporaryDirectories;

namespace {

std::vector<std::string> names_of(const std::string& prefix, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

// A lab's entry with its names published; descriptors stand for namespaces.
std::unique_ptr<app::LabEntry> published(const std::string& prefix, std::size_t count) {
  const auto names = names_of(prefix, count);
  auto entry =
      std::make_unique<app::LabEntry>(prefix, names, static_cast<std::uint32_t>(count - 1), "198.51.100.1");
  std::vector<app::RecordedName> recorded;
  for (const auto& name : names)
    recorded.push_back({name, open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), 4711});
  entry->publish(recorded);
  return entry;
}

// A process that runs a lab of that prefix until it is killed.
std::unique_ptr<OtherProcess> lab_process(const std::string& prefix, std::size_t count) {
  return std::make_unique<OtherProcess>([&] { (void)published(prefix, count).release(); });
}

bool is_there(const std::string& path) { return fs::symlink_status(path).type() != fs::file_type::not_found; }

std::size_t entries_of(const std::string& directory) {
  std::error_code error;
  const fs::directory_iterator entries(directory, error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a lab's entry is there while it lives and gone without a trace", "[lab_record]") {
  const TemporaryDirectories directories;
  {
    const auto entry = published("A_", 3);
    CHECK(fs::read_symlink(directories.netns() + "/A_2")
              .string()
              .starts_with(fmt::format("/proc/{}/fd/", getpid())));
    CHECK(fs::exists(directories.netns() + "/A_2"));  // it leads somewhere
    const auto lab = app::find_lab("A_1");
    REQUIRE(lab);
    CHECK(lab->prefix == "A_");
    CHECK(lab->pid == getpid());
    CHECK(lab->hops == 2);
    CHECK(lab->owner_lives());
    CHECK(app::find_lab(""));
    CHECK_FALSE(app::find_lab("A_3"));
    CHECK(app::sweep_dead_labs().empty());
    CHECK(entries_of(directories.netns()) == 3);
  }
  CHECK_FALSE(is_there(directories.netns()));
  CHECK_FALSE(is_there(directories.run()));
}

TEST_CASE("the sweep removes what a killed lab left, and nothing else", "[lab_record]") {
  const TemporaryDirectories directories;
  auto dead = lab_process("DEAD_", 4);
  auto living = lab_process("LIVES_", 2);
  // Somebody else's names, of every kind that ip netns and administrators make.
  write_file(directories.netns() + "/somebody", "");
  fs::create_symlink("/proc/1/fd/999", directories.netns() + "/dangling");
  fs::create_symlink("/proc/self/ns/net", directories.netns() + "/leading");
  write_file(app::control_socket_path("DEAD_"), "");

  CHECK(app::sweep_dead_labs().empty());  // its owner still lives
  CHECK(app::find_lab("DEAD_3"));
  dead->kill();
  CHECK_FALSE(app::find_lab("DEAD_3"));
  CHECK(app::sweep_dead_labs().size() == 4 + 2);
  CHECK(app::sweep_dead_labs().empty());

  CHECK_FALSE(is_there(directories.netns() + "/DEAD_0"));
  CHECK_FALSE(is_there(app::control_socket_path("DEAD_")));
  for (const char* name : {"/somebody", "/dangling", "/leading", "/LIVES_0", "/LIVES_1"})
    CHECK(is_there(directories.netns() + name));
  CHECK(app::all_records().size() == 1);
  CHECK(app::find_lab("LIVES_1"));
}

TEST_CASE("a killed lab leaves no directory and no half-written record", "[lab_record]") {
  const TemporaryDirectories directories;
  REQUIRE_FALSE(is_there(directories.netns()));
  auto dead = lab_process("DEAD_", 2);
  write_file(directories.run() + "/DEAD_.lab.new", "{\"schema\":");
  dead->kill();
  SECTION("when nobody else is there, the sweep takes all") {
    app::sweep_dead_labs();
    CHECK_FALSE(is_there(directories.netns()));
    CHECK_FALSE(is_there(directories.run()));
  }
  SECTION("somebody else's name keeps the directory") {
    write_file(directories.netns() + "/somebody", "");
    app::sweep_dead_labs();
    CHECK(entries_of(directories.netns()) == 1);
    CHECK_FALSE(is_there(directories.run()));
  }
  SECTION("one that was there before stays") {
    app::sweep_dead_labs();
    fs::create_directories(directories.netns());
    lab_process("DEAD_", 2)->kill();
    app::sweep_dead_labs();
    CHECK(is_there(directories.netns()));
    CHECK_FALSE(is_there(directories.run()));
  }
}

TEST_CASE("a dead lab's name that has become somebody else's is left alone", "[lab_record]") {
  const TemporaryDirectories directories;
  lab_process("A_", 4)->kill();
  const auto path = [&](int i) { return fmt::format("{}/A_{}", directories.netns(), i); };
  // A_0 is a file now (ip netns add), A_1 leads elsewhere, A_2 was removed, A_3 is as it was.
  for (int i = 0; i < 3; ++i) fs::remove(path(i));
  write_file(path(0), "");
  fs::create_symlink("/proc/1/ns/net", path(1));
  app::sweep_dead_labs();
  CHECK(is_there(path(0)));
  CHECK(is_there(path(1)));
  CHECK_FALSE(is_there(path(3)));
  CHECK(app::all_records().empty());
}

TEST_CASE("a killed lab that nobody has reaped is dead", "[lab_record]") {
  const TemporaryDirectories directories;
  const auto dead = lab_process("A_", 2);
  dead->kill_unreaped();
  REQUIRE(is_there(fmt::format("/proc/{}", dead->pid())));
  CHECK_FALSE(app::find_lab("A_0"));
  CHECK(app::sweep_dead_labs().size() == 2 + 1);
  CHECK(error_of([] { published("A_", 2); }).empty());
}

TEST_CASE("a process id that is used again does not bring its lab back to life", "[lab_record]") {
  const TemporaryDirectories directories;
  { lab_process("OLD_", 2)->kill(); }
  const auto living = lab_process("NEW_", 2);
  // The same process id as the living lab's, and even the same name and descriptor in one place; only the
  // start times differ.
  const auto old_path = directories.run() + "/OLD_.lab";
  auto old = json::parse(text_of(old_path));
  const auto present = json::parse(text_of(directories.run() + "/NEW_.lab"));
  const int fd = present["names"][0]["fd"].get<int>();
  old["pid"] = living->pid();
  old["startTime"] = present["startTime"].get<std::uint64_t>() - 1;
  old["names"].push_back({{"name", "NEW_0"}, {"fd", fd}, {"inode", 1}});
  write_file(old_path, old.dump());

  CHECK_FALSE(app::find_lab("OLD_0"));
  app::sweep_dead_labs();
  CHECK_FALSE(is_there(old_path));
  CHECK(is_there(directories.netns() + "/NEW_0"));
  CHECK(app::find_lab("NEW_0"));
}

TEST_CASE("a record speaks for the prefix in its own file name only", "[lab_record]") {
  const TemporaryDirectories directories;
  auto first = lab_process("A_", 2);
  fs::copy_file(directories.run() + "/A_.lab", directories.run() + "/copy.lab");
  first->kill();
  app::sweep_dead_labs();
  const auto second = lab_process("A_", 2);
  write_file(app::control_socket_path("A_"), "");
  app::sweep_dead_labs();
  CHECK(app::find_lab("A_0"));
  CHECK(is_there(directories.netns() + "/A_0"));
  CHECK(is_there(app::control_socket_path("A_")));
}

TEST_CASE("half-written and foolish records are ignored", "[lab_record]") {
  const TemporaryDirectories directories;
  const auto living = lab_process("A_", 2);
  const std::string whole = text_of(directories.run() + "/A_.lab");
  for (std::size_t length = 0; length < whole.size() - 1; length += 7)
    write_file(fmt::format("{}/half{}.lab", directories.run(), length), whole.substr(0, length));
  for (const auto& [key, value] :
       std::initializer_list<std::pair<const char*, json>>{{"pid", "x"},
                                                           {"pid", nullptr},
                                                           {"names", 3},
                                                           {"names", {{{"name", 1}}}},
                                                           {"startTime", json::object()}}) {
    auto document = json::parse(whole);
    document[key] = value;
    write_file(fmt::format("{}/{}{}.lab", directories.run(), key, value.dump().size()), document.dump());
  }
  write_file(directories.run() + "/B_.lab", "[]");
  CHECK(app::all_records().size() == 1);
  CHECK(app::sweep_dead_labs().empty());
  CHECK(app::find_lab("A_1"));
  // And they are in nobody's way.
  CHECK(error_of([] { published("B_", 2); }).empty());
}

TEST_CASE("a name that is taken is refused before anything is made", "[lab_record]") {
  const TemporaryDirectories directories;
  fs::create_directories(directories.netns());
  const auto taken = directories.netns() + "/A_1";
  SECTION("by a file, as ip netns add makes it") { write_file(taken, ""); }
  SECTION("by a link that leads nowhere") { fs::create_symlink("/proc/1/fd/999", taken); }
  const auto error = error_of([] { published("A_", 3); });
  CHECK(error.find(taken) != std::string::npos);
  CHECK(error.find("--name-prefix") != std::string::npos);
  CHECK(is_there(taken));
  CHECK(entries_of(directories.netns()) == 1);
  CHECK_FALSE(is_there(directories.run()));
}

TEST_CASE("two living labs cannot have the same prefix, but may stand side by side", "[lab_record]") {
  const TemporaryDirectories directories;
  const auto other = lab_process("A_", 2);
  const auto error = error_of([] { published("A_", 2); });
  CHECK(error.find("already running") != std::string::npos);
  CHECK(error.find(std::to_string(other->pid())) != std::string::npos);
  CHECK(app::find_lab("A_0"));  // unharmed
  {
    const auto beside = published("B_", 2);
    CHECK(app::find_lab("B_0")->prefix == "B_");
    CHECK_FALSE(app::find_lab(""));  // which of the two?
  }
  CHECK(entries_of(directories.netns()) == 2);
  CHECK(app::all_records().size() == 1);
}

TEST_CASE("a name that appears while the lab is being built is reported and not overwritten",
          "[lab_record]") {
  const TemporaryDirectories directories;
  const auto error = error_of([&] {
    app::LabEntry entry("A_", names_of("A_", 2), 1, "198.51.100.1");
    write_file(directories.netns() + "/A_1", "somebody's");
    entry.publish({{"A_0", 3, 1}, {"A_1", 4, 2}});
  });
  CHECK(error.find("A_1") != std::string::npos);
  CHECK(text_of(directories.netns() + "/A_1") == "somebody's");
  CHECK_FALSE(is_there(directories.netns() + "/A_0"));
}

TEST_CASE("the names' directory may go while the lab is being built", "[lab_record]") {
  // Another lab, with a runtime directory of its own, made it and removes it when it ends.
  const TemporaryDirectories directories;
  app::LabEntry entry("A_", names_of("A_", 1), 1, "198.51.100.1");
  fs::remove(directories.netns());
  entry.publish({{"A_0", 3, 1}});
  CHECK(is_there(directories.netns() + "/A_0"));
}
