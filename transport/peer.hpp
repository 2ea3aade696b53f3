// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <troupe/byte_buffer.hpp>
#include <troupe/detail/system_core.hpp>
#include <unordered_map>
#include <vector>

#include "answer_book.hpp"
#include "flow.hpp"
#include "frame.hpp"
#include "handshake.hpp"
#include "link.hpp"
#include "outgoing.hpp"

namespace troupe::detail {

class nodes;

/// What the process at the end of a link is to this one.
enum class kinship : std::uint8_t { none, parent, child, sibling };

/// In the flags of a tell, beside those of overflow.cpp and peer_flow.cpp: it is for the link at the other end
/// (introduction.hpp), and goes whatever the budget.
inline constexpr std::uint8_t family_news_flag = 16;

/// Another process at the end of a link. Its cell is the home of every address in that process, and
/// the route to whatever lies behind it: mail for there is turned into frames here, frames from there
/// are turned into mail. The sending half runs as the turns of that cell (any worker, one at a time);
/// the receiving half on the holder of the reactor.
///
/// A sibling at the end of a direct link has no cell of its own: it is reached through the gateway behind the
/// parent's link as ever, and it is the turn of that link that decides which mail takes the direct way.
class peer final : public link_user {
 public:
  /// What the owner of the peer wants to hear. Called on the holder of the reactor.
  struct events {
    std::function<void(const hello&)> greeted;            ///< the handshake is done
    std::function<void(const std::string& error)> ended;  ///< the link is over; empty: plain end
  };

  peer(nodes& owner, std::uint64_t node_id, events on);
  /// A sibling. \param parent  as whose turns the sending half runs   \param gateway  its home here
  peer(nodes& owner, peer& parent, cell& gateway, std::uint64_t password, events on);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer();

  /// The peer is another program: it will greet with this hash of its message types. Before open().
  void expect_types(std::uint64_t type_table) noexcept { type_table_ = type_table; }
  /// Before open().
  void become(kinship k) noexcept { kinship_ = k; }
  bool is(kinship k) const noexcept { return kinship_ == k; }
  /// A child that has not ended. \thread the holder of the reactor
  bool is_child_here() const noexcept { return is(kinship::child) && !has_left_; }
  void leave() noexcept { has_left_ = true; }
  /// Takes the link, greets, starts reading.
  void open(std::unique_ptr<link> transport, const hello& greeting);

  cell& home() noexcept { return home_; }
  std::uint64_t node_id() const noexcept { return node_id_; }
  /// The peer whose cell this is, or null.
  static peer* at(const cell& c) noexcept;
  /// What came beside a message. \thread the holder of the reactor
  int take_descriptor(std::uint64_t number) noexcept { return link_->take(number); }

  /// After what is queued now: no more is written, the peer sees the end. \thread any
  void finish() noexcept;
  /// Nothing more comes from the peer, though it may still read: what it owes is settled with `why`,
  /// and so is what it is asked from now on. \thread any
  void expect_no_answers(const exit_reason& why);
  /// The peer is gone: everything it owed is settled with `why`; so is all that is sent from now on.
  /// \thread any
  void settle(const exit_reason& why);

  // Of a sibling: peer_direct.cpp. \thread the holder of the reactor
  /// From now on mail of our own goes directly.
  void take_over();
  /// All that came from there on the old way is in its mailboxes: reads what has come directly.
  void let_in();
  /// If the sibling owes this answer, `other` does from now on. \return false: it does not
  bool hand_debt_to(peer& other, const address& asker, std::uint64_t id);

 private:
  // Sending half: peer_send.cpp
  static void receive(cell& c, envelope& e);
  static void batch_end(cell& c);
  static void destroy(cell&) noexcept {}
  static const actor_class kind;
  void heed(std::uint8_t what, const exit_reason& why);
  void refuse(envelope& e);
  void settle_debts(const exit_reason& why);
  void flush();
  void write_out();

  // Which way: peer_direct.cpp
  peer& way_of(envelope& e) noexcept;
  peer& way_to(std::uint32_t gateway) noexcept;
  bool goes_directly(envelope& e) noexcept;
  void redirect(peer& sibling);
  void leave_direct_way(envelope& e);
  void note_handed_on(const address& asker, std::uint64_t id);
  void say_handed_on(const address& asker, std::uint64_t id);
  std::uint64_t id_on_wire(envelope& e) const noexcept;
  bool check_sibling(const frame& f);
  bool is_paid(const frame& f, const address& to, std::uint64_t& id);
  bool take_news(const frame& f);
  const cell* who_talks(const frame& f, const address& from) const noexcept;
  void heed_passing_news(const frame& f, cell& to);

  // Frames: peer_encode.cpp
  std::size_t append(envelope& e);
  void encode_message(envelope& e, envelope_ptr& kept, lent_runs& runs);
  bool append_payload(envelope& e, std::size_t start, std::size_t& beside);
  bool pass_descriptors(const lent_runs& runs) noexcept;
  void not_sendable(envelope& e, const std::string& why);
  frame frame_for(envelope& e) const;
  void note_debt(envelope& e);

  // Both, for what most mail is: peer_plain.cpp
  std::size_t append_plain(envelope& e) noexcept;
  std::size_t take_plain(std::span<const std::byte> bytes) noexcept;

  // How much may be on its way: peer_flow.cpp
  static bool admit(cell& c, envelope*& mail, bool insists) noexcept;
  void send_in_turn(peer& way, envelope& e);
  void send_within_budget(flow& f, peer& way, envelope& e);
  void hold(flow& f, envelope& e);
  void request_receipt(flow& f);
  void request_all_receipts();
  flow& flow_with_news(const envelope& e);
  void take_receipts();
  void take_receipt(const flow_key& whose, std::uint64_t so_far);
  void release_what_fits();
  void release_held(bool all);
  void release(flow& f, bool all);
  void refuse_held(bool all, std::uint32_t gateway = 0);
  envelope* take_held(flow& f);

  static constexpr bool wants_answer(envelope_kind kind) noexcept {
    return kind == envelope_kind::ask || kind == envelope_kind::send ||
           kind == envelope_kind::monitor;
  }

  /// Mail for this address leaves by this link.
  bool is_behind(const address& a) const noexcept { return a.home && a.home->route == &home_; }

  // Receiving half: peer_receive.cpp
  std::ptrdiff_t on_bytes(std::span<const std::byte> bytes) override;
  std::ptrdiff_t take_all(std::span<const std::byte> bytes);
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
  void deliver_send(const address& to, envelope* e);
  bool take_receipt_frame(const frame& f);
  void note_receipt(const flow_key& whose, std::uint64_t so_far);
  void flush_chain() noexcept;
  bool fail(std::string why);

  /// Where a message for this address goes over this link, or whose it is.
  cell& home_for(const envelope& e) const noexcept {
    const std::uint32_t gateway = routing_of(e).gateway;
    return gateway != 0 ? *any_cell_at(gateway) : home_;
  }

  nodes& owner_;
  events on_;
  kinship kinship_ = kinship::none;
  peer* const parent_ = nullptr;  ///< of a sibling
  cell& home_;                    ///< of a sibling: the parent's
  cell& gateway_;                 ///< the home of what lives in that process
  const std::uint64_t node_id_;
  const std::uint64_t password_ = 0;
  std::unique_ptr<link> link_;
  answer_book book_;

  // The sending half's own.
  outgoing outgoing_;
  std::uint64_t next_descriptor_ = 1;  ///< number of the next that is passed
  flow_book flows_;
  receipt_box receipts_;        ///< the reading half's, too
  held_room held_;              ///< any thread's: who tells looks here
  std::vector<flow*> waiting_;  ///< those with held mail, in the order in which they came
  bool tight_ = false;          ///< all flows have been asked for receipts
  bool released_ = false;       ///< there is more room than when the held mail was looked at
  bool full_ = false;           ///< the link takes nothing until on_writable()
  bool finishing_ = false;
  bool noted_ = false;                               ///< the owner knows that we have finished
  bool broken_ = false;                              ///< the reading side will tell why
  std::optional<exit_reason> settled_;               ///< all mail is refused with this
  std::optional<exit_reason> mute_;                  ///< what wants an answer is refused with this
  std::unordered_map<std::uint32_t, peer*> direct_;  ///< of the parent: siblings, by gateway

  // The receiving half's own.
  std::uint64_t type_table_;
  bool greeted_ = false;
  bool has_left_ = false;  ///< a child that has ended
  bool waits_ = false;     ///< a sibling's mail: something from there may still be on the old way
  byte_buffer early_;      ///< what came meanwhile
  std::string error_;
  address chain_to_;
  envelope* chain_first_ = nullptr;
  envelope* chain_last_ = nullptr;
  std::uint64_t chain_count_ = 0;
  const message_type* last_type_ = nullptr;
};

}  // namespace troupe::detail
