# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing.Pool for C4: two processes map a function that does nothing, chunk 1.

Forms: map, which puts each chunk on a queue; imap, which does the same without a list."""
import multiprocessing
import time

import bench_program


def same(x):
    return x


def main():
    options = bench_program.options(200_000, ["map", "imap_unordered"])
    with multiprocessing.Pool(2) as workers:
        workers.map(same, range(100), 1)
        start = time.perf_counter()
        if options.form == "map":
            got = workers.map(same, range(options.count), 1)
        else:
            got = sorted(workers.imap_unordered(same, range(options.count), 1))
        seconds = time.perf_counter() - start
    bench_program.report(options.count, seconds, got == list(range(options.count)))


if __name__ == "__main__":
    main()
