# SPDX-License-Identifier: BSD-3-Clause
"""check_page.py PAGE SOURCE...: each block of PAGE between ```cpp and ``` that follows a line `**Ours**` must
stand in one of the sources, line for line, whatever its indentation. Blocks that follow `**CAF**` are CAF's."""
import re
import sys


def lines_of(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def main():
    page = open(sys.argv[1]).read()
    sources = ["\n".join(lines_of(open(name).read())) + "\n" for name in sys.argv[2:]]
    blocks = re.findall(r"^\*\*Ours\*\*.*?\n```cpp\n(.*?)^```", page, re.S | re.M)
    lost = [b for b in blocks if not any("\n".join(lines_of(b)) + "\n" in s for s in sources)]
    for block in lost:
        print("no source has this block of the page:\n" + block)
    print(f"{len(blocks)} blocks, {len(lost)} of them lost")
    return 1 if lost or not blocks else 0


sys.exit(main())
