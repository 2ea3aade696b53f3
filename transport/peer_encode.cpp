// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <troupe/dead_letter.hpp>
#include <troupe/error.hpp>

#include "encoded.hpp"
#include "nodes.hpp"
#include "peer.hpp"
#include "refusal.hpp"

/// Envelopes to frames.
namespace troupe::detail {
namespace {

frame_kind kind_of(envelope_kind kind) noexcept {
  switch (kind) {
    case envelope_kind::ask: return frame_kind::ask;
    case envelope_kind::stop: return frame_kind::stop;
    case envelope_kind::down: return frame_kind::down;
    case envelope_kind::reply: return frame_kind::reply;
    case envelope_kind::failure: return frame_kind::failure;
    case envelope_kind::monitor: return frame_kind::monitor;
    case envelope_kind::demonitor: return frame_kind::demonitor;
    case envelope_kind::kill: return frame_kind::kill;
    case envelope_kind::cancel: return frame_kind::cancel;
    case envelope_kind::send: return frame_kind::send;
    case envelope_kind::mark: return frame_kind::mark;
    case envelope_kind::receipt: return frame_kind::receipt;
    default: return frame_kind::tell;
  }
}

/// What had been moved out of `e`, for the report.
void put_back(envelope& e, envelope& kept) noexcept {
  kept.type->relocate(e.payload(), kept.payload());
  e.type = std::exchange(kept.type, nullptr);
}

}  // namespace

frame peer::frame_for(envelope& e) const {
  frame f;
  f.kind = kind_of(e.kind);
  f.slot = routing_of(e).slot;
  f.generation = e.generation;
  if (routing_of(e).gateway != 0 && !is(kinship::sibling)) {
    f.flags |= route_flag;
    f.node = home_for(e).node_id;
  }
  if (f.kind == frame_kind::monitor) f.flags |= frame_flags_of(e.flags);
  if (has_id(f.kind)) f.id = id_on_wire(e);
  if (has_sender(f.kind)) f.from = to_wire(correlation_of(e).from);
  if (has_deadline(f.kind)) {
    const std::int64_t deadline = correlation_of(e).deadline;
    if (deadline != 0) f.remaining = std::max<std::int64_t>(1, deadline - now(owner_.system()));
  }
  return f;
}

void peer::note_debt(envelope& e) {
  if (e.kind == envelope_kind::demonitor) {
    const correlation& taken = correlation_of(e);
    if (!book_.cross_out(taken.from, taken.id, true)) book_.cross_out(taken.from, taken.id, false);
    return;
  }
  if (e.kind == envelope_kind::cancel) {  // the answer, if it comes, is nobody's
    const correlation& asked = correlation_of(e);
    if (is_remote(asked.from)) {
      book_.withdraw(asked.from, asked.id);
    } else {
      book_.cross_out(asked.from, asked.id, false);  // it will be opened here before it is dropped
    }
    return;
  }
  if (!wants_answer(e.kind)) return;
  const correlation& asked = correlation_of(e);
  if (is_behind(asked.from)) return;  // a question handed on: the answer does not come this way
  book_.note({asked.from,
              asked.id,
              {&home_for(e), routing_of(e).slot, e.generation},
              e.kind == envelope_kind::monitor ? e.kind : envelope_kind::ask,
              e.kind == envelope_kind::monitor && (e.flags & as_answer_flag)});
}

void peer::not_sendable(envelope& e, const std::string& why) {
  report_dead_letter(home_, e, drop_reason::not_sendable, why);
  if (e.kind == envelope_kind::ask || e.kind == envelope_kind::send) {
    answer_failure(correlation_of(e), {errc::not_sendable, why, {}});
  } else if (e.kind == envelope_kind::reply) {  // who asked learns that there is one it cannot have
    answer_failure({id_of(e), {&home_for(e), routing_of(e).slot, e.generation}, 0},
                   {errc::not_sendable, why, {}});
  }
}

/// Encodes what `e` holds behind what is there. Long runs of it stay in the message, which is kept for
/// them: then it is moved first, so that they do not move any more.
void peer::encode_message(envelope& e, envelope_ptr& kept, lent_runs& runs) {
  byte_buffer& out = outgoing_.tail();
  const std::size_t before = out.size();
  struct lending {
    lending(byte_buffer& out, lent_runs* runs) : out(out) { out.lend(runs); }
    ~lending() { out.lend(nullptr); }
    byte_buffer& out;
  };
  const auto encode = [&](envelope& from) {
    runs.count = runs.bytes = runs.descriptor_count = runs.descriptor_bytes = 0;
    const lending all{out, from.type->destroy ? &runs : nullptr};  // else nothing lies elsewhere
    from.type->encode(out, from.payload());
  };
  // A process further on does not get what comes over this link's socket.
  runs.first_descriptor = routing_of(e).gateway == 0 || is(kinship::sibling) ? next_descriptor_ : 0;
  encode(e);
  if (runs.descriptor_count != 0 && !pass_descriptors(runs)) {
    out.truncate(before);
    runs.first_descriptor = 0;
    encode(e);
  }
  next_descriptor_ += runs.descriptor_count;  // encoded again, they get the same numbers
  if (runs.count == 0) return;
  out.truncate(before);
  kept.reset(moved_from(e));
  e.type = nullptr;
  try {
    encode(*kept);
  } catch (...) {
    put_back(e, *kept);
    throw;
  }
}

/// Before the frame that names them, so that they are there when it is read.
bool peer::pass_descriptors(const lent_runs& runs) noexcept {
  for (std::size_t i = 0; i < runs.descriptor_count; ++i) {
    if (!link_->pass(runs.descriptors[i], runs.first_descriptor + i)) return false;
  }
  return true;
}

/// \param beside  set to the bytes of memory that go by their descriptors
/// \return false: it cannot be sent, and that has been said
bool peer::append_payload(envelope& e, std::size_t start, std::size_t& beside) {
  byte_buffer& out = outgoing_.tail();
  encoded* content = encoded_in(e);
  const bool apart = content && content->bytes.size() >= lent_runs::bytes_min;
  const std::string_view name = !e.type                      ? std::string_view{}
                                : content && content->origin ? content->origin->name
                                                             : e.type->name;
  envelope_ptr kept;
  lent_runs runs;
  try {
    if (content && !apart) {
      out.append(content->bytes.data(), content->bytes.size());
    } else if (e.type && !content) {
      encode_message(e, kept, runs);
    }
  } catch (const std::exception& error) {
    out.truncate(start);
    not_sendable(e, std::string(name) + " could not be encoded: " + error.what());
    return false;
  }
  if (!finish_frame(out, start, apart ? content->bytes.size() : runs.bytes)) {
    if (kept) put_back(e, *kept);
    not_sendable(e, std::string(name) + " is larger than the limit of " +
                        std::to_string(frame_bytes_max >> 20) + " MiB for one message");
    return false;
  }
  beside = runs.descriptor_bytes;
  if (apart) outgoing_.append(std::move(content->bytes));
  if (kept) outgoing_.append(runs, std::move(kept));
  return true;
}

/// \return how many bytes its frame has; 0: it cannot be sent, and that has been said
std::size_t peer::append(envelope& e) {
  if (const std::size_t bytes = append_plain(e)) return bytes;
  const encoded* content = encoded_in(e);
  if (content && content->whole) return append(*content->whole);
  if (e.kind == envelope_kind::ask) leave_direct_way(e);
  frame f = frame_for(e);
  if (e.type) f.type = content ? content->type : e.type->id;
  if (content && !content->origin) f.flags |= passed_flag;
  if (e.type && !content && !e.type->encode) {
    not_sendable(e, std::string(e.type->name) + " must not leave its process (local_only)");
    return 0;
  }
  const std::size_t before = outgoing_.size();
  const std::size_t start = begin_frame(outgoing_.tail(), f);
  std::size_t beside = 0;
  if (!append_payload(e, start, beside)) return 0;
  note_debt(e);
  return outgoing_.size() - before + beside;
}

}  // namespace troupe::detail
