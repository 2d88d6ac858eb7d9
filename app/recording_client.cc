#include "app/recording_client.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/hex_octets.h"

namespace app {

RecordingClient::RecordingClient(LabRecord lab, std::vector<std::string> routers, MessageRecorder::Also also)
    : lab_(std::move(lab)) {
  const auto reply = ask(
      lab_, request::Record{
                .recording = 0, .routers = std::move(routers), .sent = also.sent, .loc_rib = also.loc_rib});
  id_ = reply.at("recording").get<std::uint32_t>();
}

std::vector<std::uint8_t> RecordingClient::fetch(bool last) {
  while (true) {
    const auto reply = ask(lab_, request::Record{.recording = id_, .routers = {}, .end = last});
    merge_.add(from_hex(reply.at("records").get<std::string>()));
    for (const auto& [router, count] : reply.at("dropped").items())
      dropped_[router] += count.get<std::uint64_t>();
    if (reply.at("more").get<bool>()) continue;
    const std::chrono::microseconds up_to(reply.at("upTo").get<std::int64_t>());
    return last ? merge_.take_all() : merge_.take_before(capture::Time(up_to));
  }
}

}  // namespace app
