# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conformance report: the static conformance statement, then the table of cases."""

from . import case as cases


def check(todo, rows):
    """What is wrong with the table itself."""
    complaints = []
    proved, denied = {}, {}
    for case in todo:
        if not case.proves and not case.denies:
            complaints.append(f"{case.id} proves nothing")
        for names, found in ((case.proves, proved), (case.denies, denied)):
            for name in names:
                if name not in rows:
                    complaints.append(f"{case.id}: the statement has no row {name}")
                found.setdefault(name, []).append(case.id)
    for row in rows.values():
        if row.supported == "yes" and row.id not in proved:
            complaints.append(f"statement: no case proves {row.id}")
        if row.needs_both and row.supported == "yes" and row.id not in denied:
            complaints.append(f"statement: {row.id} has no negative case")
    return complaints


def escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def verdict(case, results):
    if results is None:
        return ""
    shown = []
    for encoding in cases.ENCODINGS:
        if encoding in results.get(case.id, {}):
            shown.append(f"{encoding.upper()} {'passed' if results[case.id][encoding] is None else 'FAILED'}")
    return ", ".join(shown)


def write_statement(out, groups, todo):
    proved, denied = {}, {}
    for case in todo:
        for name in case.proves:
            proved.setdefault(name, []).append(case.id)
        for name in case.denies:
            denied.setdefault(name, []).append(case.id)
    out += ["## Static conformance statement", "",
            "M: mandatory for a client, O: optional. A negative case shows that the thing does not happen "
            "where it must not.", ""]
    for group in groups:
        out += [f"### {group['title']}", ""]
        if group["note"]:
            out += [group["note"], ""]
        out += ["| Requirement | Section | | Supported | Cases | Negative cases |", "| --- | --- | --- | --- | --- | --- |"]
        for row in group["rows"]:
            out.append(f"| `{row.id}` {escape(row.text)} | {row.section} | {row.level} | {row.supported} | "
                       f"{', '.join(proved.get(row.id, []))} | {', '.join(denied.get(row.id, []))} |")
        out.append("")


def write_cases(out, todo, results):
    out += ["## Cases", ""]
    topic = None
    for case in todo:
        if case.topic != topic:
            topic = case.topic
            out += [f"### {topic}", "", "| Case | Section | What must hold | Result |", "| --- | --- | --- | --- |"]
        note = f" ({cases.BASES[case.basis]})" if case.basis != "text" else ""
        out.append(f"| `{case.id}` | {escape(case.section)} | {escape(case.title)}{note} | {verdict(case, results)} |")
        index = todo.index(case)
        if index + 1 == len(todo) or todo[index + 1].topic != topic:
            out.append("")


def write(todo, groups, rows, results, _blocks):
    """Returns the report in Markdown."""
    out = ["# Conformance of omadm to OMA Device Management 1.1, 1.2 and 1.3", ""]
    if results is None:
        out += [f"{len(todo)} cases.", ""]
    else:
        passed = sum(all(why is None for why in result.values()) for result in results.values())
        out += [f"{len(todo)} cases, {passed} passed, each in XML and in WBXML unless it says otherwise.", ""]
    write_statement(out, groups, todo)
    write_cases(out, todo, results)
    return "\n".join(out)
