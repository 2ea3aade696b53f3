// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <troupe/byte_buffer.hpp>
#include <troupe/detail/system_core.hpp>

#include "answer_book.hpp"
#include "frame.hpp"
#include "handshake.hpp"
#include "link.hpp"

namespace troupe::detail {

class nodes;

/// Another process at the end of a link. Its cell is the home of every address in that process, and
/// the route to whatever lies behind it: mail for there is turned into frames here, frames from there
/// are turned into mail. The sending half runs as the turns of that cell (any worker, one at a time);
/// the receiving half on the holder of the reactor.
class peer final : public link_user {
 public:
  /// What the owner of the peer wants to hear. Called on the holder of the reactor.
  struct events {
    std::function<void(const hello&)> greeted;            ///< the handshake is done
    std::function<void(const std::string& error)> ended;  ///< the link is over; empty: plain end
  };

  peer(nodes& owner, std::uint64_t node_id, events on);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer();

  /// Takes the link, greets, starts reading.
  void open(std::unique_ptr<link> transport, const hello& greeting);

  cell& home() noexcept { return home_; }

  /// After what is queued now: no more is written, the peer sees the end. \thread any
  void finish() noexcept;
  /// Nothing more comes from the peer, though it may still read: what it owes is settled with `why`,
  /// and so is what it is asked from now on. \thread any
  void expect_no_answers(const exit_reason& why);
  /// The peer is gone: everything it owed is settled with `why`; so is all that is sent from now on.
  /// \thread any
  void settle(const exit_reason& why);

 private:
  // Sending half: peer_send.cpp
  static void receive(cell& c, envelope& e);
  static void batch_end(cell& c);
  static void destroy(cell&) noexcept {}
  static const actor_class kind;
  void send(envelope& e);
  void handle_notice(envelope& e);
  void refuse(envelope& e);
  void settle_debts(const exit_reason& why);
  void flush();
  void write_out();
  frame frame_for(envelope& e) const;
  void note_debt(envelope& e);

  // Receiving half: peer_receive.cpp
  std::ptrdiff_t on_bytes(std::span<const std::byte> bytes) override;
  void on_writable() noexcept override;
  void on_end() noexcept override;
  bool take(const frame& f);
  bool take_hello(const frame& f);
  bool take_mail(const frame& f, const address& to);
  bool pass_on(const frame& f);
  bool read_sender(const frame& f, address& from);
  bool bad_payload(const frame& f, std::string what, std::string& why_not);
  bool decode_payload(const frame& f, envelope_ptr& e, envelope_kind kind, std::string& why_not);
  void deliver(const address& to, envelope* e);
  void flush_chain() noexcept;
  bool fail(std::string why);

  nodes& owner_;
  events on_;
  cell& home_;
  std::unique_ptr<link> link_;
  answer_book book_;

  // The sending half's own.
  byte_buffer outgoing_;
  std::size_t sent_ = 0;
  bool finishing_ = false;
  bool noted_ = false;                  ///< the owner knows that we have finished
  bool broken_ = false;                 ///< the reading side will tell why
  std::optional<exit_reason> settled_;  ///< all mail is refused with this
  std::optional<exit_reason> mute_;     ///< what wants an answer is refused with this

  // The receiving half's own.
  bool greeted_ = false;
  std::string error_;
  address chain_to_;
  envelope* chain_first_ = nullptr;
  envelope* chain_last_ = nullptr;
  const message_type* last_type_ = nullptr;
};

}  // namespace troupe::detail
