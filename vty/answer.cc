#include "vty/answer.h"

#include "show/json.h"
#include "show/text.h"

namespace vty {

namespace {

std::string route_answer(const Views& views, const std::optional<speaker::RouteView>& route, bool json) {
  const speaker::RouteView* found = route ? &*route : nullptr;
  return json ? show::route_json(views.router(), found, views.clock())
              : show::route_text(views.router(), found, views.clock());
}

std::string neighbors_answer(const command::ShowNeighbors& command, const Views& views) {
  const auto router = views.router();
  if (command.address)
    return command.json ? show::neighbor_json(router, *command.address, views.clock())
                        : show::neighbor_text(router, *command.address);
  return command.json ? show::neighbors_json(router, views.clock()) : show::neighbors_text(router);
}

}  // namespace

std::string answer(const ShowCommand& command, const Views& views, std::string_view version) {
  return std::visit(
      net::overloaded{
          [&](const command::ShowSummary& c) {
            return c.json ? show::summary_json(views.router(), views.clock())
                          : show::summary_text(views.router());
          },
          [&](const command::ShowRoutes& c) {
            return c.json ? show::routes_json(views.router(), views.routes())
                          : show::routes_text(views.router(), views.routes());
          },
          [&](const command::ShowRoute& c) { return route_answer(views, views.route(c.prefix), c.json); },
          [&](const command::ShowLongestMatch& c) {
            return route_answer(views, views.longest_match(c.address), c.json);
          },
          [&](const command::ShowNeighbors& c) { return neighbors_answer(c, views); },
          [&](const command::ShowVersion& c) {
            const std::string name = views.router().name;
            return c.json ? show::version_json(name, version) : show::version_text(name, version);
          },
      },
      command);
}

}  // namespace vty
