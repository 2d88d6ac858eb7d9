// A recording of a running lab's messages, from a client's side: fetches what has come, in order of time
// across all routers. Throws std::runtime_error with a sentence.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/lab_record.h"
#include "app/message_recorder.h"
#include "capture/record_merge.h"

namespace app {

class RecordingClient {
 public:
  // Of these routers (none: of all).
  RecordingClient(LabRecord lab, std::vector<std::string> routers, MessageRecorder::Also also);

  // MRT records that have come since the last time, as far as nothing older can follow. `last`: all of them,
  // and the recording ends.
  std::vector<std::uint8_t> fetch(bool last);
  // What was held back, where the lab does not answer any more.
  std::vector<std::uint8_t> rest() { return merge_.take_all(); }
  // Messages that did not fit into the lab's buffers, by router.
  const std::map<std::string, std::uint64_t>& dropped() const { return dropped_; }

 private:
  LabRecord lab_;
  capture::RecordMerge merge_;
  std::uint32_t id_ = 0;
  std::map<std::string, std::uint64_t> dropped_;
};

}  // namespace app
