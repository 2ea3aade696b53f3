# SPDX-License-Identifier: BSD-3-Clause
"""What the Python benchmarks share: the command line, the 64-byte message and the line of JSON."""
import argparse
import json
import pathlib
import re
import struct
import sys

FRAME = struct.Struct("<QQ48x")


def options(default_count, forms, default_size=1):
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=default_count)
    parser.add_argument("--form", choices=forms, default=forms[0])
    parser.add_argument("--size", type=int, default=default_size)
    return parser.parse_args()


def frame(sequence):
    return FRAME.pack(sequence, sequence * 3 + 1)


def is_frame(data, sequence):
    """Looks at the first two words: all eight would time Python's arithmetic, not its pipes."""
    return len(data) == 64 and FRAME.unpack(data) == (sequence, sequence * 3 + 1)


def percentile_us(samples_ns, fraction):
    return round(sorted(samples_ns)[int(fraction * (len(samples_ns) - 1))] / 1e3, 3)


def peak_kb():
    """Not resource.getrusage's: that one also counts the launcher's, before exec."""
    return int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path("/proc/self/status").read_text())[1])


def report(count, seconds, good, samples_ns=None):
    result = {"count": count, "seconds": seconds, "check": "ok" if good else "failed"}
    if samples_ns:
        result["p50_us"] = percentile_us(samples_ns, 0.5)
        result["p99_us"] = percentile_us(samples_ns, 0.99)
    result["max_rss_kb"] = peak_kb()
    print(json.dumps(result), flush=True)
    sys.exit(0 if good else 1)
