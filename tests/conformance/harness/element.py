# SPDX-License-Identifier: LGPL-2.1-or-later
"""Elements of a message, as a case states them and as they come from the client."""

import base64
import xml.etree.ElementTree as ET

HARNESS = "urn:omadm:conformance"
METINF = "syncml:metinf"
DDF = "syncml:dmddf1.2"
SYNCML = {"1.1": "SYNCML:SYNCML1.1", "1.2": "SYNCML:SYNCML1.2", "1.3": "SYNCML:SYNCML1.2"}


class Element:
    """name, namespace, children; text, or octets where WBXML carried OPAQUE; rules: the attributes
    of the harness by name."""

    __slots__ = ("name", "ns", "children", "text", "octets", "rules")

    def __init__(self, name, ns=None, text="", children=(), octets=None, rules=None):
        self.name = name
        self.ns = ns
        self.text = text
        self.children = list(children)
        self.octets = octets
        self.rules = rules or {}

    def find(self, path):
        element = self
        for name in path.split("/"):
            element = next((child for child in element.children if child.name == name), None)
            if element is None:
                return None
        return element

    def find_text(self, path):
        found = self.find(path)
        return found.text.strip() if found is not None else None

    def lines(self, indent=0):
        """One element a line, for people."""
        pad = "  " * indent
        if self.octets is not None:
            return [f"{pad}{self.name}: <{self.octets.hex()}>"]
        if not self.children:
            text = self.text if self.name == "Data" else self.text.strip()
            wild = " ".join(f"{{{key}={value}}}" for key, value in self.rules.items() if key != "only")
            return [f"{pad}{self.name}: {text!r} {wild}".rstrip() if text or wild else f"{pad}{self.name}"]
        result = [f"{pad}{self.name}"]
        for child in self.children:
            result += child.lines(indent + 1)
        return result


def split_tag(tag):
    return tuple(tag[1:].split("}", 1)) if tag.startswith("{") else (None, tag)


def from_etree(node):
    """Reads an element of a case file or of a message."""
    ns, name = split_tag(node.tag)
    rules = {}
    for key, value in node.attrib.items():
        key_ns, key_name = split_tag(key)
        if key_ns == HARNESS:
            rules[key_name] = value
        else:
            raise ValueError(f"attribute {key} of {name} is not known")
    children = [from_etree(child) for child in node]
    text = (node.text or "") + "".join(child.tail or "" for child in node)
    if children and not text.strip():
        text = ""
    return Element(name, ns, text, children, rules=rules)


def from_xml(octets):
    """Reads a message in XML, strictly."""
    return from_etree(ET.fromstring(octets))


def assign_namespaces(element, syncml):
    """Gives the elements of a case the namespaces that they have on the wire."""
    element.ns = element.ns or syncml
    inner = {"Meta": METINF, "MetInf": METINF, "MgmtTree": DDF}.get(element.name)
    for child in element.children:
        below = inner or (DDF if child.name == "MgmtTree" else element.ns)
        assign_namespaces(child, child.ns or below)


def select(element, encoding):
    """What holds for one encoding: rule only leaves the other's elements out, rule wbxml changes
    the text."""
    copy = Element(element.name, element.ns, element.text, octets=element.octets, rules=dict(element.rules))
    if encoding == "wbxml" and "wbxml" in copy.rules:
        copy.text = copy.rules["wbxml"]
    copy.rules.pop("wbxml", None)
    for child in element.children:
        if child.rules.get("only", encoding) == encoding:
            copy.children.append(select(child, encoding))
    return copy


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_xml(element, styles=(), above=None, depth=0):
    """Writes a message.  Styles are habits of servers: see README.md."""
    prefixed = "prefixes" in styles
    prefix = {METINF: "ns1:", DDF: "ns2:"}.get(element.ns, "ns0:") if prefixed else ""
    name = prefix + element.name
    start = name
    if prefixed:
        if depth == 0:
            start += f' xmlns:ns0="{element.ns}" xmlns:ns1="{METINF}" xmlns:ns2="{DDF}"'
    elif element.ns != above and not ("no-namespaces" in styles or ("no-metinf" in styles and element.ns == METINF)):
        start += f' xmlns="{element.ns}"'
    pretty = "pretty" in styles
    pad = "\n" + "  " * (depth + 1) if pretty else ""
    end = "\n" + "  " * depth if pretty else ""
    comment = "<!-- of the server -->" if "comments" in styles and depth < 3 else ""
    if "hex" in element.rules:
        return f"<{start}>{base64.b64encode(bytes.fromhex(element.rules['hex'])).decode()}</{name}>"
    if element.children:
        inner = "".join(pad + comment + to_xml(child, styles, element.ns, depth + 1) for child in element.children)
        return f"<{start}>{inner}{end}</{name}>"
    text = escape(element.text)
    if "cdata" in styles and element.name == "Data" and text:
        text = f"<![CDATA[{element.text}]]>"
    if pretty and element.name not in ("Data", "LocURI") and text:
        text = f"\n    {text.strip()}\n  "
    if not text and element.name == "Final" and "long-final" in styles:
        return f"<{start}></{name}>"
    return f"<{start}>{text}</{name}>" if text else f"<{start}/>"
