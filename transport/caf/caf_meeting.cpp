// SPDX-License-Identifier: BSD-3-Clause
#include "caf_meeting.hpp"

#include <utility>

namespace troupe::detail {

caf_meeting::caf_meeting(reactor& io, std::shared_ptr<line> over, meeting::part ours,
                         objection object, on_heard heard)
    : io_(io),
      over_(std::move(over)),
      talk_(std::move(ours)),
      object_(std::move(object)),
      heard_(std::move(heard)),
      patience_(io) {}

void caf_meeting::start(std::chrono::nanoseconds limit) {
  io_.use();
  over_->use(this);
  patience_.begin(limit, [self = shared_from_this()] {
    self->finish("it did not finish the handshake in time");
  });
}

std::string caf_meeting::opening() {
  talk_.begin(out_);
  std::string said(reinterpret_cast<const char*>(out_.data()), out_.size());
  out_.clear();
  return said;
}

void caf_meeting::on_parcel(parcel& p) {
  if (p.what == parcel::talk && offered_) {
    finish(p.bytes.empty() ? "" : "it goes on talking where it should accept");
  } else if (p.what == parcel::talk) {
    take(p.bytes);
  } else {
    finish("it does not answer as a node of a cluster does");
  }
}

void caf_meeting::on_line_end(const std::string& error) {
  finish("it closed the connection during the handshake" + (error.empty() ? "" : ": " + error));
}

void caf_meeting::take(const std::string& records) {
  auto left = std::as_bytes(std::span(records));
  while (heard_ && !left.empty()) {
    if (left.size() < record_header_bytes) return finish("a record that is cut off");
    const auto header = read_record_header(left.first<record_header_bytes>());
    left = left.subspan(record_header_bytes);
    if (header.payload_bytes > talk_.payload_bytes_max())
      return finish("it announces more bytes than the handshake has room for");
    if (left.size() < header.payload_bytes) return finish("a record that is cut off");
    if (!take_record(header.kind, left.first(header.payload_bytes))) return;
    left = left.subspan(header.payload_bytes);
  }
  if (heard_) say();
}

/// \return false: it is over
bool caf_meeting::take_record(record_kind kind, std::span<const std::byte> payload) {
  const auto next = talk_.take(kind, payload, out_);
  if (next == meeting::step::more) return true;
  std::string error = next == meeting::step::failed ? talk_.error() : std::string{};
  if (talk_.is_listener() && error.empty()) {
    error = object_(talk_.theirs());
    if (error.empty()) {
      write_record(out_, record_kind::pipes, {});
      offered_ = true;
      say();
      return false;
    }
    write_refusal(out_, error);
  }
  say();
  finish(std::move(error));
  return false;
}

void caf_meeting::say() {
  if (out_.empty()) return;
  over_->send({parcel::talk, 0, {reinterpret_cast<const char*>(out_.data()), out_.size()}});
  out_.clear();
}

void caf_meeting::finish(std::string error) {
  if (!heard_) return;
  const auto self = shared_from_this();  // `heard` may let go of it
  patience_.end();
  over_->use(nullptr);
  std::exchange(heard_, {})(*this, error);
  io_.unuse();
}

}  // namespace troupe::detail
