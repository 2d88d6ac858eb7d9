// Result: a value or the reason why there is none. Used where failure is an ordinary answer (bytes from a
// peer, text from a user); exceptions remain for set-up that cannot go on.
#pragma once

#include <expected>

namespace net {

template <class Value, class Error>
using Result = std::expected<Value, Error>;

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace net
