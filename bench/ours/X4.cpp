// SPDX-License-Identifier: BSD-3-Clause
// Troupe for X4 and N3: messages of 1 MiB to an actor in another process, `--size` under way at most. Forms:
// `copied`, bytes that go through the pipe or the connection, and `mapped`, pages that the other process maps.

#include <bench/block.hpp>
#include <cstddef>
#include <troupe/shared_bytes.hpp>
#include <vector>

#include "apart.hpp"

namespace {

struct copied {
  std::vector<std::byte> bytes;
  static copied make(std::uint64_t sequence) {
    copied block{std::vector<std::byte>(bench::block_bytes)};
    bench::stamp_block(block.bytes.data(), sequence);
    return block;
  }
};
struct mapped {
  troupe::shared_bytes bytes;
  static mapped make(std::uint64_t sequence) {
    troupe::shared_bytes_writer block(bench::block_bytes);
    bench::stamp_block(block.data(), sequence);
    return {std::move(block).seal()};
  }
};
struct credit {
  std::uint64_t seen;
};
struct verdict {
  using reply = std::uint64_t;  // the number of good blocks, 0 if one was wrong
};

class receiver : public troupe::actor<copied, mapped, verdict> {
 public:
  explicit receiver(troupe::actor_ref<credit> sender) : sender_(std::move(sender)) {}
  void on(const copied& block) { take(block.bytes.data(), block.bytes.size()); }
  void on(const mapped& block) { take(block.bytes.data(), block.bytes.size()); }
  std::uint64_t on(verdict) const { return check_.verdict(); }

 private:
  void take(const void* bytes, std::size_t size) {
    check_.take(bytes, size);
    sender_.tell(credit{check_.seen()});
  }

  const troupe::actor_ref<credit> sender_;
  bench::block_check check_;
};

struct send_blocks {
  using reply = void;
  troupe::actor_ref<copied, mapped, verdict> to;
  std::uint64_t count;
};

template <class Block>
class sender : public troupe::actor<send_blocks, credit> {
 public:
  /// \param under_way  so many blocks at most
  explicit sender(std::uint64_t under_way) : under_way_(under_way) {}
  troupe::promise<void> on(send_blocks order) {
    to_ = order.to;
    count_ = order.count;
    all_sent_ = this->template make_promise<void>();
    on(credit{0});
    return all_sent_;
  }
  void on(credit c) {
    while (sent_ < std::min(count_, c.seen + under_way_)) to_.tell(Block::make(sent_++));
    if (c.seen == count_) all_sent_.set_value();
  }

 private:
  const std::uint64_t under_way_;
  troupe::actor_ref<copied, mapped, verdict> to_;
  std::uint64_t count_ = 0, sent_ = 0;
  troupe::promise<void> all_sent_;
};

template <class Block>
troupe::task<int> stream(troupe::actor_system& system, bench::other other, bench::options options) {
  const std::uint64_t count = options.count;
  auto from = system.spawn<sender<Block>>(options.size);
  auto to = co_await other.spawn<receiver>(troupe::actor_ref<credit>(from));
  auto start = bench::clock::now();
  co_await from.ask(send_blocks{to, count});
  const std::uint64_t good = co_await to.ask(verdict{});
  const double seconds = bench::seconds_since(start);
  co_return bench::report(count, seconds, good == count);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_apart(
      argc, argv,
      [](int n, char** all) { return bench::parse(n, all, 4'000, {"copied", "mapped"}, 2); },
      [](troupe::actor_system& system, bench::other other, const bench::options& options) {
        return options.form == "copied" ? stream<copied>(system, std::move(other), options)
                                        : stream<mapped>(system, std::move(other), options);
      });
}
