// gzip and bzip2 undone, in memory, up to a limit: what would become larger is refused, however small it is
// on the disk. The only place that knows zlib and libbz2. RFC 1952.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/bytes.h"
#include "net/result.h"

namespace capture {

bool is_compressed(net::Bytes octets);

// The octets inside, of all members one after another; or one sentence. Precondition: is_compressed(octets).
net::Result<std::vector<std::uint8_t>, std::string> decompress(net::Bytes octets, std::size_t max_octets);

}  // namespace capture
