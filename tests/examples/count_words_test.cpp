// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <utility>

#include "count_words.hpp"

using namespace wordcount;
using counts = std::map<std::string, std::uint64_t>;

namespace {

counts of_table(const word_table& table) {
  counts all;
  table.for_each(
      [&](std::string_view word, std::uint64_t times) { all[std::string(word)] += times; });
  return all;
}

counts count(std::string_view text) {
  word_table words;
  CHECK(count_words(text, text_end::here, words) == text.size());
  return of_table(words);
}

/// Hands in the text `piece` bytes at a time, and what is not dealt with once more.
counts count_in_pieces(std::string_view text, std::size_t piece) {
  word_table words;
  std::string held;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    held += text.substr(at, piece);
    held.erase(0, count_words(held, text_end::not_yet, words));
  }
  count_words(held, text_end::here, words);
  return of_table(words);
}

/// The definition, letter by letter.
counts count_slowly(std::string_view text) {
  counts all;
  std::string word;
  for (const char c : std::string(text) + ' ') {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      word += static_cast<char>(c | 0x20);
    } else if (!word.empty()) {
      ++all[std::exchange(word, {})];
    }
  }
  return all;
}

std::string random_text(std::size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < bytes) {
    if (random() % 3 != 0) {
      text.append(random() % 12, static_cast<char>("abzABZ"[random() % 6]));
    } else {
      text += static_cast<char>(random());
    }
  }
  return text;
}

}  // namespace

TEST_CASE("count_words: a word is a maximal run of ASCII letters, in lower case") {
  CHECK(count("") == counts{});
  CHECK(count(" \n\t 12 -") == counts{});
  CHECK(count("One one ONE_two2three") == counts{{"one", 3}, {"two", 1}, {"three", 1}});
  CHECK(count("don't") == counts{{"don", 1}, {"t", 1}});
  CHECK(count("@[`{Z") == counts{{"z", 1}});
}

TEST_CASE("count_words: a byte above 127 is no letter, whatever its lower bits") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text{'x', static_cast<char>(byte), 'y'};
    CAPTURE(byte);
    CHECK(count(text) == count_slowly(text));
  }
}

TEST_CASE("count_words: words of every length up to beyond a block") {
  for (const std::size_t length : {1, 7, 8, 9, 15, 16, 17, 24, 4095, 4096, 4097, 5000, 20000}) {
    const std::string word(length, 'q');
    CAPTURE(length);
    CHECK(count(word) == counts{{word, 1}});
    CHECK(count("a " + word + ". " + word + "z") == counts{{"a", 1}, {word, 1}, {word + "z", 1}});
  }
}

TEST_CASE("count_words: a word that ends the text stays undone while more may follow") {
  word_table words;
  CHECK(count_words("one tw", text_end::not_yet, words) == 4);
  CHECK(of_table(words) == counts{{"one", 1}});
  CHECK(count_words("two ", text_end::not_yet, words) == 4);
  CHECK(of_table(words) == counts{{"one", 1}, {"two", 1}});
}

TEST_CASE("count_words: pieces of any size give what the whole gives") {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const std::string text = random_text(30'000, seed) + std::string(9000, 'w') + " end";
    const counts expected = count_slowly(text);
    CHECK(count(text) == expected);
    for (const std::size_t piece : {3, 8, 61, 4096, 4099, 25'000}) {
      CAPTURE(seed);
      CAPTURE(piece);
      CHECK(count_in_pieces(text, piece) == expected);
    }
  }
}

TEST_CASE("word_table: words that differ only late, or only in length, are different") {
  word_table words;
  for (const auto* word : {"abcdefgh", "abcdefghi", "abcdefghj", "abcdefg", "abcdefghijklmnopq",
                           "abcdefghijklmnoxq"}) {
    words.add(word);
    words.add(word, 2);
  }
  CHECK(words.size() == 6);
  CHECK(words.times("abcdefghj") == 3);
  CHECK(words.times("abcdefghijklmnoxq") == 3);
  CHECK(words.times("abcdef") == 0);
}

TEST_CASE("word_table: grows, adds another one, and forgets") {
  word_table words;
  word_table others;
  std::string word;
  for (int i = 0; i < 50'000; ++i) {
    word.clear();
    for (int n = i; n > 0; n /= 26) word += static_cast<char>('a' + n % 26);
    words.add("w" + word);
    others.add("w" + word, 4);
  }
  words.add_all(others);
  CHECK(words.size() == others.size());
  CHECK(words.times("wb") == 5);
  CHECK(words.times("w" + word) == 5);
  words.clear();
  CHECK(words.size() == 0);
  CHECK(words.times("wb") == 0);
}
