# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conformance report: the static conformance statement, then the table of cases."""

import pathlib
import re
import textwrap

from . import case as cases

TITLE = "Conformance of omadm to OMA Device Management 1.1, 1.2 and 1.3"
STATEMENT = ("What the specifications ask of a client. M: mandatory, S: should, O: optional. A positive case is an "
             "example of the requirement; in a negative case what it speaks of is near, and must not happen.")
SCOPE = ("The statement covers DM Protocol, DM Representation Protocol, Meta-Information, Tree and Description and its "
         "Serialization, Standardized Objects, Security and the HTTP binding, each of 1.2. "
         "What lies outside of the protocol engine is proved by other tests of the source tree, which are named.")
LEVELS = ("M", "S", "O")
MATCH = "{urn:omadm:conformance}match"
IN_BLOCKS = ("200", "1200", "1201")     # nearly every case has them, in its blocks
WIDTH = 100
SOURCES = pathlib.Path(__file__).resolve().parents[3]


def codes_of(case, kinds):
    """The codes of Statuses and Alerts that stand in the messages of a case."""
    codes = set()
    for step in case.steps:
        if step.kind in kinds:
            for node in step.node.iter("Data"):
                codes.update(re.findall(r"\d+", f"{node.text} {node.get(MATCH, '')}"))
    return codes


def check_codes(case):
    """A case about a code must have it in a message; one that denies it must not want it from the client."""
    everywhere, of_client = codes_of(case, ("client", "server")), codes_of(case, ("client",))
    complaints = []
    for name in case.proves + case.denies:
        code = re.fullmatch(r"(?:status|alert)-(\d{3,4})", name)
        if code is None or code.group(1) in IN_BLOCKS:
            continue
        if name in case.proves and code.group(1) not in everywhere:
            complaints.append(f"{case.id} proves {name}, but no message has it")
        if name in case.denies and code.group(1) in of_client:
            complaints.append(f"{case.id} denies {name}, but the client must send it")
    return complaints


def check(todo, rows):
    """What is wrong with the table itself."""
    complaints = []
    proved, denied = index(todo, rows.values())
    known = {case.id for case in todo}
    for case in todo:
        complaints += check_codes(case)
        if not case.proves and not case.denies:
            complaints.append(f"{case.id} proves nothing")
        for name in case.proves + case.denies:
            if name not in rows:
                complaints.append(f"{case.id}: the statement has no row {name}")
    for row in rows.values():
        if row.level not in LEVELS:
            complaints.append(f"statement: level {row.level} of {row.id} is not known")
        complaints += [f"statement: {row.id}: there is no case {name}" for name in row.cases if name not in known]
        complaints += [f"statement: {row.id}: there is no {name}" for name in row.elsewhere
                       if not (SOURCES / name).is_file()]
        if row.supported == "yes" and row.id not in proved and not row.elsewhere:
            complaints.append(f"statement: no case proves {row.id}")
        if row.supported != "yes" and row.id in proved:
            complaints.append(f"statement: {row.id} is not supported, and yet a case proves it")
        if row.needs_both and row.supported == "yes" and row.id not in denied:
            complaints.append(f"statement: {row.id} has no negative case")
    return complaints


def index(todo, rows):
    """Which cases prove, and which deny, a row: as the case says, or the row itself."""
    proved, denied = {row.id: list(row.cases) for row in rows if row.cases}, {}
    for case in todo:
        for names, found in ((case.proves, proved), (case.denies, denied)):
            for name in names:
                found.setdefault(name, []).append(case.id)
    return proved, denied


def summarise(todo, results):
    if results is None:
        return f"{len(todo)} cases, not run."
    passed = sum(all(why is None for why in result.values()) for result in results.values())
    return (f"{len(todo)} cases, each run in XML and in WBXML where it makes sense in both and counted once: "
            f"{passed} passed, {len(todo) - passed} failed.")


def describe_result(case, results):
    if results is None:
        return "not run"
    result = results[case.id]
    if all(why is None for why in result.values()):
        return "passed" if len(result) > 1 else f"passed ({next(iter(result)).upper()} only)"
    return "FAILED in " + ", ".join(encoding.upper() for encoding, why in result.items() if why is not None)


def describe_basis(case):
    return "" if case.basis == "text" else f" ({cases.BASES[case.basis]})"


def by_topic(todo):
    topics = {}
    for case in todo:
        topics.setdefault(case.topic, []).append(case)
    return topics.items()


# ---- Markdown ----

def escape(text):
    for char in "\\|<*_":
        text = text.replace(char, "\\" + char)
    return text


def write_markdown(todo, groups, results):
    out = [f"# {TITLE}", "", summarise(todo, results), "", "## Static conformance statement", "", STATEMENT, "",
           SCOPE, ""]
    proved, denied = index(todo, [row for group in groups for row in group["rows"]])
    for group in groups:
        out += [f"### {group['title']}", "",
                "| Requirement | Section | Level | Supported | Positive cases | Negative cases |",
                "| --- | --- | --- | --- | --- | --- |"]
        for row in group["rows"]:
            out.append(f"| `{row.id}`: {escape(row.text)} | {row.section} | {row.level} | {row.supported} | "
                       f"{', '.join(proved.get(row.id, []) + row.elsewhere)} | {', '.join(denied.get(row.id, []))} |")
        out.append("")
    out += ["## Cases", ""]
    for topic, members in by_topic(todo):
        out += [f"### {topic}", "", "| Case | Section | What must hold | Result |", "| --- | --- | --- | --- |"]
        for case in members:
            out.append(f"| `{case.id}` | {escape(case.section)} | {escape(case.title)}{describe_basis(case)} | "
                       f"{describe_result(case, results)} |")
        out.append("")
    return "\n".join(out)


# ---- Plain text ----

def wrap(text, indent):
    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent,
                         break_long_words=False, break_on_hyphens=False)


def write_text(todo, groups, results):
    out = [TITLE, "=" * len(TITLE), "", wrap(summarise(todo, results), 0), "", "", "STATIC CONFORMANCE STATEMENT", "",
           wrap(STATEMENT, 0), "", wrap(SCOPE, 0), ""]
    proved, denied = index(todo, [row for group in groups for row in group["rows"]])
    for group in groups:
        out += ["", group["title"], "-" * len(group["title"]), ""]
        for row in group["rows"]:
            supported = "supported" if row.supported == "yes" else "NOT SUPPORTED"
            out += [f"{row.level}  {row.id} ({row.section}): {supported}", wrap(row.text, 3)]
            for name, found in (("positive", proved), ("negative", denied)):
                if row.id in found:
                    out.append(wrap(f"{name}: {', '.join(found[row.id])}", 5))
            if row.elsewhere:
                out.append(wrap(f"other tests: {', '.join(row.elsewhere)}", 5))
    out += ["", "", "CASES", ""]
    for topic, members in by_topic(todo):
        out += ["", topic, "-" * len(topic), ""]
        for case in members:
            out += [f"{case.id} ({case.section}): {describe_result(case, results)}",
                    wrap(case.title + describe_basis(case), 3)]
    return "\n".join(out) + "\n"
