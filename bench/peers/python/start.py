# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing for X6: a process is started, says hello, and is waited for.

Forms: the start methods."""
import multiprocessing
import os
import time

import bench_program


def greet(door):
    door.send(os.getpid())


def one(context):
    here, there = context.Pipe(duplex=False)
    guest = context.Process(target=greet, args=(there,))
    guest.start()
    there.close()
    pid = here.recv()
    guest.join()
    here.close()
    return pid == guest.pid and guest.exitcode == 0


def main():
    options = bench_program.options(200, ["forkserver", "spawn", "fork"])
    context = multiprocessing.get_context(options.form)
    good = one(context)  # the first one also starts the server
    samples = []
    start = last = time.perf_counter_ns()
    for _ in range(options.count):
        good = one(context) and good
        at = time.perf_counter_ns()
        samples.append(at - last)
        last = at
    bench_program.report(options.count, (last - start) / 1e9, good, samples)


if __name__ == "__main__":
    main()
