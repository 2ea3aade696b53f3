// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "outgoing.hpp"
#include "stage.hpp"

namespace large_test {

using namespace troupe;

namespace {

/// More runs than a frame lends, of lengths around the bound from which they are lent.
struct runs {
  using reply = std::vector<std::uint64_t>;
  std::vector<std::vector<std::uint8_t>> all;
  std::string text;
  std::uint64_t after = 0;
};
/// Hands over what is gone when its function returns.
class fleeting {
 public:
  using reply = std::uint64_t;
  fleeting() = default;
  explicit fleeting(std::uint64_t bytes) : bytes_(bytes) {}
  std::uint64_t bytes() const { return bytes_; }

  template <class Archive>
  void save(Archive& archive) const {
    archive(std::string(bytes_, 'f'));
  }
  template <class Archive>
  void load(Archive& archive) {
    std::string text;
    archive(text);
    bytes_ = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), 'f'));
  }

 private:
  std::uint64_t bytes_ = 0;
};
std::uint64_t sum_of(const std::vector<std::uint8_t>& run) {
  std::uint64_t sum = 0;
  for (std::uint8_t byte : run) sum = sum * 31 + byte;
  return sum;
}
class summer : public actor<runs, fleeting> {
 public:
  std::vector<std::uint64_t> on(const runs& r) const {
    std::vector<std::uint64_t> sums{r.text.size(), r.after};
    for (const auto& run : r.all) sums.push_back(sum_of(run));
    return sums;
  }
  std::uint64_t on(const fleeting& f) const { return f.bytes(); }
};

}  // namespace

TEST_CASE("large: runs of every length, many in one message, arrive as they were") {
  stage s("many runs");
  const auto there = s.spawn_in<summer>(s.start());
  const std::size_t least = lent_runs::bytes_min;
  for (const std::size_t text : {std::size_t{0}, std::size_t{20}, least, 3 * least}) {
    runs message{{}, std::string(text, 't'), text + 1};
    std::vector<std::uint64_t> expected{text, text + 1};
    for (std::size_t n = 0; n < 12; ++n) {
      std::vector<std::uint8_t> run(n % 4 == 0 ? 5 : least - 1 + n * 1000);
      for (std::size_t i = 0; i < run.size(); ++i) run[i] = static_cast<std::uint8_t>(i * 7 + n);
      expected.push_back(sum_of(run));
      message.all.push_back(std::move(run));
    }
    CHECK(there.ask(message).get() == expected);
  }
}

TEST_CASE("large: what a type's own function makes only to send it is copied") {
  stage s("made to be sent");
  const auto there = s.spawn_in<summer>(s.start());
  for (const std::uint64_t bytes : {10u, 100'000u, 3'000'000u})
    CHECK(there.ask(fleeting(bytes)).get() == bytes);
}

TEST_CASE("large: what waits to be written comes out in order, whatever is taken at a time") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{5000}}) {
    detail::outgoing out;
    std::string expected, written;
    std::vector<std::string> texts;
    for (char c = 'a'; c < 'e'; ++c) texts.push_back(std::string(20'000, c));
    for (const std::string& text : texts) {
      const std::string small(30, text[0] - 'a' + 'A');
      out.tail().append(small.data(), small.size());
      lent_runs lent;
      out.tail().lend(&lent);
      out.tail().append(text.data(), text.size());
      out.tail().lend(nullptr);
      out.tail().append("-", 1);
      REQUIRE(lent.count == 1);
      out.append(lent, nullptr);
      byte_buffer own;
      own.append("own", 3);
      out.append(std::move(own));
      expected += small + text + "-own";
    }
    CHECK(out.size() == expected.size());
    while (!out.is_empty()) {
      iovec parts[4];
      REQUIRE(out.front(parts) > 0);
      const std::size_t n = std::min(step, parts[0].iov_len);
      written.append(static_cast<const char*>(parts[0].iov_base), n);
      out.drop_front(n);
    }
    CHECK(written == expected);
  }
}

}  // namespace large_test
