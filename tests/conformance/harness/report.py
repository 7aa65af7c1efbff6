# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conformance report: the static conformance statement, then the table of cases."""

import textwrap

from . import case as cases

TITLE = "Conformance of omadm to OMA Device Management 1.1, 1.2 and 1.3"
STATEMENT = ("What the specifications ask of a client. M: mandatory, O: optional. A positive case is an example of the "
             "requirement; in a negative case what it speaks of is near, and must not happen.")
WIDTH = 100


def check(todo, rows):
    """What is wrong with the table itself."""
    complaints = []
    proved, denied = index(todo)
    for case in todo:
        if not case.proves and not case.denies:
            complaints.append(f"{case.id} proves nothing")
        for name in case.proves + case.denies:
            if name not in rows:
                complaints.append(f"{case.id}: the statement has no row {name}")
    for row in rows.values():
        if row.supported == "yes" and row.id not in proved:
            complaints.append(f"statement: no case proves {row.id}")
        if row.needs_both and row.supported == "yes" and row.id not in denied:
            complaints.append(f"statement: {row.id} has no negative case")
    return complaints


def index(todo):
    """Which cases prove, and which deny, a row."""
    proved, denied = {}, {}
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
    out = [f"# {TITLE}", "", summarise(todo, results), "", "## Static conformance statement", "", STATEMENT, ""]
    proved, denied = index(todo)
    for group in groups:
        out += [f"### {group['title']}", "",
                "| Requirement | Section | Level | Supported | Positive cases | Negative cases |",
                "| --- | --- | --- | --- | --- | --- |"]
        for row in group["rows"]:
            out.append(f"| `{row.id}`: {escape(row.text)} | {row.section} | {row.level} | {row.supported} | "
                       f"{', '.join(proved.get(row.id, []))} | {', '.join(denied.get(row.id, []))} |")
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
           wrap(STATEMENT, 0), ""]
    proved, denied = index(todo)
    for group in groups:
        out += ["", group["title"], "-" * len(group["title"]), ""]
        for row in group["rows"]:
            supported = "supported" if row.supported == "yes" else "NOT SUPPORTED"
            out += [f"{row.level}  {row.id} ({row.section}): {supported}", wrap(row.text, 3)]
            for name, found in (("positive", proved), ("negative", denied)):
                if row.id in found:
                    out.append(wrap(f"{name}: {', '.join(found[row.id])}", 5))
    out += ["", "", "CASES", ""]
    for topic, members in by_topic(todo):
        out += ["", topic, "-" * len(topic), ""]
        for case in members:
            out += [f"{case.id} ({case.section}): {describe_result(case, results)}",
                    wrap(case.title + describe_basis(case), 3)]
    return "\n".join(out) + "\n"
