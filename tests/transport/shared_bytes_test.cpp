// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <system_error>
#include <troupe/shared_bytes.hpp>
#include <vector>

#include "raw_peer.hpp"
#include "stage.hpp"

namespace shared_bytes_test {

using namespace troupe;

namespace {

constexpr std::size_t large = shared_bytes::mapped_bytes_min;

struct look_at {
  using reply = std::vector<std::uint64_t>;  // size, sum, whether it is mapped read-only
  shared_bytes bytes;
};
struct hand_on {
  using reply = std::vector<std::uint64_t>;
  actor_ref<look_at> whom;
  shared_bytes bytes;
};
struct same_memory {
  shared_bytes bytes;
  std::uint64_t inode = 0;
};
struct how_many_same {
  using reply = std::vector<int>;  // and of how many
};
std::uint64_t inode_of(const shared_bytes& bytes) {
  struct stat file{};
  return ::fstat(bytes.fd(), &file) == 0 ? file.st_ino : 0;
}
std::uint64_t sum_of(const shared_bytes& bytes) {
  std::uint64_t sum = 0;
  for (const std::byte b : bytes.bytes()) sum = sum * 31 + std::to_integer<std::uint64_t>(b);
  return sum;
}
/// Whether the memory at `at` belongs to a memfd that this process may only read.
bool is_mapped_to_read(const void* at) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long first = 0, last = 0;
    char access[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &first, &last, access) != 3) continue;
    const auto wanted = reinterpret_cast<unsigned long>(at);
    if (wanted < first || wanted >= last) continue;
    return std::string(access) == "r--s" && line.find("memfd:troupe") != std::string::npos;
  }
  return false;
}
class viewer : public actor<look_at, hand_on, same_memory, how_many_same> {
 public:
  void on(const same_memory& m) {
    same_ += inode_of(m.bytes) == m.inode;
    ++seen_;
  }
  std::vector<int> on(how_many_same) const { return {same_, seen_}; }
  std::vector<std::uint64_t> on(const look_at& m) {
    return {m.bytes.size(), sum_of(m.bytes), is_mapped_to_read(m.bytes.data())};
  }
  task<std::vector<std::uint64_t>> on(hand_on m) {
    auto asking = m.whom.ask(look_at{m.bytes});
    co_return co_await std::move(asking);
  }

 private:
  int same_ = 0, seen_ = 0;
};

shared_bytes made(std::size_t size) {
  shared_bytes_writer writer(size);
  for (std::size_t i = 0; i < size; ++i) writer.data()[i] = static_cast<std::byte>(i * 7 + size);
  return std::move(writer).seal();
}

}  // namespace

TEST_CASE("shared_bytes: a value whose copies share the memory") {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, large - 1, large, 3 * large + 1, 17 * large}) {
    const shared_bytes first = made(size);
    const shared_bytes second = first;
    CHECK(second.size() == size);
    CHECK(second.data() == first.data());
    const shared_bytes third(first.bytes());
    CHECK(std::equal(third.bytes().begin(), third.bytes().end(), first.bytes().begin()));
    CHECK(is_mapped_to_read(first.data()) == (size >= large));
  }
  CHECK(shared_bytes().empty());
}

TEST_CASE("shared_bytes: memory that is not to be had is an error, and costs nothing") {
  const auto before_signal = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const std::size_t descriptors = census::descriptors();
  for (const std::size_t size : {large, 17 * large}) {
    const std::vector<std::byte> bytes(size);
    const rlimit little{large / 2, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &little);
    CHECK_THROWS_WITH_AS(shared_bytes{bytes}, doctest::Contains("shared_bytes: "),
                         std::system_error);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(census::descriptors() == descriptors);
  }
  std::signal(SIGXFSZ, before_signal);
}

/// Of the only memory that this process shares.
int find_descriptor() {
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(each, gone).string().starts_with("/memfd:troupe"))
      return std::stoi(each.path().filename());
  }
  return -1;
}

TEST_CASE("shared_bytes: what cannot be sealed, since somebody can still write it, is copied") {
  shared_bytes_writer writer(17 * large);
  std::fill_n(writer.data(), writer.size(), std::byte{7});
  void* also = ::mmap(nullptr, large, PROT_READ | PROT_WRITE, MAP_SHARED, find_descriptor(), 0);
  REQUIRE(also != MAP_FAILED);
  const shared_bytes bytes = std::move(writer).seal();
  CHECK(bytes.fd() == -1);
  stage s("not sealed");
  const auto there = s.spawn_in<viewer>(s.start());
  const auto seen = there.ask(look_at{bytes}).get();
  CHECK(seen[0] == bytes.size());
  CHECK(seen[1] == sum_of(bytes));
  ::munmap(also, large);
}

TEST_CASE("shared_bytes: a large one is mapped in the other process, a small one is copied") {
  stage s("to another process");
  const auto there = s.spawn_in<viewer>(s.start());
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, large - 1, large, 20 * large}) {
      const shared_bytes bytes = made(size);
      CHECK(there.ask(look_at{bytes}).get() ==
            std::vector<std::uint64_t>{size, sum_of(bytes), size >= large});
    }
  }
}

TEST_CASE("shared_bytes: arrive at a sibling, and through one") {
  stage s("siblings");
  const auto first = s.spawn_in<viewer>(s.start());
  const auto second = s.spawn_in<viewer>(s.start());
  const shared_bytes bytes = made(2 * large);
  const auto seen = first.ask(hand_on{second, bytes}).get();
  CHECK(seen[0] == bytes.size());
  CHECK(seen[1] == sum_of(bytes));
}

TEST_CASE("shared_bytes: hundreds to a stopped process arrive once it goes on") {
  stage s("to a stopped process");
  process child = s.start();
  const auto there = s.spawn_in<viewer>(child);
  freeze(child);
  const shared_bytes bytes = made(large);
  std::vector<std::future<std::vector<std::uint64_t>>> answers;
  for (int i = 0; i < 40; ++i) {
    answers.push_back(
        std::async(std::launch::async, [&] { return there.ask(look_at{bytes}).get(); }));
  }
  thaw(child);
  for (auto& each : answers) CHECK(each.get()[1] == sum_of(bytes));
}

TEST_CASE("shared_bytes: those that have to wait for the receiver are not copied either") {
  stage s("waiting");
  process child = s.start();
  const auto there = s.spawn_in<viewer>(child);
  freeze(child);
  for (int i = 0; i < 6; ++i) {  // as many as may wait for one receiver
    const shared_bytes bytes = made(4 * large);
    there.tell(same_memory{bytes, inode_of(bytes)});
  }
  thaw(child);
  const auto found = there.ask(how_many_same{}).get();
  CHECK(found[0] == 6);
  CHECK(found[1] == 6);
}

TEST_CASE("shared_bytes: memory that did not come along costs the message alone") {
  stage s("nothing came along");
  const auto here = s.system.spawn<viewer>();
  raw_peer peer(s.system);
  peer.greet();
  byte_buffer payload;
  payload.put(std::uint8_t{1});
  payload.put(std::uint64_t{1});
  payload.put(std::uint64_t{large});
  detail::frame f = peer.ask_to(here, 7);
  f.type = type_id<look_at>();
  f.payload = payload.bytes();
  REQUIRE(peer.send(raw_peer::frame_bytes(f)));
  const auto answer = peer.receive(detail::frame_kind::failure);
  REQUIRE(answer);
  CHECK(answer->id == 7);
  CHECK(peer.ended().wait_for(std::chrono::seconds{0}) == std::future_status::timeout);
}

}  // namespace shared_bytes_test
