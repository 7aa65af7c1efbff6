#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Judges what the job "try" found, by the rules of machine.py.

usage: judge.py RECORD PLAN FOUND

Prints a line for each cut: "ID POSITION KIND TOLD STATE", and behind "FAILED:" what is wrong.  STATE is that of the
Atomic: before, after or neither, or unknown when there was nothing to be seen.
"""
import json
import os
import shutil
import sys

os.environ.setdefault("OMADM_FAULTS_WORK", "")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
import machine  # noqa: E402  where it is is told above


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)


def prepare(record, told, found):
    """Puts what machine.py wants beside what was found: one look serves for before and behind the last session.  A
    recovery that is cut off may have logged what it did."""
    for name in "before", "after":
        shutil.copy(os.path.join(record, name), found)
    for name, path in ("told", os.path.join(record, "told-" + told)), ("told-then", os.path.join(found, "results")):
        write_json(os.path.join(found, name), json.loads(read(path) or '{"results": []}')["results"])
    with open(os.path.join(found, "log"), "w", encoding="utf-8") as file:
        file.write(read(os.path.join(record, "log")) + read(os.path.join(found, "omadmd.log")))
    look = json.loads(read(os.path.join(found, "again")))
    look["sessions"] = look["sessions"][1:]
    write_json(os.path.join(found, "now"), look)
    machine.WORK = found


def judge(record, told, found):
    """The state, and what is wrong."""
    wrong = read(os.path.join(found, "wrong"))
    if wrong:
        return "unknown", [wrong]
    prepare(record, told, found)
    rules = ["killed", "recovery" if os.path.exists(os.path.join(record, "log")) else "change"]
    judge = machine.Judge(rules)
    wrong = judge.judge()
    now = machine.part(judge.now, machine.ATOMIC)
    states = [name for name, look in (("before", judge.before), ("after", judge.after))
              if now == machine.part(look, machine.ATOMIC)]
    return states[0] if states else "neither", wrong


def main():
    record, plan, top = sys.argv[1:]
    with open(plan, encoding="utf-8") as file:
        for cut in file:
            number, position, kind, told = cut.split()
            found = os.path.join(top, number)
            state, wrong = judge(record, told, found)
            with open(os.path.join(found, "judgement"), "w", encoding="utf-8") as judgement:
                judgement.write("\n".join(wrong))
            print(number, position, kind, told, state, *(["FAILED:", *" ".join(wrong).split()] if wrong else []))


main()
