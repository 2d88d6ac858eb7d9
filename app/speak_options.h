// The words of `chainrouter speak`, from text to a RouterPlan: flags, or the same words in a small file, one
// a line. Reading them touches nothing but that file; a mistake is one sentence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/topology.h"
#include "net/result.h"

namespace app {

// As they were typed.
struct SpeakWords {
  std::string as, router_id, netns, name, listen_port = "179", profile = "lab", mrai = "0", seed = "1",
                                          router_memory;
  std::vector<std::string> locals, neighbors, networks;
};

struct SpeakOptions {
  std::string netns;  // of /run/netns; empty: where we are
  RouterPlan plan;
};

net::Result<SpeakOptions, std::string> read_speak_words(const SpeakWords& words);

// The lines of a configuration file as command line words: "neighbor 10.0.0.2,as=65002" becomes "--neighbor"
// and "10.0.0.2,as=65002"; blank lines and what follows "#" are passed over.
std::vector<std::string> words_of_file(std::string_view text);

}  // namespace app
