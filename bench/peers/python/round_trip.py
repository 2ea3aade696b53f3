# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing for X2 and X3: 64 bytes there and back, `--size` under way at once.

Forms: `duplex` (one Pipe, a socket pair) and `two_pipes` (two one-way Pipes)."""
import multiprocessing
import time

import bench_program


def echo(take, put, count):
    put(b"ready")
    for i in range(count):
        data = take()
        assert bench_program.is_frame(data, i)
        put(data)


def ends(form):
    """Ours and the other's end, as (take, put) each."""
    if form == "duplex":
        here, there = multiprocessing.Pipe()
        return (here.recv_bytes, here.send_bytes), (there.recv_bytes, there.send_bytes)
    there_in, here_out = multiprocessing.Pipe(duplex=False)
    here_in, there_out = multiprocessing.Pipe(duplex=False)
    return (here_in.recv_bytes, here_out.send_bytes), (there_in.recv_bytes, there_out.send_bytes)


def main():
    options = bench_program.options(200_000, ["duplex", "two_pipes"])
    (take, put), theirs = ends(options.form)
    other = multiprocessing.Process(target=echo, args=(*theirs, options.count))
    other.start()
    take()

    frame, is_frame, now = bench_program.frame, bench_program.is_frame, time.perf_counter_ns
    good = True
    samples = []
    sent = 0
    start = last = now()
    for i in range(options.count):
        while sent < min(options.count, i + options.size):
            put(frame(sent))
            sent += 1
        good = is_frame(take(), i) and good
        at = now()
        samples.append(at - last)
        last = at
    seconds = (last - start) / 1e9
    other.join()
    bench_program.report(options.count, seconds, good and other.exitcode == 0, samples)


if __name__ == "__main__":
    main()
