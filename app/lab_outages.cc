// Links, sessions and routers that are taken down on purpose. What is down is known to the lab alone
// (scenario::Outages); each router is told what that means for its two sides, and answers when it is so. One
// outage at a time: two that overlapped could each wait for what the other prevents.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/lab.h"
#include "scenario/names.h"

namespace app {

namespace asio = boost::asio;
using nlohmann::ordered_json;
using scenario::Thing;

namespace {

// Within which the kernel tells both ends what has become of their link. It takes milliseconds; a busy
// machine may take longer.
constexpr std::chrono::seconds kPatience{5};

}  // namespace

void Lab::take(const request::Outage& outage, ControlServer::Reply reply) {
  if (auto wrong = why_not(outage); !wrong.empty()) {
    reply({{"error", std::move(wrong)}});
    return;
  }
  outages_to_come_.emplace_back(outage, std::move(reply));
  if (outages_to_come_.size() == 1) begin_outage();
}

std::string Lab::why_not(const request::Outage& outage) const {
  const auto& prefix = options_.chain.name_prefix;
  if (!outages_.exists(outage.thing, outage.number))
    return outage.thing == Thing::Router
               ? fmt::format("there is no router {}: the chain is {} to {}", outage.number,
                             plan_.front().name, plan_.back().name)
               : fmt::format("there is no link {}: the chain is {} to {}",
                             outage.number == 0 ? "0" : scenario::link_name(outage.number),
                             plan_.front().name, plan_.back().name);
  const auto foreign = [&](std::uint32_t router) { return plan_[router].foreign; };
  if (outage.thing == Thing::Router && foreign(outage.number))
    return fmt::format("{}{} is left to another speaker (--foreign): end that one", prefix, outage.number);
  if (outage.thing != Thing::Router && foreign(outage.number - 1) && foreign(outage.number))
    return fmt::format("both ends of {} are left to other speakers (--foreign): use ip -n {}{} link",
                       scenario::link_name(outage.number), prefix, outage.number);
  return {};
}

// What a router has to do about one of its links, and what it should see then. `act`: it is concerned itself,
// not only its neighbor.
void Lab::order(Thing thing, bool act, std::uint32_t router, std::uint32_t link,
                std::map<Router*, Router::Orders>& orders) {
  if (plan_[router].foreign || link < 1 || link > outages_.hops()) return;
  Router::Orders& of_router = orders[find(plan_[router].name)];
  Router::SideOrders& side = link == router ? of_router.left : of_router.right;
  if (act && thing != Thing::Session) side.interface = outages_.interface_up(router, link);
  if (act && thing != Thing::Link) side.session = outages_.session_wanted(router, link);
  if (thing == Thing::Session) return;
  // What the far end of a foreign router's link is, is its own business; ours being down is enough for
  // "down".
  const bool usable = outages_.link_usable(link);
  const std::uint32_t other = link == router ? router - 1 : link;
  if (!plan_[other].foreign || !usable) side.usable = usable;
}

std::map<Router*, Router::Orders> Lab::orders_for(const request::Outage& outage) {
  std::map<Router*, Router::Orders> orders;
  if (outage.thing != Thing::Router) {
    order(outage.thing, true, outage.number - 1, outage.number, orders);
    order(outage.thing, true, outage.number, outage.number, orders);
    return orders;
  }
  for (const std::uint32_t link : {outage.number, outage.number + 1}) {
    order(outage.thing, true, outage.number, link, orders);
    const std::uint32_t other = link == outage.number ? link - 1 : link;
    if (other <= outages_.hops()) order(outage.thing, false, other, link, orders);
  }
  return orders;
}

void Lab::begin_outage() {
  const request::Outage outage = outages_to_come_.front().first;
  outages_.set(outage.thing, outage.number, outage.up);
  const auto orders = orders_for(outage);
  outage_answers_ = orders.size();
  const std::uint64_t number = ++outage_number_;
  outage_patience_.expires_after(kPatience);
  outage_patience_.async_wait([this, number](boost::system::error_code error) {
    if (!error && number == outage_number_)
      end_outage(fmt::format("not done within {} s; has somebody else deleted the link, or set it down?",
                             kPatience.count()));
  });
  for (const auto& [router, of_router] : orders)
    router->administer(of_router, [this, number](const std::string& error) {
      asio::post(io_, [this, number, error] {
        if (number != outage_number_) return;  // too late
        if (!error.empty() || --outage_answers_ == 0) end_outage(error);
      });
    });
}

void Lab::end_outage(const std::string& error) {
  ++outage_number_;
  outage_patience_.cancel();
  const auto reply = std::move(outages_to_come_.front().second);
  outages_to_come_.pop_front();
  if (!outages_to_come_.empty()) begin_outage();
  tell_page();
  reply(error.empty() ? ordered_json{{"done", true}} : ordered_json{{"error", error}});
}

}  // namespace app
