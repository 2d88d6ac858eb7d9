// What becomes of a loop (asio::co_spawn) that a router cannot do without: with asio::detached what it throws
// would be dropped, and the router would go on without it. So it ends the router's thread, which reports it.
#pragma once

#include <exception>

namespace app {

inline void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace app
