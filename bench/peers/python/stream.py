# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing for X1: 64-byte messages to another process.

Forms: `pipe` (Pipe, send_bytes), `simple_queue` and `queue` (SimpleQueue and Queue of bytes)."""
import multiprocessing
import time

import bench_program


def receive(take, count, back):
    back.send_bytes(b"ready")
    good = True
    for i in range(count):
        good = bench_program.is_frame(take(), i) and good
    back.send_bytes(b"ok" if good else b"failed")


def main():
    options = bench_program.options(500_000, ["pipe", "simple_queue", "queue"])
    if options.form == "pipe":
        out, put_end = multiprocessing.Pipe(duplex=False)
        take, put = out.recv_bytes, put_end.send_bytes
    else:
        kind = multiprocessing.Queue if options.form == "queue" else multiprocessing.SimpleQueue
        queue = kind()
        take, put = queue.get, queue.put
    heard, back = multiprocessing.Pipe(duplex=False)
    other = multiprocessing.Process(target=receive, args=(take, options.count, back))
    other.start()
    heard.recv_bytes()

    frame = bench_program.frame
    start = time.perf_counter()
    for i in range(options.count):
        put(frame(i))
    good = heard.recv_bytes() == b"ok"
    seconds = time.perf_counter() - start
    other.join()
    bench_program.report(options.count, seconds, good and other.exitcode == 0)


if __name__ == "__main__":
    main()
