// SPDX-License-Identifier: BSD-3-Clause
// A direct link, frame by frame: the test is the parent and the sibling.
#include <doctest/doctest.h>

#include <future>
#include <string>
#include <vector>

#include "eventually.hpp"
#include "introduction.hpp"
#include "raw_scene.hpp"
#include "within.hpp"

namespace sibling_protocol_test {

using namespace troupe;
using namespace troupe::detail;
using namespace raw_scene;

namespace {

constexpr std::uint64_t parent_node = 0xaaaa01, sibling_node = 0xbbbb01, password = 4711;
constexpr std::uint64_t direct_bit = std::uint64_t{1} << 63;

/// A child whose parent has introduced it.
struct family : scene {
  explicit family(const char* test)
      : scene(test),
        parent(system, parent_node, kinship::parent),
        pipes(lay_pipes({})),
        sibling(system, sibling_node, std::move(pipes.theirs.link)) {
    parent.greet();
    introduce();
  }

  raw_peer parent;
  plumbing pipes;
  raw_peer sibling;
  actor_ref<go_and_ask, go_and_watch, watch_and_forget> asker = system.spawn<curious>();

  void introduce() {
    const link_fds& ends = pipes.ours.link;
    std::uint64_t number = 0;
    for (const owned_fd* each : {&ends.in, &ends.out, &ends.control})
      parent.pass(each->get(), ++number);
    frame f;
    f.type = type_id<introduction>();
    byte_buffer out;
    const std::size_t start = begin_frame(out, f);
    const std::uint64_t whom = system.core().node_id;
    for (const std::uint64_t each : {whom, sibling_node, password, 1ul, 2ul, 3ul}) out.put(each);
    finish_frame(out, start);
    parent.send(out.bytes());
    pipes.ours.link = {};
  }
  /// The system has got its end, and now speaks directly.
  void greet() {
    sibling.greet();
    REQUIRE(sibling.receive(frame_kind::hello));
    const auto last = parent.receive(frame_kind::tell);
    REQUIRE(last);
    CHECK(last->node == sibling_node);
    REQUIRE(last->type == type_id<old_way_ends>());
    CHECK(decode<old_way_ends>(last->payload)->password == password);
  }
  /// As the parent passes it on.
  void end_old_way(std::uint64_t with = password) {
    frame f;
    f.flags = passed_flag;
    parent.send(raw_peer::frame_bytes(f, old_way_ends{sibling_node, with}));
  }
  void say_it_is_over(std::uint64_t with = password) {
    parent.send(raw_peer::frame_bytes(
        frame{},
        sibling_over{sibling_node, with, {exit_reason::cause::process_ended, 0, SIGTERM, {}}}));
  }
  actor_ref<raw_list> there() {
    cell& via = *parent.ref<actor_ref<>>().where().home;
    return actor_ref<raw_list>::at({all().home_of(sibling_node, 77, via), 77, 1});
  }
  nodes& all() { return nodes::of(system.core()); }
  std::future<std::string> ask() {
    return std::async(std::launch::async, [this] { return asker.ask(go_and_ask{there()}).get(); });
  }
  std::future<std::string> watch() {
    return std::async(std::launch::async,
                      [this] { return asker.ask(go_and_watch{there()}).get(); });
  }
  static frame answer_to(const frame& question) {
    frame f;
    f.kind = frame_kind::reply;
    f.slot = question.from.slot;
    f.generation = question.from.generation;
    f.id = question.id;
    return f;
  }
};

}  // namespace

TEST_CASE("sibling: what it says directly waits for what it has said before") {
  family s("sibling: early mail");
  s.greet();
  CHECK(s.sibling.send(s.note(2)));
  CHECK(s.parent.send(s.note(1)));
  s.end_old_way(password + 1);  // whoever that was
  s.settle(s.parent);
  s.end_old_way();
  s.settle(s.parent);
  CHECK(s.sibling.send(s.note(3)));
  eventually([&] { return s.list().size() == 3; });
  CHECK(s.list() == numbers{1, 2, 3});
}

TEST_CASE("sibling: if it ends within a frame, or before the old way has, that was its last word") {
  family s("sibling: an end within a frame");
  s.greet();
  const auto whole = s.note(2);
  SUBCASE("within a frame") {
    s.end_old_way();
    s.settle(s.parent);
    CHECK(s.sibling.send(s.note(1)));
    CHECK(s.sibling.send(std::span(whole).first(whole.size() - 1)));
    s.sibling.close();
    s.say_it_is_over();
    s.settle(s.parent);
    CHECK(s.list() == numbers{1});
  }
  SUBCASE("before the old way") {
    CHECK(s.sibling.send(whole));  // what came before it is lost
    s.sibling.close();
    s.say_it_is_over();
    s.end_old_way();
    s.settle(s.parent);
    CHECK(s.list().empty());
  }
  SUBCASE("with the old way behind it") {
    CHECK(s.sibling.send(whole));
    s.sibling.close();
    CHECK(s.parent.send(s.note(1)));
    s.end_old_way();
    s.say_it_is_over();
    s.settle(s.parent);
    CHECK(s.list() == numbers{1, 2});
  }
}

TEST_CASE("sibling: one that never greets changes nothing") {
  family s("sibling: no greeting");
  SUBCASE("it ends") { s.sibling.close(); }
  SUBCASE("it is silent") {}
  SUBCASE("it says something else") { s.sibling.send(s.note(1)); }
  s.settle(s.parent);
  auto waiting = s.ask();
  const auto question = s.parent.receive(frame_kind::ask);
  REQUIRE(question);
  CHECK(question->node == sibling_node);
  CHECK((question->id & direct_bit) == 0);
  s.parent.send(raw_peer::frame_bytes(family::answer_to(*question), numbers{1, 2}));
  CHECK(within(std::move(waiting)) == "numbers: 2");
  CHECK(s.list().empty());
}

TEST_CASE("sibling: an answer goes the way of its question, and only that") {
  family s("sibling: answers");
  auto before = s.ask();
  const auto old_question = s.parent.receive(frame_kind::ask);
  REQUIRE(old_question);
  const frame old_answer = family::answer_to(*old_question);
  s.greet();
  s.end_old_way();
  s.settle(s.parent);
  auto after = s.ask();
  const auto question = s.sibling.receive(frame_kind::ask);
  REQUIRE(question);
  CHECK((question->flags & route_flag) == 0);
  CHECK((question->id & direct_bit) != 0);
  frame answer = family::answer_to(*question);
  s.parent.send(raw_peer::frame_bytes(answer, numbers{1}));
  answer.id &= ~direct_bit;
  s.parent.send(raw_peer::frame_bytes(answer, numbers{1}));
  s.settle(s.parent);
  s.sibling.send(raw_peer::frame_bytes(old_answer, numbers{1}));
  s.settle(s.sibling, direct_bit | 5);
  CHECK(before.wait_for(0s) == std::future_status::timeout);
  CHECK(after.wait_for(0s) == std::future_status::timeout);
  answer.id |= direct_bit;
  s.sibling.send(raw_peer::frame_bytes(answer, numbers{1, 2, 3}));
  CHECK(within(std::move(after)) == "numbers: 3");
  s.parent.send(raw_peer::frame_bytes(old_answer, numbers{1, 2}));
  CHECK(within(std::move(before)) == "numbers: 2");
}

TEST_CASE("sibling: the answer to a question that it has handed on comes from the parent") {
  family s("sibling: handed on");
  s.greet();
  s.end_old_way();
  s.settle(s.parent);
  auto waiting = s.ask();
  const auto question = s.sibling.receive(frame_kind::ask);
  REQUIRE(question);
  frame answer = family::answer_to(*question);
  answer.id &= ~direct_bit;
  s.parent.send(raw_peer::frame_bytes(
      frame{}, handed_on{sibling_node, password, answer.slot, answer.generation, answer.id}));
  s.sibling.close();
  s.say_it_is_over();
  s.settle(s.parent);
  CHECK(waiting.wait_for(0s) == std::future_status::timeout);
  s.parent.send(raw_peer::frame_bytes(answer, numbers{1}));
  CHECK(within(std::move(waiting)) == "numbers: 1");
}

TEST_CASE("sibling: its end settles with the parent's reason what it owes, old watches too") {
  family s("sibling: its end");
  auto old_watch = s.watch();
  const auto monitor = s.parent.receive(frame_kind::monitor);
  REQUIRE(monitor);
  const frame as_answer = family::answer_to(*monitor);
  s.greet();
  s.end_old_way();
  s.settle(s.parent);
  auto question = s.ask();
  REQUIRE(s.sibling.receive(frame_kind::ask));
  auto watch = s.watch();
  REQUIRE(s.sibling.receive(frame_kind::monitor));
  s.sibling.close();
  s.say_it_is_over();
  CHECK(within(std::move(question)).find("signal 15") != std::string::npos);
  CHECK(within(std::move(watch)).find("signal 15") != std::string::npos);
  auto later = s.ask();  // the parent knows, too
  const auto asked = s.parent.receive(frame_kind::ask);
  REQUIRE(asked);
  s.parent.send(raw_peer::frame_bytes(family::answer_to(*asked), numbers{1}));
  CHECK(within(std::move(later)) == "numbers: 1");
  // The parent's own book has the other one.
  const down news{{}, {exit_reason::cause::process_ended, 0, SIGTERM, {}}, {}, 0};
  s.parent.send(raw_peer::frame_bytes(as_answer, news));
  CHECK(within(std::move(old_watch)).find("signal 15") != std::string::npos);
}

TEST_CASE("sibling: who says what is not its to say loses the link, and is gone") {
  family s("sibling: nonsense");
  s.greet();
  s.end_old_way();
  s.settle(s.parent);
  auto question = s.ask();
  REQUIRE(s.sibling.receive(frame_kind::ask));
  frame f = s.note_for_keeper();
  SUBCASE("for another process") {
    f.flags = route_flag;
    f.node = 7;
    s.sibling.send(raw_peer::frame_bytes(f, raw_note{1}));
  }
  SUBCASE("in another's name") {
    f.kind = frame_kind::ask;
    f.from = {7, 1, 1};
    s.sibling.send(raw_peer::frame_bytes(f, raw_list{}));
  }
  SUBCASE("as if passed on") {
    f.flags = passed_flag;
    s.sibling.send(raw_peer::frame_bytes(f, raw_note{1}));
  }
  SUBCASE("as if it were the parent") {
    s.sibling.send(raw_peer::frame_bytes(frame{}, sibling_over{8, 1, {}}));
  }
  CHECK(within(std::move(question)).find("lost") != std::string::npos);
  CHECK(within(s.ask()).find("lost") != std::string::npos);
  s.settle(s.parent);
  CHECK(s.list().empty());
}

TEST_CASE("sibling: if the parent does not say how it ended, the connection counts as lost") {
  family s("sibling: no word");
  s.greet();
  s.end_old_way();
  s.settle(s.parent);
  auto question = s.ask();
  REQUIRE(s.sibling.receive(frame_kind::ask));
  s.sibling.close();
  CHECK(within(std::move(question)).find("it has closed the link") != std::string::npos);
}

}  // namespace sibling_protocol_test
