// Recordings and dumps, as they are asked for on the control socket; a lab's and a single speaker's alike.
#pragma once

#include <vector>

#include "app/control_server.h"
#include "app/recordings.h"
#include "app/request.h"

namespace speaker {
class Speaker;
}

namespace app {

// `routers`: all that there are.
void answer(Recordings& recordings, const request::Record& asked, const std::vector<Router*>& routers,
            const ControlServer::Reply& reply);

// Who a router's neighbours are: sessions that are up with their OPENs, as octets.
nlohmann::ordered_json sessions_up(const speaker::Speaker& speaker);

// The routes of one router as MRT's TABLE_DUMP_V2, in pieces; on the router's thread.
nlohmann::ordered_json rib_dump(const speaker::Speaker& speaker, const request::RibDump& asked);

}  // namespace app
