#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compiles one file of this directory with -O2 and reports how long that took, and the most memory
that the compiler had. The check: the program that the build made of the same file must run."""
import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RUNTIME = HERE.parent.parent / "runtime" / "include"


def compiler(program):
    """The one that the build uses, so that all files meet the same."""
    cache = next(d / "CMakeCache.txt" for d in program.resolve().parents
                 if (d / "CMakeCache.txt").exists())
    return re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache.read_text(), re.M)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--standard", default="c++20")
    parser.add_argument("--source", required=True)
    parser.add_argument("--count", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        command = [compiler(given.program), f"-std={given.standard}", "-O2", f"-I{RUNTIME}",
                   "-c", str(HERE / given.source), "-o", os.path.join(directory, "out.o")]
        start = time.perf_counter()
        good = all(subprocess.call(command) == 0 for _ in range(given.count))
        seconds = time.perf_counter() - start
    good = good and subprocess.call([given.program]) == 0
    # The compiler is by far the largest of the processes that were waited for.
    peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"count": given.count, "seconds": seconds, "check": "ok" if good else "failed",
                      "seconds_each": seconds / given.count, "peak_mib": peak_kb / 1024,
                      "max_rss_kb": peak_kb}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
