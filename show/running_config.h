// `show running-config`: what a speaker is configured to do now, in the words of FRR's configuration, as far
// as it has words for it. Keys of TCP MD5 and TCP-AO are not shown. Pure.
#pragma once

#include <string>
#include <string_view>

#include "speaker/speaker.h"

namespace show {

std::string running_config(const speaker::SpeakerConfig& config, std::string_view version);

}  // namespace show
