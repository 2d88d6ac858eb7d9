// Requests that concern one router, answered on that router's thread: what it shows, what it originates, what
// is done to its neighbours. Serves a lab's control socket and a single speaker's alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "app/control_server.h"
#include "app/request.h"
#include "app/router.h"
#include "show/load.h"

namespace app {

class RouterRequests {
 public:
  using Find = std::function<Router*(const std::string& name)>;

  // Replies are given on `control`'s thread.
  RouterRequests(boost::asio::io_context& control, Find find) : control_(control), find_(std::move(find)) {}

  void answer(const request::Show& show, ControlServer::Reply reply) const;
  void answer(const request::ShowTable& show, ControlServer::Reply reply) const;
  void answer(const request::AwaitRoute& awaited, ControlServer::Reply reply) const;
  void answer(const request::AwaitSession& awaited, ControlServer::Reply reply) const;
  void answer(const request::CheckFib& check, ControlServer::Reply reply) const;
  void answer(const request::Network& network, ControlServer::Reply reply) const;
  void answer(const request::Neighbor& action, ControlServer::Reply reply) const;
  void answer(const request::Sessions& sessions, ControlServer::Reply reply) const;
  void answer(const request::RibDump& dump, ControlServer::Reply reply) const;

  // Of all these routers; they must live until the reply is given.
  void answer(const request::Loads& loads, std::vector<Router*> routers, ControlServer::Reply reply) const;
  void answer(const request::Metrics& metrics, std::vector<Router*> routers,
              ControlServer::Reply reply) const;

  // A row of `list`.
  static nlohmann::ordered_json row(const Router& router);

 private:
  Router* find(const std::string& name, const ControlServer::Reply& reply) const;
  // Runs `work` on the router's thread and gives its result as the reply.
  void on_router(Router& router, std::function<nlohmann::ordered_json(speaker::Speaker&)> work,
                 ControlServer::Reply reply) const;
  void await(Router& router, std::function<bool(const speaker::Speaker&)> holds,
             ControlServer::Reply reply) const;

  // Asks one router after the other, so that no more than one is kept from its work; `done` with what all
  // say.
  using AllFigures = std::vector<show::Figures>;
  void gather(std::vector<Router*> routers, std::function<void(const AllFigures&)> done) const;

  boost::asio::io_context& control_;
  Find find_;
};

}  // namespace app
