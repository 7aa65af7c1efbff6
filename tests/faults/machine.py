#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks at the machine that machine.sh makes, and judges what it finds.

usage: machine.py look FILE          the whole state, when no undoing is under way any more
       machine.py settle             waits until then
       machine.py told FILE          what the server was told since the last call, behind what is in the file
       machine.py differs            exit status 1 unless each unit of work changes something
       machine.py judge RULE...      prints what is wrong, exit status 1 when anything is

machine.sh sets the environment: OMADM_FAULTS_WORK, the directory of the test, OMADM_FAULTS_CTL, _BUS, _ADMIN, _DEVICE.

What is judged lies in the directory: the looks "before" and "after" of the first run, "live" behind the fault if the
daemon lived through it, "now" when it was started again, "again" after a session and one more start; "told", and
"told-then" of that session; "log" of the daemon since the fault.  Rules:
  change, refused, recovery   the scenario
  killed                      the daemon was killed: what the server does not know by a Status it is told by an alert
  alive                       the daemon lived through it: each command has its Status, and that is true
  undone                      the unit of work of the Atomic is as before, whatever the Status
  crashed                     a plugin took the daemon down
"""
import ast
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

WORK = os.environ["OMADM_FAULTS_WORK"]
SERVICE = "org.omadm.Test.Service"
SERVER = "omadm-testserver"
UNIT_ALERT = "org.omadm.unit-undone"

# What is as before or as told as a whole: the URIs of each unit of work.
UNITS = {
    "the Atomic": r"\./Vendor/((Files|Service|Stored)/(A|Items/(new|gone)(/[VW])?)|Vault/Word)",
    "Replace Files/B": r"\./Vendor/Files/B",
    "Replace Service/B": r"\./Vendor/Service/B",
    "Replace Stored/B": r"\./Vendor/Stored/B",
    "Delete Files/Items/old": r"\./Vendor/Files/Items/old(/[VW])?",
    "Delete Stored/Items/old": r"\./Vendor/Stored/Items/old(/[VW])?",
    "rename Files/Items/named": r"\./Vendor/Files/Items/(re)?named(/V|\?prop=Name)?",
    "rename Stored/Items/named": r"\./Vendor/Stored/Items/(re)?named(/V|\?prop=Name)?",
}
ATOMIC = "the Atomic"
FATES = {"is undone": "undone", "is not wholly undone": "partly-undone", "was not tried": "unknown"}
PATIENCE = 10   # seconds


def path(name):
    return os.path.join(WORK, name)


# ---- Looking ----

def ctl(*arguments):
    command = [os.environ["OMADM_FAULTS_CTL"], "--bus-address", os.environ["OMADM_FAULTS_BUS"], "--json", *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True).stdout)


def service_dump():
    command = ["gdbus", "call", "--address", os.environ["OMADM_FAULTS_BUS"], "--dest", SERVICE, "--object-path", "/",
               "--method", SERVICE + ".Dump"]
    text = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True, text=True).stdout
    return ast.literal_eval(re.sub(r"\buint32 |@a\{ss\} ", "", text))


def tree_lines():
    for node in ctl("tree", "./Vendor")["nodes"]:
        yield "tree", node["uri"], str(node.get("format")), str(node.get("value", ""))


def file_lines():
    """What the service without transactions has, and what it should not have."""
    top = path("files")
    for directory, names, files in os.walk(top):
        uri = "./Vendor/Files" + directory[len(top):]
        yield from (("directory", f"{uri}/{name}", "", "") for name in names)
        for name in files:
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                yield "file", f"{uri}/{name}", "", file.read()


def service_lines():
    for key, value in service_dump()[0].items():
        yield "service", "./Vendor/Service/" + key, "", value


def read_directory(name):
    """The contents of what the store keeps in files: their names mean nothing."""
    top = path("state/" + name)
    for file in sorted(os.listdir(top)):
        with open(os.path.join(top, file), encoding="utf-8", errors="replace") as content:
            yield content.read()


def stray_lines(lines):
    """Values are in files of their own when they are large; each file belongs to a node."""
    large = sorted(value for kind, uri, _, value in lines
                   if kind == "tree" and uri.startswith("./Vendor/Stored/") and len(value) > 65536)
    if sorted(read_directory("values")) != large:
        yield "stray", "state/values", "", f"{len(os.listdir(path('state/values')))} files for {len(large)} values"
    for name in os.listdir(path("state")):
        if name not in KNOWN_NAMES:
            yield "stray", "state/" + name, "", ""


KNOWN_NAMES = ("omadm.db", "omadm.db-wal", "omadm.db-shm", "secrets", "values", "reserve", "accounts.d",
               "plugin-crashes", "lock")


def settle():
    """Undoing goes on beside all else."""
    end = time.monotonic() + PATIENCE
    while True:
        status = ctl("status")
        if not any(unit["state"] != "undo-failed" for unit in status["units"]) or time.monotonic() > end:
            return status
        time.sleep(0.05)


def look(name):
    status = settle()
    lines = [*tree_lines(), *file_lines(), *service_lines()]
    lines += [("secret", "./Vendor/Vault/Word", "", text) for text in read_directory("secrets")]
    lines += stray_lines(lines)
    with open(path(name), "w", encoding="utf-8") as file:
        json.dump({"lines": sorted(lines), "units": status["units"], "running": status["sessions"],
                   "plugins": status["plugins"], "sessions": ctl("sessions"), "alerts": ctl("alerts")}, file, indent=1)


def ask_server(what, method):
    url = f"{os.environ['OMADM_FAULTS_ADMIN']}/devices/{os.environ['OMADM_FAULTS_DEVICE']}/{what}"
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as reply:
        return reply.read()


def told(name):
    results = json.loads(ask_server("results", "GET"))["results"]
    ask_server("results", "DELETE")
    if os.path.exists(path(name)):
        results = load(name) + results
    with open(path(name), "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)


# ---- Judging ----

def load(name):
    with open(path(name), encoding="utf-8") as file:
        return json.load(file)


def part(state, unit):
    return [line for line in state["lines"] if re.fullmatch(UNITS[unit], line[1])]


def rest(state):
    return [line for line in state["lines"] if not any(re.fullmatch(units, line[1]) for units in UNITS.values())]


def statuses(results, unit):
    """The codes that the server got for it.  Nodes of an Atomic that failed may have none of their own."""
    return [int(result["code"]) for result in results if result["type"] == "status" and
            (re.fullmatch(UNITS[unit], result.get("uri", "")) or
             (unit == ATOMIC and result.get("command") == "Atomic"))]


def alerts(results):
    """(type, data) of each item."""
    for result in results:
        if result["type"] == "alert":
            for item in result["items"]:
                yield item.get("media-type"), item.get("data", "")


def shorten(lines):
    return "\n".join("    " + " ".join(line)[:120] for line in lines)


class Judge:
    """What is wrong, in the order in which it was found."""

    def __init__(self, rules):
        self.rules = rules
        self.wrong = []
        self.before, self.after, self.now, self.again = map(load, ("before", "after", "now", "again"))
        self.told, self.told_then = map(load, ("told", "told-then"))
        with open(path("log"), encoding="utf-8", errors="replace") as log:
            self.log = log.read().splitlines()

    def complain(self, text):
        self.wrong.append(text)

    def judge_unit(self, unit):
        now, before, after = part(self.now, unit), part(self.before, unit), part(self.after, unit)
        codes = statuses(self.told, unit)
        done = bool(codes) and all(200 <= code < 300 for code in codes)
        failed = any(code >= 400 for code in codes) or 215 in codes
        if now not in (before, after):
            self.complain(f"{unit} is neither as before nor as told:\n{shorten(now)}")
        if done and now != after:
            self.complain(f"the server was told that {unit} is done, and it is not:\n{shorten(now)}")
        if failed and now != before:
            self.complain(f"the server was told that {unit} failed, and it is not as before:\n{shorten(now)}")
        if "alive" in self.rules and not codes:
            self.complain(f"the server was not told of {unit}")
        if "undone" in self.rules and unit == ATOMIC and now != before:
            self.complain(f"{unit} is not undone:\n{shorten(now)}")
        return now == after != before and not codes

    def judge_state(self):
        silent = [unit for unit in UNITS if self.judge_unit(unit)]
        for name, state in ("now", self.now), ("again", self.again):
            if rest(state) != rest(self.before):
                differing = [line for line in rest(state) if line not in rest(self.before)]
                self.complain(f"something else has changed ({name}):\n{shorten(differing)}")
        if self.again["lines"] != self.now["lines"]:
            differing = [line for line in self.again["lines"] if line not in self.now["lines"]]
            self.complain(f"it does not outlive one more start:\n{shorten(differing)}")
        return silent

    def judge_interruption(self, silent):
        """The server hears of commands that were executed, and whose Status it may not have."""
        reports = [data for kind, data in alerts(self.told_then) if kind == "org.omadm.session-interrupted"]
        answered = [unit for unit in UNITS if statuses(self.told, unit)]
        if silent and not reports:
            self.complain(f"the server was never told of {', '.join(silent)}")
        if len(reports) > 1:
            self.complain(f"the server was told of one session {len(reports)} times: {reports}")
        if reports and not silent and not answered:
            self.complain(f"the server was told of commands that were not executed: {reports}")

    def judge_units(self):
        """What was undone at the start is logged, and the server is told once, and only of that."""
        logged = {}
        for line in self.log:
            match = re.search(rf"Unit of work (\d+) of {SERVER}, begun \S+, ({'|'.join(FATES)})", line)
            if match:
                logged[match[1]] = FATES[match[2]]
        reports = {}
        for kind, data in [*alerts(self.told), *alerts(self.told_then)]:
            if kind != UNIT_ALERT:
                continue
            fate, number = data.split()[:2]
            reports.setdefault(number, []).append(fate)
        # An undoing that was itself killed may not have written down any more what came of it.
        repeated = {"recovery", "crashed"} & set(self.rules)
        for number in {*logged, *reports} if "killed" in self.rules else ():
            fates = reports.get(number, [])
            last = logged.get(number)
            # One whose Status was lost goes out again; what is kept while a plugin is left out is told of, and its end.
            several = "crashed" not in self.rules and len(set(fates) if repeated else fates) > 1
            if several or (last not in fates and not (repeated and "unknown" in fates)):
                self.complain(f"the log tells of unit {number} that it is {last}, and the server was told {fates}")

    def judge_live(self):
        """As it was before the daemon was started again."""
        live = load("live")
        codes = [code for unit in UNITS for code in statuses(self.told, unit)]
        for unit in live["units"]:
            if unit["state"] != "undo-failed" or not unit["error"] or unit["changes"] == 0 or not unit["server-id"]:
                self.complain(f"what is kept is not shown as it should be: {unit}")
        if live["units"] and 516 not in codes:
            self.complain(f"the server was not told of what is kept: {live['units']}")
        if not live["units"] and live["lines"] != self.now["lines"]:
            differing = [line for line in live["lines"] if line not in self.now["lines"]]
            self.complain(f"the next start found something else:\n{shorten(differing)}")
        if live["running"]:
            self.complain("a session runs on")

    def judge_status(self):
        for name, state in ("now", self.now), ("again", self.again):
            if state["units"]:
                self.complain(f"units of work are to be undone ({name}): {state['units']}")
            if state["running"]:
                self.complain(f"sessions run ({name})")
            left = [plugin for plugin in state["plugins"] if plugin["state"] != "loaded"]
            if left:
                self.complain(f"plugins are missing ({name}): {left}")
        if self.again["alerts"]:
            self.complain(f"alerts were not sent: {self.again['alerts']}")

    def judge_sessions(self):
        """The session in which the fault struck, if it had begun: the first one made the account known."""
        known = [session for session in self.now["sessions"] if session["id"] > self.before["sessions"][0]["id"]]
        most = 2 if {"recovery", "crashed"} & set(self.rules) else 1
        warned = any("history" in line or "not noted" in line for line in self.log if "warning:" in line)
        wanted = {"succeeded", "failed", "interrupted"}
        if "alive" in self.rules and not warned:
            wanted.remove("interrupted")
        if most == 1 and "killed" in self.rules and not all(statuses(self.told, unit) for unit in UNITS):
            wanted = {"interrupted"}
        if len(known) > most or any(session["state"] not in wanted for session in known):
            self.complain(f"the session is not told as it was: {known}")
        missing = any("is missing in the history" in line for line in self.log)
        if not known and not missing and (self.now["lines"] != self.before["lines"] or
                          any(statuses(self.told, unit) for unit in UNITS)):
            self.complain("the session is not known")
        if self.again["sessions"][0]["state"] != "succeeded":
            self.complain(f"the session behind it: {self.again['sessions'][0]}")

    def judge_log(self):
        for line in self.log:
            if "takes the daemon down" in line and "crashed" in self.rules:
                continue
            if re.search(r"CRITICAL|critical|takes the daemon down|corrupt", line):
                self.complain(f"the log: {line}")
            if {"killed", "change"} <= set(self.rules) and re.search("warning:", line):
                self.complain(f"the log warns of nothing: {line}")

    def judge(self):
        silent = self.judge_state()
        if "killed" in self.rules:
            self.judge_interruption(silent)
        self.judge_units()
        if "alive" in self.rules:
            self.judge_live()
        self.judge_status()
        self.judge_sessions()
        self.judge_log()
        return self.wrong


def differs():
    before, after = load("before"), load("after")
    same = [unit for unit in UNITS if part(before, unit) == part(after, unit)]
    stray = [line for line in (*before["lines"], *after["lines"]) if line[0] == "stray"]
    return [f"not changed: {same}"] if same else [f"stray: {stray}"] if stray else \
        ["something else has changed"] if rest(before) != rest(after) else []


def main():
    verb, *arguments = sys.argv[1:]
    wrong = []
    if verb == "look":
        look(*arguments)
    elif verb == "settle":
        settle()
    elif verb == "told":
        told(*arguments)
    elif verb == "differs":
        wrong = differs()
    else:
        wrong = Judge(arguments).judge()
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
