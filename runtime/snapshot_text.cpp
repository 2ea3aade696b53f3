// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <troupe/snapshot.hpp>

namespace troupe {
namespace {

constexpr std::size_t cell_width_max = 40;

std::string text_of(std::chrono::nanoseconds time) {
  char text[32];
  if (time < std::chrono::seconds{1}) {
    std::snprintf(text, sizeof text, "%lld ms", static_cast<long long>(time.count() / 1'000'000));
  } else {
    std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(time).count());
  }
  return text;
}

std::string with_age(std::string text, std::chrono::nanoseconds age) {
  if (age < std::chrono::milliseconds{1}) return text;
  return text + " (" + text_of(age) + ")";
}

std::string named(const std::string& name, const actor_ref<>& ref) {
  return name.empty() ? to_string(ref) : name + " " + to_string(ref);
}

std::string shortened(std::string text) {
  if (text.size() > cell_width_max) text.replace(cell_width_max - 3, std::string::npos, "...");
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string line_of(const actor_snapshot& a) {
  return a.in_line == 0 ? std::string{} : with_age(std::to_string(a.in_line), a.eldest);
}

template <std::size_t Columns>
class table {
 public:
  using row = std::array<std::string, Columns>;
  /// The columns first .. last are numbers, flushed right.
  table(row heads, std::size_t first, std::size_t last) : first_(first), last_(last) {
    add(std::move(heads));
  }
  void add(row r) { rows_.push_back(std::move(r)); }

  std::string text() const {
    std::string all;
    for (const row& r : rows_) {
      std::string line;
      for (std::size_t i = 0; i < Columns; ++i) {
        const std::string gap(width(i) - r[i].size(), ' ');
        line += (i ? "  " : "") + (i >= first_ && i <= last_ ? gap + r[i] : r[i] + gap);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      all += line + "\n";
    }
    return all;
  }

 private:
  std::size_t width(std::size_t column) const {
    std::size_t most = 0;
    for (const row& r : rows_) most = std::max(most, r[column].size());
    return most;
  }
  std::vector<row> rows_;
  std::size_t first_, last_;
};

}  // namespace

const char* to_string(actor_state state) noexcept {
  switch (state) {
    case actor_state::starting: return "starting";
    case actor_state::ready: return "ready";
    case actor_state::running: return "running";
    case actor_state::waiting: return "waiting";
    case actor_state::resting: return "resting";
    case actor_state::stopping: return "stopping";
  }
  return "?";
}

std::string to_string(const wait_snapshot& wait) {
  const auto of = [&](const char* text) {
    return with_age(wait.whom ? text + named(wait.name, wait.whom) : std::string(text),
                    wait.waited);
  };
  switch (wait.what) {
    case awaited::reply: return of("reply from ");
    case awaited::end: return of("end of ");
    case awaited::room: return of("room in mailbox of ");
    case awaited::time: return of("timer");
    case awaited::message: return of("message");
    case awaited::children: return of("end of child ");
    case awaited::supervisor: return of("its supervisor");
    case awaited::other: return of("something outside");
  }
  return "?";
}

std::string doing(const actor_snapshot& a) {
  if (a.state == actor_state::running) {
    return with_age("handles " + (a.message.empty() ? "no message" : a.message), a.running);
  }
  std::string text;
  for (const wait_snapshot& w : a.waits) text += (text.empty() ? "" : ", ") + to_string(w);
  if (a.waits_total > a.waits.size()) {
    text += ", " + std::to_string(a.waits_total - a.waits.size()) + " more";
  }
  return text;
}

std::string to_string(const system_snapshot& s) {
  table<9> actors(
      {"actor", "ref", "names", "parent", "state", "mailbox", "handled", "in line", "waits for"}, 5,
      7);
  for (const actor_snapshot& a : s.actors) {
    const bool bounded = a.capacity != 0 && a.capacity != mailbox_messages_max;
    const std::string bound = bounded ? "/" + std::to_string(a.capacity) : "";
    actors.add({shortened(a.name), to_string(a.ref), shortened(joined(a.names)),
                a.parent ? to_string(a.parent) : "-", to_string(a.state),
                std::to_string(a.mailbox) + bound, std::to_string(a.handled), line_of(a),
                doing(a)});
  }
  table<5> classes({"class", "alive", "ended", "errors", "handled"}, 1, 4);
  for (const class_snapshot& c : s.classes) {
    classes.add({shortened(c.name), std::to_string(c.alive), std::to_string(c.ended),
                 std::to_string(c.errors), std::to_string(c.handled)});
  }
  return "system '" + s.name + "': " + std::to_string(s.live) + " live, " +
         std::to_string(s.opened) + " opened, " + std::to_string(s.dead_letters) +
         " dead letters, " + std::to_string(s.workers) + " workers\n\n" + actors.text() + "\n" +
         classes.text();
}

std::ostream& operator<<(std::ostream& out, const system_snapshot& snapshot) {
  return out << to_string(snapshot);
}

}  // namespace troupe
