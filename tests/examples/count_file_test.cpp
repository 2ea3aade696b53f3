// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "count_file.hpp"

using namespace wordcount;
using std::literals::operator""sv;

namespace {

class scratch_file {
 public:
  explicit scratch_file(std::string_view bytes) {
    std::string name = (std::filesystem::temp_directory_path() / "count_file.XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    REQUIRE(fd >= 0);
    std::ofstream(name, std::ios::binary) << bytes;
    ::close(fd);
    path = name;
  }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file() { std::filesystem::remove(path); }

  std::string path;
};

}  // namespace

TEST_CASE("file_counter: the size of the pieces does not show") {
  const scratch_file file("Some words, some WORDS\nand a last one");
  for (const std::size_t piece : {1, 2, 5, 36, 37, 38, 1000}) {
    file_counter counter(piece);
    word_table words;
    const file_result result = counter.count(file.path, words);
    CAPTURE(piece);
    CHECK(result.skipped_as == "");
    CHECK(result.bytes == 37);
    CHECK(words.size() == 6);
    CHECK(words.times("some") == 2);
    CHECK(words.times("words") == 2);
    CHECK(words.times("one") == 1);
  }
}

TEST_CASE("file_counter: a word does not span two files") {
  const scratch_file first("begin");
  const scratch_file second("ning");
  for (const std::size_t piece : {2, 5, 100}) {
    file_counter counter(piece);
    word_table words;
    counter.count(first.path, words);
    counter.count(second.path, words);
    CHECK(words.size() == 2);
    CHECK(words.times("begin") == 1);
  }
}

TEST_CASE("file_counter: nothing of a file counts if a later piece shows that it is binary") {
  const scratch_file file("these words come first, and then \0 comes"sv);
  for (const std::size_t piece : {3, 10, 100}) {
    file_counter counter(piece);
    word_table words;
    CHECK(counter.count(file.path, words).skipped_as == "binary");
    CHECK(words.size() == 0);
  }
}

TEST_CASE("file_counter: compressed files are told by their beginning, without a NUL byte") {
  const scratch_file file("\x1f\x8b\x08\x08text");
  file_counter counter(100);
  word_table words;
  CHECK(counter.count(file.path, words).skipped_as == "gzip");
  CHECK(words.size() == 0);
}

TEST_CASE("file_counter: what cannot be opened or is no file is named with its reason") {
  file_counter counter(100);
  word_table words;
  CHECK(counter.count("/there/is/no/such/file", words).skipped_as == "No such file or directory");
  CHECK(counter.count("/dev/null", words).skipped_as == "no regular file any more");
}

TEST_CASE("file_counter: an endless word is no text") {
  const scratch_file file(std::string(3 << 20, 'x') + " end");
  file_counter counter(1 << 16);
  word_table words;
  CHECK(counter.count(file.path, words).skipped_as == "a word of more than a megabyte");
  CHECK(words.size() == 0);
}

TEST_CASE("file_counter: an empty file is a text without words") {
  const scratch_file file("");
  file_counter counter(100);
  word_table words;
  const file_result result = counter.count(file.path, words);
  CHECK(result.skipped_as == "");
  CHECK(result.bytes == 0);
}
