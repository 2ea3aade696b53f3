// SPDX-License-Identifier: BSD-3-Clause
#include "simulation_trace.hpp"

#include <algorithm>
#include <cstdio>
#include <troupe/error.hpp>

#include <troupe/detail/extras.hpp>

#include "aside.hpp"
#include "mixed_bits.hpp"
#include "virtual_clock.hpp"

namespace troupe::detail {
namespace {

/// What waits in the two lanes of `c`, oldest first. The only place outside of a turn that looks.
template <class Visit>
void for_each_mail(const cell& c, Visit visit) {
  for (auto* n = c.tail->next.load(std::memory_order_acquire); n;
       n = n->next.load(std::memory_order_acquire)) {
    visit(*static_cast<const envelope*>(n));
  }
}
template <class Visit>
void for_each_system(const cell& c, Visit visit) {
  std::vector<const envelope*> newest_first;
  const auto lane = c.system_lane.load(std::memory_order_acquire) & ~cell::blocked_bit;
  for (auto* n = reinterpret_cast<const queue_node*>(lane); n;
       n = n->next.load(std::memory_order_relaxed)) {
    newest_first.push_back(static_cast<const envelope*>(n));
  }
  std::for_each(newest_first.rbegin(), newest_first.rend(), [&](auto* e) { visit(*e); });
}

/// What has left the lanes and is still to be handled.
template <class Visit>
void for_each_aside(const cell& c, Visit visit) {
  if (!c.extra) return;
  for (const envelope_list* list : {&c.extra->urgent, &c.extra->parked}) {
    for (const envelope* e = list->first(); e; e = list->next(e)) visit(*e);
  }
}

/// Null also if it is in a sliding buffer.
const envelope* next_mail(const cell& c) noexcept {
  if (c.busy) return nullptr;
  if (c.aside & aside_urgent) return c.extra->urgent.first();
  if (c.aside & aside_sliding) return nullptr;
  return static_cast<const envelope*>(c.tail->next.load(std::memory_order_acquire));
}

const char* kind_text(envelope_kind kind) noexcept {
  switch (kind) {
    case envelope_kind::tell: return "";
    case envelope_kind::ask: return "ask ";
    case envelope_kind::stop: return "stop";
    case envelope_kind::down: return "down";
    case envelope_kind::mark: return "mark";
    case envelope_kind::slide: return "slide";
    case envelope_kind::send: return "send ";
    case envelope_kind::reply: return "reply ";
    case envelope_kind::failure: return "failed: ";
    case envelope_kind::monitor: return "monitor";
    case envelope_kind::demonitor: return "demonitor";
    case envelope_kind::kill: return "kill";
    case envelope_kind::child_ended: return "end of a child";
    case envelope_kind::wake: return "time is up";
    case envelope_kind::probe: return "probe";
    case envelope_kind::receipt: return "receipt";
    case envelope_kind::notice: return "notice";
    case envelope_kind::supervision: return "supervision";
    case envelope_kind::cancel: return "cancel";
    case envelope_kind::inspect: return "inspect";
    case envelope_kind::urgency: return "urgency";
  }
  return "?";
}

std::uint64_t fingerprint(const envelope& e) noexcept {
  const std::uint64_t type = e.type ? e.type->id ^ e.type->name.size() : 0;
  return mixed_bits(type + static_cast<std::uint64_t>(e.kind));
}

/// A compiler's name of a type, without what people skip: "(lambda at /a/b.cpp:7:3)" is "lambda at b.cpp:7:3".
std::string shortened(std::string_view name) {
  std::string text(name);
  for (std::string_view noise : {"(anonymous namespace)::", "troupe::detail::", "troupe::"}) {
    for (std::size_t at; (at = text.find(noise)) != std::string::npos;)
      text.erase(at, noise.size());
  }
  constexpr std::string_view lambda = "(lambda at ";
  if (text.starts_with(lambda) && text.ends_with(')')) {
    text = "lambda at " +
           text.substr(text.rfind('/') == std::string::npos ? lambda.size() : text.rfind('/') + 1);
    text.pop_back();
  }
  return text;
}

}  // namespace

std::string actor_name(cell& c) {
  return shortened(c.kind->name) + '#' + std::to_string(c.serial.load(std::memory_order_relaxed));
}

std::string simulation_trace::describe(const envelope& e) const {
  std::string text = kind_text(e.kind);
  if (e.kind == envelope_kind::failure && e.type == &message_type_of<failure>) {
    text += const_cast<envelope&>(e).as<failure>().text;  // only read
  } else if (e.type && e.kind != envelope_kind::down) {
    text += shortened(e.type->name);
  } else if (e.kind == envelope_kind::reply) {
    text += "void";
  }
  const auto sender = senders_.find(&e);
  return sender == senders_.end() ? text : text + " from " + sender->second;
}

void simulation_trace::collect(cell& c, const std::string& sender, senders& now_known) const {
  const auto note = [&](const envelope& e) {
    const auto known = senders_.find(&e);
    now_known.emplace(&e, known == senders_.end() ? sender : known->second);
  };
  for_each_mail(c, note);
  for_each_system(c, note);
  for_each_aside(c, note);
}

void simulation_trace::before_turn(cell& c, std::uint64_t step, std::int64_t nanoseconds) {
  const bool has_system = c.has_system();
  const bool begins = c.extra && c.extra->resume_next;
  const envelope* mail =
      has_system || begins ? nullptr : next_mail(c);  // those are steps of their own
  hash_ = mixed_bits(hash_ ^ (c.serial.load(std::memory_order_relaxed) * golden_step +
                              static_cast<std::uint64_t>(nanoseconds)));
  if (mail) hash_ = mixed_bits(hash_ ^ fingerprint(*mail));
  if (has_system) {
    for_each_system(c, [&](const envelope& e) { hash_ = mixed_bits(hash_ ^ fingerprint(e)); });
  }
  if (!keeps_lines_) return;
  char begin[64];
  std::snprintf(begin, sizeof begin, "%6llu %12.6f s  ", static_cast<unsigned long long>(step),
                static_cast<double>(nanoseconds - virtual_clock::start) / 1e9);
  std::string line = begin + actor_name(c) + ':';
  const auto add = [&](const envelope& e) {
    line += (line.ends_with(':') ? " " : "; ") + describe(e);
    senders_.erase(&e);  // its memory may soon be another message
  };
  if (has_system) for_each_system(c, add);
  if (mail) add(*mail);
  if (line.ends_with(':')) line += begins ? " begins" : " mail that was set aside";
  lines_.push_back(std::move(line));
  generation_ = c.generation.load(std::memory_order_relaxed);
  mail_.clear();
  const auto keep = [this](const envelope& e) { mail_.push_back(&e); };
  for_each_mail(c, keep);
  for_each_aside(c, keep);
}

void simulation_trace::after_turn(cell& c) {
  if (!keeps_lines_) return;
  if (c.generation.load(std::memory_order_relaxed) == generation_) return;
  lines_.back() += "; ends";
  for (const envelope* refused : mail_) senders_.erase(refused);
}

std::string simulation_trace::text() const {
  std::string all;
  for (const std::string& line : lines_) all += line + '\n';
  return all;
}

}  // namespace troupe::detail
