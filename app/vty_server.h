#pragma once
#include <string>
#include <boost/asio.hpp>
#include "speaker/speaker.h"
namespace app {
class VtyServer { public: VtyServer(boost::asio::io_context&, std::string, speaker::Speaker&) {} void listen() {} std::string run_once(const std::string&) { return "% soon\n"; } };
}
