// SPDX-License-Identifier: BSD-3-Clause
// A CAF program that moves actor by actor: what is ours runs on CAF's own threads, beside what is not yet.
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <iostream>
#include <set>
#include <sstream>
#include <troupe/caf.hpp>
#include <troupe/caf_hosted_system.hpp>
#include <troupe/troupe.hpp>

#include "caf_dialect.hpp"

using namespace troupe;
struct line {
  std::string text;
};
struct word {
  std::string text;
};
struct total {
  using reply = int;
};
CAF_1_TYPES(words, (line)(word)(total))
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(line)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(word)

// As it was: one actor splits lines, the other counts how many different words there are.
caf::behavior caf_splitter(caf::event_based_actor* self, const caf::actor& next) {
  return {[=](const line& l) {
            std::istringstream in(l.text);
            for (std::string w; in >> w;) self->send(next, word{w});
          },
          [=](const total& q) { return self->delegate(next, q); }};
}
caf::behavior caf_counter(caf::stateful_actor<std::set<std::string>>* self, std::string first) {
  caf_dialect::state_of(self).insert(std::move(first));
  return {[=](const word& w) { caf_dialect::state_of(self).insert(w.text); },
          [=](const total&) { return static_cast<int>(caf_dialect::state_of(self).size()); }};
}
// As it will be.
class counter : public actor<word, total> {
 public:
  void on(word w) { words_.insert(std::move(w.text)); }
  int on(total) const { return static_cast<int>(words_.size()); }

 private:
  std::set<std::string> words_;
};
class splitter : public actor<line, total> {
 public:
  explicit splitter(const actor_ref<word, total>& next) : next_(next) {}
  void on(const line& l) {
    std::istringstream in(l.text);
    for (std::string w; in >> w;) next_.tell(word{w});
  }
  auto on(total q) { return delegate(next_, q); }

 private:
  actor_ref<word, total> next_;
};

int words_by(caf::actor_system& theirs, const caf::actor& first) {
  caf::scoped_actor self{theirs};
  for (const char* text : {"to be or not to be", "let it be"}) self->send(first, line{text});
  int words = -1;
  self->request(first, caf::infinite, total{})
      .receive([&](int n) { words = n; }, [](const caf::error&) {});
  return words;
}

int main() {
  caf::actor_system_config config;
  caf::actor_system theirs{config};
  caf_hosted_system ours(theirs);
  const caf::actor before = theirs.spawn(&caf_splitter, theirs.spawn(&caf_counter, "to"));
  std::cout << "both are CAF's: " << words_by(theirs, before) << " words\n";
  const caf::actor half = theirs.spawn(&caf_splitter, as_caf(theirs, ours.spawn<counter>()));
  std::cout << "the counter is ours: " << words_by(theirs, half) << " words\n";
  const caf::actor after = as_caf(theirs, ours.spawn<splitter>(ours.spawn<counter>()));
  std::cout << "both are ours: " << words_by(theirs, after) << " words\n";
}
