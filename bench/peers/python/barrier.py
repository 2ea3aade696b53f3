# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing for C1: two processes pass a Barrier round after round."""
import multiprocessing
import time

import bench_program


def rounds(barrier, count):
    """The sum of the indices: in each round one is 0 and one is 1."""
    return sum(barrier.wait() for _ in range(count))


def party(barrier, count, back):
    rounds(barrier, 100)
    back.send(rounds(barrier, count))


def main():
    options = bench_program.options(20_000, ["processes"])
    barrier = multiprocessing.Barrier(2)
    heard, back = multiprocessing.Pipe(duplex=False)
    other = multiprocessing.Process(target=party, args=(barrier, options.count, back))
    other.start()
    rounds(barrier, 100)
    start = time.perf_counter()
    ours = rounds(barrier, options.count)
    seconds = time.perf_counter() - start
    good = ours + heard.recv() == options.count
    other.join()
    bench_program.report(options.count, seconds, good and other.exitcode == 0)


if __name__ == "__main__":
    main()
