# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conformance report: the static conformance statement, then the table of cases."""

import pathlib
import re
import textwrap

from . import case as cases

TITLE = "Conformance of omadm to OMA Device Management"
STATEMENT = ("What the specifications ask of a client. M: mandatory, S: should, O: optional. A positive case is an "
             "example of the requirement; in a negative case what it speaks of is near, and must not happen.")
ENCODINGS = ", each run in XML and in WBXML where it makes sense in both and counted once"
SCOPE = ("The statement covers DM Protocol, DM Representation Protocol, Meta-Information, Tree and Description and its "
         "Serialization, Standardized Objects, Security and the HTTP binding, each of 1.2. "
         "What lies outside of the protocol engine is proved by other tests of the source tree, which are named.")
SCOPE_2 = ("The statement covers DM Protocol 2.0 as far as its text is known to us: packages, commands, statuses, alerts, "
           "addressing, management object data, notifications and the HTTP binding. Where it is our reading, the cases "
           "say so. What lies outside of the protocol engine is proved by other tests of the source tree, which are "
           "named.")
LEVELS = ("M", "S", "O")
MATCH = "{urn:omadm:conformance}match"
IN_BLOCKS = ("200", "1200", "1201")     # nearly every case has them, in its blocks
WIDTH = 100
SOURCES = pathlib.Path(__file__).resolve().parents[3]


class Table:
    """The cases of one generation of the protocol, and its statement."""

    def __init__(self, title, scope, todo, groups, rows, codes, encodings=""):
        self.title = title
        self.scope = scope
        self.todo = todo
        self.groups = groups
        self.rows = rows
        self.codes = codes             # complaints about the codes of a case
        self.encodings = encodings


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


def check(todo, rows, codes=None):
    """What is wrong with the table itself."""
    complaints = []
    proved, denied = index(todo, rows.values())
    known = {case.id for case in todo}
    for case in todo:
        complaints += (codes or check_codes)(case)
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


def of_table(table, results):
    """Its results, None unless all of them are there."""
    return results if results and all(case.id in results for case in table.todo) else None


def summarise(table, results):
    if results is None:
        return f"{len(table.todo)} cases, not run."
    passed = sum(all(why is None for why in results[case.id].values()) for case in table.todo)
    return f"{len(table.todo)} cases{table.encodings}: {passed} passed, {len(table.todo) - passed} failed."


def describe_result(case, results):
    if results is None:
        return "not run"
    result = results[case.id]
    if all(why is None for why in result.values()):
        only = next(iter(result)).upper() if len(result) == 1 and len(case.encodings) == 1 else ""
        return f"passed ({only} only)" if only in ("XML", "WBXML") else "passed"
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


def write_markdown_table(table, results):
    out = [f"## {table.title}", "", summarise(table, results), "", "### Static conformance statement", "", STATEMENT, "",
           table.scope, ""]
    proved, denied = index(table.todo, table.rows.values())
    for group in table.groups:
        out += [f"#### {group['title']}", "",
                "| Requirement | Section | Level | Supported | Positive cases | Negative cases |",
                "| --- | --- | --- | --- | --- | --- |"]
        for row in group["rows"]:
            out.append(f"| `{row.id}`: {escape(row.text)} | {row.section} | {row.level} | {row.supported} | "
                       f"{', '.join(proved.get(row.id, []) + row.elsewhere)} | {', '.join(denied.get(row.id, []))} |")
        out.append("")
    out += ["### Cases", ""]
    for topic, members in by_topic(table.todo):
        out += [f"#### {topic}", "", "| Case | Section | What must hold | Result |", "| --- | --- | --- | --- |"]
        for case in members:
            out.append(f"| `{case.id}` | {escape(case.section)} | {escape(case.title)}{describe_basis(case)} | "
                       f"{describe_result(case, results)} |")
        out.append("")
    return out


def write_markdown(tables, results):
    out = [f"# {TITLE}", ""]
    for table in tables:
        out += write_markdown_table(table, of_table(table, results))
    return "\n".join(out)


# ---- Plain text ----

def wrap(text, indent):
    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent,
                         break_long_words=False, break_on_hyphens=False)


def underline(title, line):
    return [title, line * len(title), ""]


def write_text_table(table, results):
    out = ["", ""] + underline(table.title, "=") + [wrap(summarise(table, results), 0), "", "",
                                                    "STATIC CONFORMANCE STATEMENT", "", wrap(STATEMENT, 0), "",
                                                    wrap(table.scope, 0), ""]
    proved, denied = index(table.todo, table.rows.values())
    for group in table.groups:
        out += [""] + underline(group["title"], "-")
        for row in group["rows"]:
            supported = "supported" if row.supported == "yes" else "NOT SUPPORTED"
            out += [f"{row.level}  {row.id} ({row.section}): {supported}", wrap(row.text, 3)]
            for name, found in (("positive", proved), ("negative", denied)):
                if row.id in found:
                    out.append(wrap(f"{name}: {', '.join(found[row.id])}", 5))
            if row.elsewhere:
                out.append(wrap(f"other tests: {', '.join(row.elsewhere)}", 5))
    out += ["", "", "CASES", ""]
    for topic, members in by_topic(table.todo):
        out += [""] + underline(topic, "-")
        for case in members:
            out += [f"{case.id} ({case.section}): {describe_result(case, results)}",
                    wrap(case.title + describe_basis(case), 3)]
    return out


def write_text(tables, results):
    out = underline(TITLE, "=")[:2]
    for table in tables:
        out += write_text_table(table, of_table(table, results))
    return "\n".join(out) + "\n"
