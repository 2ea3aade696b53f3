// SPDX-License-Identifier: BSD-3-Clause
// What a process between two cousins does with their news, frame by frame: the test is those around it.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "census.hpp"
#include "eventually.hpp"
#include "introduction.hpp"
#include "raw_scene.hpp"

namespace cousin_protocol_test {

using namespace troupe;
using namespace troupe::detail;
using namespace raw_scene;

namespace {

constexpr std::uint64_t left_node = 0xaaaa01, right_node = 0xbbbb01, cousin_node = 0xcccc01;

/// The words of an introduction: whom, node, password, numbers of three descriptors.
using words = std::array<std::uint64_t, 6>;
words words_of(const frame& f) {
  words all{};
  REQUIRE(f.payload.size() == sizeof all);
  std::memcpy(all.data(), f.payload.data(), sizeof all);
  return all;
}
template <class News>
std::vector<std::byte> routed(std::uint64_t to, const News& news, std::uint8_t flags = 0) {
  frame f;
  f.flags = route_flag | flags;
  f.node = to;
  f.generation = 1;
  return raw_peer::frame_bytes(f, news);
}
frame ask_of(std::uint64_t to, std::uint64_t from, std::uint64_t id) {
  frame f;
  f.kind = frame_kind::ask;
  f.flags = route_flag | passed_flag;
  f.node = to;
  f.slot = 5;
  f.generation = 1;
  f.id = id;
  f.from = {from, 6, 1};
  return f;
}
frame reply_to(std::uint64_t to, std::uint64_t id) {
  frame f;
  f.kind = frame_kind::reply;
  f.flags = route_flag;
  f.node = to;
  f.slot = 6;
  f.generation = 1;
  f.id = id;
  return f;
}

/// The common ancestor of a child on the right and a child of the one on the left.
struct ancestor : scene {
  explicit ancestor(const char* test)
      : scene(test),
        left(system, left_node, kinship::child),
        right(system, right_node, kinship::child) {
    for (raw_peer* each : {&left, &right}) {
      each->greet();
      REQUIRE(each->receive(frame_kind::hello));
    }
  }
  raw_peer left, right;

  void ask(std::uint64_t id) {
    left.send(raw_peer::frame_bytes(ask_of(right_node, cousin_node, id), raw_list{}));
  }
  /// \return the password
  std::uint64_t introduce() {
    ask(1);
    const auto here = right.receive(frame_kind::tell);
    REQUIRE(here);
    REQUIRE(here->type == type_id<introduction>());
    const words news = words_of(*here);
    CHECK(news[0] == right_node);
    CHECK(news[1] == cousin_node);
    CHECK(news[3] != 0);
    const auto there = left.receive(frame_kind::tell);
    REQUIRE(there);
    REQUIRE(there->type == type_id<introduction>());
    const words other = words_of(*there);
    CHECK(other[0] == cousin_node);
    CHECK(other[1] == right_node);
    CHECK(other[2] == news[2]);
    CHECK(other[5] != 0);
    REQUIRE(right.receive(frame_kind::ask));
    return news[2];
  }
  /// The kinds of the frames that have come, up to this question.
  std::vector<frame_kind> come(raw_peer& at, std::uint64_t id) {
    std::vector<frame_kind> kinds;
    for (;;) {
      const auto f = at.receive();
      REQUIRE(f);
      if (f->kind == frame_kind::ask && f->id == id) return kinds;
      kinds.push_back(f->kind);
    }
  }
};
using kinds = std::vector<frame_kind>;

}  // namespace

TEST_CASE("ancestor: introduces the two that talk, once, and no more when one is over") {
  ancestor s("ancestor: introduces");
  const std::uint64_t password = s.introduce();
  s.ask(2);
  CHECK(s.come(s.right, 2) == kinds{});
  s.left.send(routed(right_node, sibling_over{cousin_node, password, {}}));
  s.ask(3);                                              // as if it came too late
  CHECK(s.come(s.right, 3) == kinds{frame_kind::tell});  // the news
}

TEST_CASE("ancestor: lets an answer come the old way if who knows the password has said so") {
  ancestor s("ancestor: handed on");
  const std::uint64_t password = s.introduce();
  const auto answered = [&](std::uint64_t id) {
    s.right.send(raw_peer::frame_bytes(reply_to(cousin_node, id)));
    s.right.send(raw_peer::frame_bytes(ask_of(cousin_node, right_node, id), raw_list{}));
    const kinds come = s.come(s.left, id);
    return std::count(come.begin(), come.end(), frame_kind::reply);
  };
  const auto say = [&](raw_peer& by, std::uint64_t with, std::uint64_t id) {
    by.send(routed(cousin_node, handed_on{right_node, with, 6, 1, id}));
  };
  CHECK(answered(11) == 0);
  say(s.right, password + 1, 12);
  CHECK(answered(12) == 0);
  s.left.send(routed(right_node, sibling_over{cousin_node, password + 1, {}}));
  s.settle(s.left);
  say(s.right, password, 13);
  CHECK(answered(13) == 1);
  CHECK(answered(13) == 0);
}

TEST_CASE("ancestor: a stranger behind a child is not introduced again and again") {
  ancestor s("ancestor: a stranger");
  const std::uint64_t password = s.introduce();
  s.left.send(routed(right_node, sibling_over{cousin_node, password, {}}));
  for (std::uint64_t id = 20; id < 23; ++id) {
    s.right.send(raw_peer::frame_bytes(ask_of(cousin_node, right_node, id), raw_list{}));
    const kinds come = s.come(s.left, id);
    CHECK(std::count(come.begin(), come.end(), frame_kind::tell) == 0);
  }
}

TEST_CASE("ancestor: what is asked of a process that nobody has named is refused") {
  ancestor s("ancestor: nobody");
  frame f = ask_of(0xdddd01, right_node, 30);
  s.right.send(raw_peer::frame_bytes(f, raw_list{}));
  const auto refused = s.right.receive(frame_kind::failure);
  REQUIRE(refused);
  CHECK(refused->id == 30);
  s.left.send(raw_peer::frame_bytes(frame{}, newcomer{0xdddd01}));
  s.settle(s.left);
  f.id = 31;
  s.right.send(raw_peer::frame_bytes(f, raw_list{}));
  CHECK(s.come(s.left, 31) == kinds{frame_kind::tell});  // an introduction
}

TEST_CASE("ancestor: what would go back to where it came from is refused") {
  ancestor s("ancestor: back");
  s.right.send(raw_peer::frame_bytes(frame{}, newcomer{0xdddd02}));
  s.right.send(raw_peer::frame_bytes(ask_of(0xdddd02, right_node, 30), raw_list{}));
  const auto refused = s.right.receive(frame_kind::failure);
  REQUIRE(refused);
  CHECK(refused->id == 30);
}

TEST_CASE("ancestor: no process is introduced to more than it may have links to") {
  ancestor s("ancestor: links");
  std::size_t introduced = 0;
  for (std::uint64_t id = 0; id < siblings::links_max + 6; ++id) {
    s.left.send(raw_peer::frame_bytes(ask_of(right_node, cousin_node + 2 * id, id), raw_list{}));
    const kinds come = s.come(s.right, id);
    introduced += static_cast<std::size_t>(std::count(come.begin(), come.end(), frame_kind::tell));
  }
  CHECK(introduced == siblings::links_max);
}

TEST_CASE(
    "hop: an introduction goes down with its descriptors, or what cannot be reached is over") {
  scene s("hop: an introduction");
  raw_peer parent(s.system, left_node, kinship::parent);
  parent.greet();
  REQUIRE(parent.receive(frame_kind::hello));
  raw_peer below(s.system, right_node, kinship::child);
  below.greet();
  REQUIRE(below.receive(frame_kind::hello));
  const auto first = parent.receive(frame_kind::tell);
  REQUIRE(first);
  CHECK(first->type == type_id<newcomer>());
  const auto introduce = [&](std::uint64_t whom, std::uint8_t flags = 0) {
    plumbing pipes = lay_pipes({});
    std::uint64_t number = 0;
    const link_fds& ends = pipes.ours.link;
    for (const owned_fd* each : {&ends.in, &ends.out, &ends.control})
      parent.pass(each->get(), ++number);
    frame f;
    f.flags = flags;
    f.type = type_id<introduction>();
    byte_buffer out;
    const std::size_t start = begin_frame(out, f);
    for (const std::uint64_t each : {whom, cousin_node, 4711ul, 1ul, 2ul, 3ul}) out.put(each);
    finish_frame(out, start);
    parent.send(out.bytes());
  };
  SUBCASE("it goes down") {
    introduce(right_node);
    const auto news = below.receive(frame_kind::tell);
    REQUIRE(news);
    REQUIRE(news->type == type_id<introduction>());
    const words all = words_of(*news);
    CHECK(all[0] == right_node);
    CHECK(all[1] == cousin_node);
    CHECK(all[2] == 4711);
    CHECK(std::count(all.begin() + 3, all.end(), 0) == 0);
  }
  SUBCASE("there is no such child") {
    const std::size_t open = census::descriptors();
    introduce(0xdddd01);
    const auto news = parent.receive(frame_kind::tell);
    REQUIRE(news);
    CHECK(news->node == cousin_node);
    REQUIRE(news->type == type_id<sibling_over>());
    const auto over = decode<sibling_over>(news->payload);
    REQUIRE(over.has_value());
    CHECK(over->node == 0xdddd01);
    CHECK(over->password == 4711);
    eventually([&] { return census::descriptors() == open; });
  }
  SUBCASE("the parent has only passed it on") {
    introduce(right_node, passed_flag);
    s.settle(parent);
    below.send(raw_peer::frame_bytes(below.ask_to(s.keeper, 5), raw_list{}));
    const auto next = below.receive();
    REQUIRE(next);
    CHECK(next->kind == frame_kind::reply);
  }
}

}  // namespace cousin_protocol_test
