# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the case files and the conformance statement."""

import pathlib
import xml.etree.ElementTree as ET

from . import element as elements

ENCODINGS = ("xml", "wbxml")
STEPS = {"account", "given", "client", "server", "commands", "answers", "then", "end", "stop"}
ACCOUNT = {
    "server-id": "dm.example.org", "uri": "https://dm.example.org/s", "device-id": "urn:dev:1", "session-id": "63",
    "server-initiated": "no", "version": "1.2", "client-auth": "none", "client-name": None, "client-secret": None,
    "client-nonce": None, "server-auth": "none", "server-name": None, "server-secret": None, "server-nonce": None,
    "allow-basic": "no", "max-msg-size": "65536", "max-obj-size": "1048576", "max-messages": "20",
    "max-auth-tries": "2", "quirks": "", "digest": "md5", "mac-window": "0", "keep-alive": "0",
    "command-timeout": "0", "exec-timeout": "0", "user": "no", "no-spool": "no", "resync": "none",
}
BASES = {
    "text": "the specification", "rec": "a recommendation where the specification is silent",
    "field": "what servers in the field do", "ours": "our reading",
}


class CaseError(Exception):
    """A case file that cannot be used."""


SHORT = {"commands": ("server", "accepted"), "answers": ("client", "header-status")}


class Step:
    __slots__ = ("kind", "rules", "node", "short")

    def __init__(self, node):
        self.short = node.tag in SHORT
        self.kind = node.tag
        self.rules = dict(node.attrib)
        self.node = spell_out(node) if self.short else node
        if self.short:
            self.kind = SHORT[node.tag][0]


def spell_out(node):
    """<commands> and <answers> leave out what nearly every message has."""
    body = ET.Element("SyncBody")
    body.append(ET.Element("use", {"block": SHORT[node.tag][1]}))
    body.extend(list(node))
    if node.get("final", "yes") == "yes":
        body.append(ET.Element("Final"))
    message = ET.Element(SHORT[node.tag][0], node.attrib)
    message.append(body)
    return message


class Case:
    def __init__(self, node, topic):
        self.topic = topic
        self.id = f"{topic}/{need(node, 'id')}"
        self.section = need(node, "section")
        self.proves = node.get("proves", "").split()
        self.denies = node.get("denies", "").split()
        self.basis = node.get("basis", "text")
        self.encodings = node.get("encodings", "xml wbxml").split()
        if self.basis not in BASES:
            raise CaseError(f"{self.id}: basis {self.basis} is not known")
        if not set(self.encodings) <= set(ENCODINGS):
            raise CaseError(f"{self.id}: encodings are not known")
        children = list(node)
        if not children or children[0].tag != "title":
            raise CaseError(f"{self.id}: has no title")
        self.title = " ".join(children.pop(0).text.split())
        self.note = ""
        if children and children[0].tag == "note":
            self.note = " ".join(children.pop(0).text.split())
        self.steps = [Step(child) for child in children]
        for step in self.steps:
            if step.kind not in STEPS:
                raise CaseError(f"{self.id}: {step.kind} is not known")
        messages = [step for step in self.steps if step.kind in ("client", "server", "end", "stop")]
        self.last_answers = messages[-1] if messages and messages[-1].short and messages[-1].kind == "client" and \
            messages[-1].rules.get("final", "yes") == "yes" else None


class Row:
    """A row of the conformance statement."""

    def __init__(self, node, group):
        self.group = group
        self.id = need(node, "id")
        self.section = need(node, "section")
        self.level = need(node, "level")
        self.supported = node.get("supported", "yes")
        self.needs_both = node.get("both", group.get("both", "no")) == "yes"
        self.text = " ".join("".join(node.itertext()).split())
        self.cases = node.get("cases", "").split()
        self.elsewhere = node.get("elsewhere", "").split()


def need(node, name):
    value = node.get(name)
    if not value:
        raise CaseError(f"{node.tag} {node.get('id', '')} has no {name}")
    return value


def load_cases(folder):
    cases, seen = [], set()
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        if path.name == "blocks.xml":
            continue
        try:
            root = ET.parse(path).getroot()
        except ET.ParseError as error:
            raise CaseError(f"{path}: {error}") from error
        for node in root.findall("case"):
            case = Case(node, path.stem)
            if case.id in seen:
                raise CaseError(f"{case.id} is there twice")
            seen.add(case.id)
            cases.append(case)
    return cases


def load_blocks(folder):
    root = ET.parse(pathlib.Path(folder) / "blocks.xml").getroot()
    return {need(node, "name"): list(node) for node in root.findall("block")}


def load_statement(path):
    groups, rows = [], {}
    for node in ET.parse(path).getroot().findall("group"):
        group = {"title": need(node, "title"), "both": node.get("both", "no"), "rows": [],
                 "note": " ".join((node.findtext("note") or "").split())}
        groups.append(group)
        for row_node in node.findall("row"):
            row = Row(row_node, group)
            if row.id in rows:
                raise CaseError(f"statement: {row.id} is there twice")
            rows[row.id] = row
            group["rows"].append(row)
    return groups, rows


def expand(nodes, blocks):
    """Puts the elements of a block in place of <use block="..."/>."""
    result = []
    for node in nodes:
        if node.tag == "use":
            if need(node, "block") not in blocks:
                raise CaseError(f"block {node.get('block')} is not known")
            result += expand(blocks[node.get("block")], blocks)
        else:
            copy = ET.Element(node.tag, node.attrib)
            copy.text = node.text
            copy.extend(expand(list(node), blocks))
            result.append(copy)
    return result


def build_message(step, blocks, header_block):
    """The whole message of a <client> or <server>: what it does not state comes from blocks."""
    nodes = expand(list(step.node), blocks)
    if "block" in step.rules:
        nodes += expand([ET.Element("use", {"block": step.rules["block"]})], blocks)
    if not nodes or nodes[0].tag != "SyncHdr":
        nodes = expand([ET.Element("use", {"block": header_block})], blocks) + nodes
    if [node.tag for node in nodes] != ["SyncHdr", "SyncBody"]:
        raise CaseError(f"{step.kind}: is no SyncHdr and SyncBody: {[node.tag for node in nodes]}")
    root = elements.Element("SyncML")
    root.children = [elements.from_etree(node) for node in nodes]
    return root
