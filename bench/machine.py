# SPDX-License-Identifier: BSD-3-Clause
"""The facts of the machine and the tools that a figure means nothing without."""
import datetime
import os
import pathlib
import platform
import re
import shutil
import subprocess


def first_line(*command):
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)
    return next(iter((done.stdout or done.stderr).strip().splitlines()), None)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def from_cache(build, name):
    """A CMake variable of the build."""
    cache = build / "CMakeCache.txt"
    found = re.search(rf"^{name}:\w+=(.*)$", cache.read_text(), re.M) if cache.exists() else None
    return found and found[1]


def facts(build):
    compiler = from_cache(build, "CMAKE_CXX_COMPILER")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "processors_allowed": len(os.sched_getaffinity(0)),
        "model": processor(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
        "compiler": compiler and first_line(compiler, "--version"),
        "build_type": from_cache(build, "CMAKE_BUILD_TYPE"),
        "python": first_line("python3", "--version"),
        "go": first_line("go", "version"),
        "erlang": first_line("erl", "-noshell", "-noinput", "-eval",
                             'io:format("OTP ~s, erts ~s~n", [erlang:system_info(otp_release), '
                             'erlang:system_info(version)]), halt().'),
    }
