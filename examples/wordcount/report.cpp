// SPDX-License-Identifier: BSD-3-Clause
#include "report.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "text.hpp"

namespace wordcount {

namespace {

constexpr std::size_t words_shown = 20;
constexpr std::size_t files_named = 3;

using counted_word = std::pair<std::string_view, std::uint64_t>;

std::vector<counted_word> all_words(const word_table& words) {
  std::vector<counted_word> all;
  all.reserve(words.size());
  words.for_each(
      [&](std::string_view word, std::uint64_t times) { all.emplace_back(word, times); });
  return all;
}

std::uint64_t word_total(const word_table& words) {
  std::uint64_t total = 0;
  words.for_each([&](std::string_view, std::uint64_t times) { total += times; });
  return total;
}

std::vector<counted_word> most_frequent(const word_table& words) {
  std::vector<counted_word> all = all_words(words);
  const std::size_t shown = std::min(words_shown, all.size());
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(shown),
                            [](const counted_word& a, const counted_word& b) {
                              return a.second != b.second ? a.second > b.second : a.first < b.first;
                            });
  all.resize(shown);
  return all;
}

/// \throws std::system_error if not everything has reached the file
void write_file(const std::string& name, const std::string& text) {
  errno = 0;
  std::ofstream out(name, std::ios::binary);
  out << text << std::flush;
  if (!out) throw std::system_error(errno, std::generic_category(), "wordcount: writing " + name);
}

}  // namespace

void warn_of_skipped(std::vector<skipped_file> skipped, bool name_all) {
  std::map<std::string, std::vector<std::string>> by_kind;
  for (skipped_file& file : skipped) by_kind[file.why].push_back(std::move(file.path));
  for (auto& [why, paths] : by_kind) {
    std::ranges::sort(paths);
    const std::size_t named = name_all ? paths.size() : std::min(files_named, paths.size());
    for (std::size_t i = 0; i < named; ++i) {
      std::fprintf(stderr, "wordcount: skipped: %s: %s\n", printable(paths[i]).c_str(),
                   why.c_str());
    }
    if (named < paths.size()) {
      std::fprintf(stderr, "wordcount: skipped: %s more: %s (--verbose names them)\n",
                   grouped(paths.size() - named).c_str(), why.c_str());
    }
  }
}

void print_summary(const tally& result, double seconds) {
  for (const auto& [word, times] : most_frequent(result.words)) {
    std::printf("%14s  %s\n", grouped(times).c_str(), std::string(word.substr(0, 80)).c_str());
  }
  std::printf("%s words, %s distinct, in %s files of %s MB\n",
              grouped(word_total(result.words)).c_str(), grouped(result.words.size()).c_str(),
              grouped(result.files).c_str(), megabytes(static_cast<double>(result.bytes)).c_str());
  std::printf("%.2f s, %s MB/s, %s\n", seconds,
              megabytes(static_cast<double>(result.bytes) / seconds).c_str(),
              shares(result.bytes_by_worker).c_str());
}

void write_counts(const std::string& file, const word_table& words) {
  std::vector<counted_word> all = all_words(words);
  std::ranges::sort(all);
  std::string text;
  for (const auto& [word, times] : all) {
    text += word;
    text += '\t' + std::to_string(times) + '\n';
  }
  write_file(file, text);
}

void write_json(const std::string& file, const tally& result, double seconds) {
  const nlohmann::ordered_json totals{{"files", result.files},
                                      {"bytes", result.bytes},
                                      {"words", word_total(result.words)},
                                      {"distinct", result.words.size()},
                                      {"seconds", seconds},
                                      {"skipped", result.skipped.size()},
                                      {"workers_lost", result.lost.size()}};
  write_file(file, totals.dump(2) + '\n');
}

}  // namespace wordcount
