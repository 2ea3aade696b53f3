// SPDX-License-Identifier: BSD-3-Clause
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <troupe/actor_system.hpp>

#include "results.hpp"

namespace {

/// Writes how each test came out to $TROUPE_TEST_RESULTS/<program>.tsv, for tests/conformance/score.py: whether
/// it has passed, in how many places it was tried, its name.
struct results_file : doctest::IReporter {
  explicit results_file(const doctest::ContextOptions&) {}

  void test_run_start() override {
    const char* where = std::getenv("TROUPE_TEST_RESULTS");
    if (!where || !*where) return;
    std::filesystem::create_directories(where);
    out_.open(std::string(where) + '/' + program_invocation_short_name + ".tsv");
  }
  void test_case_start(const doctest::TestCaseData& test) override {
    name_ = test.m_name;
    troupe::testing::places_tried = 0;
  }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (out_.is_open())
      out_ << (stats.testCaseSuccess ? "passed" : "failed") << '\t' << troupe::testing::places_tried
           << '\t' << name_ << std::endl;
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  std::ofstream out_;
  std::string name_;
};
REGISTER_LISTENER("results", 1, results_file);

}  // namespace

int main(int argc, char** argv) {
  // Child processes of a test are this program again; they run actors, not tests.
  if (const auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  return doctest::Context(argc, argv).run();
}
