# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing for C2: two processes take one Lock again and again, and count in shared memory.

It is a semaphore of the operating system, which whoever comes takes: the one that has just given it back, as a rule. With
the form `turns` a process goes on only when the other one has had its turn, by two such locks: what a hand-over costs."""
import multiprocessing
import time

import bench_program


def grab(lock, counter, turns):
    for _ in range(turns):
        with lock:
            counter.value += 1


def take_turns(mine, others, counter, turns):
    for _ in range(turns):
        mine.acquire()
        counter.value += 1
        others.release()


def main():
    options = bench_program.options(100_000, ["grab", "turns"])
    counter = multiprocessing.Value("Q", 0, lock=False)
    turns = options.count // 2
    if options.form == "grab":
        lock = multiprocessing.Lock()
        work, here, there = grab, (lock, counter, turns), (lock, counter, turns)
    else:
        one, two = multiprocessing.Lock(), multiprocessing.Lock()
        two.acquire()
        work, here, there = take_turns, (one, two, counter, turns), (two, one, counter, turns)
    gate = multiprocessing.Barrier(2)

    def party():
        gate.wait()
        work(*there)

    other = multiprocessing.Process(target=party)
    other.start()
    gate.wait()
    start = time.perf_counter()
    work(*here)
    other.join()
    seconds = time.perf_counter() - start
    bench_program.report(options.count, seconds, counter.value == 2 * turns and other.exitcode == 0)


if __name__ == "__main__":
    main()
