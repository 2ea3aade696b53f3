// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace troupe::detail {

/// All that crosses CAF: part of a stream of bytes, or what the two ends of it tell each other.
struct parcel {
  enum kind : std::uint8_t {
    hail = 1,  ///< to a doorkeeper: somebody calls. `bytes` as in talk
    talk,      ///< records of the handshake
    data,      ///< frames, cut anywhere
    receipt,   ///< `number`: so many bytes of data have been read, in all
    news,      ///< for the cluster: who else there is
    end,       ///< nothing comes after this one; `bytes`: why, if it is not the plain end
  };
  std::uint8_t what = 0;
  std::uint64_t number = 0;
  std::string bytes;
};

}  // namespace troupe::detail
