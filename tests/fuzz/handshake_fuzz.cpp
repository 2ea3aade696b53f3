// SPDX-License-Identifier: BSD-3-Clause
// The records of a meeting, from somebody who may be anybody. The first byte says whom we play.
#include "meeting_protocol.hpp"
#include "must.hpp"

using namespace troupe;
using namespace troupe::detail;

namespace {

meeting make(std::uint8_t choice) {
  meeting::part p;
  p.role = choice & 1 ? meeting_role::caller : meeting_role::listener;
  if (choice & 2) p.key = "sixteen bytes at least";
  p.identity = {22, choice & 4 ? 7u : 8u, "fuzzed"};
  p.types = {{1, "bank::deposit"}, {2, "bank::balance"}};
  return meeting(std::move(p));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  meeting talk = make(data[0]);
  byte_buffer out;
  talk.begin(out);
  std::span<const std::byte> left = bytes_of(data + 1, size - 1);
  bool identified = false;
  while (left.size() >= record_header_bytes) {
    const auto header = read_record_header(left.first<record_header_bytes>());
    left = left.subspan(record_header_bytes);
    if (header.payload_bytes > talk.payload_bytes_max() || header.payload_bytes > left.size())
      break;
    const auto step = talk.take(header.kind, left.first(header.payload_bytes), out);
    left = left.subspan(header.payload_bytes);
    identified = identified || header.kind == record_kind::identity;
    // Without the key nobody gets far: the proof depends on a challenge that is not in the input.
    if (step == meeting::step::agreed) {
      MUST(identified && talk.theirs().node != 0 && talk.theirs().node != 22);
    }
    if (step == meeting::step::failed) MUST(!talk.error().empty());
    if (step != meeting::step::more) break;
  }
  MUST(out.size() < 4096);  // whatever comes, little is said
  return 0;
}
