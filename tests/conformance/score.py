#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Says which of the behaviours in rows.tsv hold: of CPython's own test-suite (parts `core` and `service`)
and of what must happen when a participant dies (`death`).

A row is held if tests of ours carry its id and all of them have run and passed, now or in the run whose results are given. Exit code: 0;
1 if a row is not held any more that rows.tsv says is."""
import argparse
import csv
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE / "rows.tsv"
ID = re.compile(r"[A-Z]{2}\d\d|K\d\d")
PARTS = {"core": "coordination core", "service": "processes and services",
         "death": "death of a participant"}


def read_rows():
    with ROWS.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def write_rows(rows):
    with ROWS.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t", lineterminator="\n",
                                quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writeheader()
        writer.writerows(rows)


def ids_of(test_name):
    """The ids at the beginning of a test's name: `BA07 K09 barrier: …`."""
    ids = []
    for word in test_name.split():
        if not ID.fullmatch(word.rstrip(":")):
            break
        ids.append(word.rstrip(":"))
    return ids


def run(program):
    """The tests of one program that carry ids, and whether they passed. Their output is shown if it fails."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        listed = subprocess.run([program, "--list-test-cases"], capture_output=True, text=True)
        wanted = [name for name in listed.stdout.splitlines() if ids_of(name)]
        if not wanted:
            return {}
        print(f"{program.name}: {len(wanted)} tests", file=sys.stderr, flush=True)
        names = ",".join(re.sub(r"[,\"]", "?", name) for name in wanted)
        done = subprocess.run([program, "--reporters=xml", f"--out={report.name}",
                               f"--test-case={names}"], capture_output=True, text=True)
        try:
            cases = xml.parse(report.name).getroot().iter("TestCase")
            return {c.get("name"): passed(c) for c in cases if c.find("OverallResultsAsserts") is not None}
        except xml.ParseError:
            print(f"{program.name} did not end well ({done.returncode}):\n{done.stderr}", file=sys.stderr)
            return {name: False for name in wanted}


def passed(case):
    result = case.find("OverallResultsAsserts")
    return result.get("test_case_success", "false") == "true"


def read_results(file):
    """The same, of a run that is over: what tests/support/main.cpp has noted."""
    lines = [line.split("\t", 1) for line in file.read_text().splitlines()]
    return {name: verdict == "passed" for verdict, name in lines}


def verdicts(sources):
    """For each id: whether all tests that carry it passed. A source is a program, or the results of one."""
    held = {}
    for source in sources:
        for name, good in (read_results(source) if source.suffix == ".tsv" else run(source)).items():
            for id in ids_of(name):
                held[id] = held.get(id, True) and good
    return held


def in_lines(ids, width=88):
    lines, line = [], ""
    for id in ids:
        if len(line) + len(id) + 1 > width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + id
    return lines + [line] if line else lines


def show(title, rows, held):
    chosen = [r["id"] for r in rows if r["status"].startswith("choice")]
    good = [r["id"] for r in rows if held.get(r["id"]) and r["id"] not in chosen]
    rest = [r["id"] for r in rows if r["id"] not in good and r["id"] not in chosen]
    print(f"{title:<44} {len(good):>4} of {len(rows):<4}"
          + (f" {len(chosen)} by choice" if chosen else ""))
    return good, chosen, rest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+", type=pathlib.Path,
                        help="doctest programs, or the .tsv files that runs of them have left")
    parser.add_argument("--record", action="store_true", help="note in rows.tsv what is held now")
    given = parser.parse_args()
    rows = read_rows()
    held = verdicts([p.resolve() for p in given.programs])
    unknown = sorted(set(held) - {r["id"] for r in rows})
    if unknown:
        print("tests carry ids that rows.tsv does not have: " + " ".join(unknown), file=sys.stderr)

    print(f"{'behaviours':<44} held")
    everything = {"held": [], "choice": [], "not": []}
    for part, title in PARTS.items():
        of_part = [r for r in rows if r["part"] == part]
        for table in dict.fromkeys(r["table"] for r in of_part):
            results = show("  " + table, [r for r in of_part if r["table"] == table], held)
            for key, ids in zip(everything, results):
                everything[key] += ids
        show(title, of_part, held)
    if everything["not"]:
        print("\nnot held:")
        print("\n".join("  " + line for line in in_lines(everything["not"])))
    for r in rows:
        if r["status"].startswith("choice"):
            print(f"by choice: {r['id']} {r['status'].removeprefix('choice: ')}")
    lost = [r["id"] for r in rows if r["status"] == "held" and not held.get(r["id"])]
    if lost:
        print("\nWas held before: " + " ".join(lost))
    if given.record:
        for r in rows:
            if not r["status"].startswith("choice"):
                r["status"] = "held" if held.get(r["id"]) else "open"
        write_rows(rows)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
