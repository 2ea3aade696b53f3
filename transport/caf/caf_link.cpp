// SPDX-License-Identifier: BSD-3-Clause
#include "caf_link.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace troupe::detail {
namespace {

constexpr std::size_t buffer_bytes_kept_max = std::size_t{4} << 20;

/// Moves up to `most` bytes from `parts`, behind the first `skipped` of them, into one string.
std::string gather(std::span<const iovec> parts, std::size_t skipped, std::size_t most) {
  std::string bytes;
  std::size_t wanted = 0;
  for (const iovec& part : parts) wanted += part.iov_len;
  bytes.reserve(std::min(most, wanted - skipped));
  for (const iovec& part : parts) {
    const std::size_t from = std::min(skipped, part.iov_len);
    skipped -= from;
    const std::size_t n = std::min(part.iov_len - from, most - bytes.size());
    bytes.append(static_cast<const char*>(part.iov_base) + from, n);
    if (bytes.size() == most) break;
  }
  return bytes;
}

}  // namespace

caf_link::caf_link(reactor& io, std::shared_ptr<line> over,
                   std::function<void(const std::string&)> on_news)
    : io_(io), over_(std::move(over)), on_news_(std::move(on_news)) {}

caf_link::~caf_link() { over_->close(); }

void caf_link::open(link_user& user) {
  user_ = &user;
  open_ = true;
  io_.use();
  io_.add(*this);
  over_->use(this);
}

bool caf_link::has_room() const noexcept {
  return written_ - known_.load(std::memory_order_seq_cst) < unread_bytes_max;
}

link::written caf_link::write(std::span<const iovec> parts, std::size_t& sent) noexcept {
  std::size_t wanted = 0;
  for (const iovec& part : parts) wanted += part.iov_len;
  sent = 0;
  while (sent < wanted) {
    if (shut_.load(std::memory_order_acquire)) return written::broken;
    if (!has_room()) {
      wants_room_.store(true, std::memory_order_seq_cst);
      // Either the receipt that makes room sees this, or it has been seen here.
      if (!has_room() || !wants_room_.exchange(false, std::memory_order_seq_cst))
        return written::some;
    }
    std::string bytes = gather(parts, sent, parcel_bytes_max);
    sent += bytes.size();
    written_ += bytes.size();
    over_->send({parcel::data, 0, std::move(bytes)});
  }
  return written::all;
}

void caf_link::close_output() noexcept {
  if (!shut_.exchange(true, std::memory_order_acq_rel)) over_->send({parcel::end, 0, {}});
}

void caf_link::on_parcel(parcel& p) {
  switch (p.what) {
    case parcel::data: read(p.bytes); break;
    case parcel::receipt:
      known_.store(p.number, std::memory_order_seq_cst);
      if (wants_room_.exchange(false, std::memory_order_seq_cst)) user_->on_writable();
      break;
    case parcel::news: on_news_(p.bytes); break;
    default: on_line_end("a parcel that has no place in a link"); break;
  }
}

void caf_link::read(const std::string& bytes) {
  const auto all = std::as_bytes(std::span(bytes));
  std::ptrdiff_t used = 0;
  if (buffer_.empty()) {
    used = user_->on_bytes(all);
    if (used >= 0) buffer_.append(all.data() + used, all.size() - static_cast<std::size_t>(used));
  } else {
    buffer_.append(all.data(), all.size());
    used = user_->on_bytes(buffer_.bytes());
    if (used > 0) {
      const std::size_t left = buffer_.size() - static_cast<std::size_t>(used);
      std::memmove(buffer_.data(), buffer_.data() + used, left);
      buffer_.truncate(left);
      buffer_.shrink(buffer_bytes_kept_max);
    }
  }
  if (!open_) return;
  if (used < 0) {
    on_line_end({});  // the peer knows why
    return;
  }
  read_ += all.size();
  if (read_ - told_ < unread_bytes_max / 4) return;
  told_ = read_;
  over_->send({parcel::receipt, read_, {}});
}

void caf_link::on_line_end(const std::string& error) {
  if (!open_) return;
  error_ = error;
  stop();
  user_->on_end();
  io_.look_soon();  // whoever has heard of it may have used Asio
}

void caf_link::stop() noexcept {
  open_ = false;
  over_->use(nullptr);
  io_.remove(*this);
  io_.unuse();
  buffer_ = {};
}

void caf_link::close() noexcept {
  if (open_) stop();
  close_output();
  over_->close();
}

}  // namespace troupe::detail
