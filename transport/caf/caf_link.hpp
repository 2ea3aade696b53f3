// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <troupe/byte_buffer.hpp>
#include <troupe/detail/reactor.hpp>

#include "line.hpp"
#include "link.hpp"

namespace troupe::detail {

/// A link whose bytes travel in CAF's messages: each write is one of them, up to `parcel_bytes_max`. CAF
/// itself takes any number, so what has been written and not been read there is counted here; beyond
/// `unread_bytes_max` a write takes nothing.
class caf_link final : public link, line_user, pollable {
 public:
  static constexpr std::size_t parcel_bytes_max = std::size_t{256} << 10;
  static constexpr std::uint64_t unread_bytes_max = std::uint64_t{2} << 20;

  /// \param on_news  what comes beside the bytes
  caf_link(reactor& io, std::shared_ptr<line> over,
           std::function<void(const std::string&)> on_news);
  ~caf_link() override;

  void open(link_user& user) override;
  written write(std::span<const iovec> parts, std::size_t& sent) noexcept override;
  void close_output() noexcept override;
  void close() noexcept override;

  /// Why it has ended, if not as it should. \thread the holder of the reactor
  const std::string& error() const noexcept { return error_; }
  /// Beside the bytes. \thread the holder of the reactor
  void send_news(std::string bytes) { over_->send({parcel::news, 0, std::move(bytes)}); }

 private:
  bool poll() noexcept override { return over_->drain(); }
  void on_parcel(parcel& p) override;
  void on_line_end(const std::string& error) override;
  void read(const std::string& bytes);
  void stop() noexcept;
  bool has_room() const noexcept;

  reactor& io_;
  const std::shared_ptr<line> over_;
  const std::function<void(const std::string&)> on_news_;
  link_user* user_ = nullptr;
  bool open_ = false;
  std::string error_;
  byte_buffer buffer_;      ///< what is not whole yet
  std::uint64_t read_ = 0;  ///< bytes, ever
  std::uint64_t told_ = 0;  ///< as of the last receipt

  std::uint64_t written_ = 0;            ///< bytes, ever; the writer's
  std::atomic<std::uint64_t> known_{0};  ///< how many of them have been read there
  std::atomic<bool> wants_room_{false};  ///< a write has been refused; both sides clear it
  std::atomic<bool> shut_{false};        ///< a write goes nowhere
};

}  // namespace troupe::detail
