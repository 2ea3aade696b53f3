// SPDX-License-Identifier: BSD-3-Clause
// Payloads of messages of every kind of field. What is a value is written again, and read to the same bytes;
// the memory that a value may take is bounded by what is asked for here.
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <troupe/codec.hpp>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "must.hpp"

namespace fuzzed {

enum class colour : std::uint8_t { red, green, blue };

struct inner {
  std::int32_t a = 0;
  std::optional<std::string> b;
  bool c = false;
};
struct tree {
  std::uint16_t value = 0;
  std::vector<tree> children;
};
struct everything {
  std::uint64_t number = 0;
  double real = 0;
  colour tint{};
  std::string text;
  std::vector<inner> list;
  std::map<std::string, std::vector<std::uint32_t>> map;
  std::set<std::int16_t> set;
  std::unordered_map<std::uint32_t, bool> hash;
  std::variant<int, std::string, inner> choice;
  std::array<std::uint8_t, 3> array{};
  std::tuple<char, std::deque<std::string>> pair;
  std::chrono::nanoseconds time{};
  std::unique_ptr<inner> owned;
};
struct own_function {
  std::vector<std::string> words;
  std::uint32_t number = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(words, number);
    if (number == 0xdead) throw std::runtime_error("refused");
  }
};

}  // namespace fuzzed

namespace {

using namespace troupe;

template <class T>
void decode_as(std::span<const std::byte> bytes) {
  const decode_limits limits{.memory_bytes_max = std::size_t{1} << 20, .nesting_max = 32};
  const auto value = decode<T>(bytes, nullptr, limits);
  if (!value) {
    MUST(!value.error().text.empty());
    return;
  }
  byte_buffer out;
  encode(out, *value);
  const auto again = decode<T>(out.bytes(), nullptr, limits);
  MUST(again.has_value());
  byte_buffer twice;
  encode(twice, *again);
  MUST(out.size() == twice.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = bytes_of(data + 1, size - 1);
  switch (data[0] % 6) {
    case 0: decode_as<fuzzed::everything>(bytes); break;
    case 1: decode_as<fuzzed::tree>(bytes); break;
    case 2: decode_as<fuzzed::own_function>(bytes); break;
    case 3: decode_as<std::vector<fuzzed::inner>>(bytes); break;
    case 4: decode_as<std::map<std::string, std::string>>(bytes); break;
    default: decode_as<std::vector<std::vector<bool>>>(bytes); break;
  }
  return 0;
}
