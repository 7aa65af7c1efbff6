# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what a case states with what the client sent: strict on order and presence, free
only where the case says so."""

import base64
import difflib
import hashlib
import hmac
import re

from . import element as elements
from . import wbxml

KINDS = {
    "number": r"[0-9]+",
    "nonce": r"[A-Za-z0-9+/]{22,}={0,2}",
    "base64": r"[A-Za-z0-9+/]+={0,2}",
    "time": r"[0-9]{8}T[0-9]{6}Z",
    "text": r"(?s).+",
    "any": r"(?s).*",
}


CONTEXT = 5    # lines shown beside what differs


class Mismatch(Exception):
    pass


def b64(octets):
    return base64.b64encode(octets).decode()


def digest_of(algorithm):
    return getattr(hashlib, algorithm)


def credential(spec, algorithm="md5"):
    """name:secret:nonce -> Data of the credential (DM Security 1.2, 5.3); the nonce is base64."""
    name, secret, nonce = spec.split(":", 2)
    h = digest_of(algorithm)
    inner = b64(h(f"{name}:{secret}".encode()).digest()).encode()
    return b64(h(inner + b":" + base64.b64decode(nonce)).digest())


def credential_nonce_as_text(spec):
    """The same over the nonce's base64 text, an error of some servers."""
    name, secret, nonce = spec.split(":", 2)
    inner = b64(hashlib.md5(f"{name}:{secret}".encode()).digest()).encode()
    return b64(hashlib.md5(inner + b":" + nonce.encode()).digest())


def message_mac(spec, body, form="md5"):
    """name:secret:nonce -> mac of x-syncml-hmac (DM Security 1.2, 5.4).

    In the form "timed" the third part is the time in seconds (omadm.conf(5), mac-window).
    """
    name, secret, nonce = spec.split(":", 2)
    if form == "timed":
        key = b64(hashlib.sha256(f"{name}:{secret}".encode()).digest()).encode()
        return b64(hmac.new(key, nonce.encode() + b":" + body, hashlib.sha256).digest())
    h = hashlib.sha256 if form == "sha256" else hashlib.md5
    inner = b64(h(f"{name}:{secret}".encode()).digest()).encode()
    data = base64.b64decode(nonce) + b":" + b64(h(body).digest()).encode()
    if form == "rfc2104":
        return b64(hmac.new(inner, data, hashlib.md5).digest())
    digest = h(inner + b":" + data)
    return b64(digest.hexdigest().encode() if form == "hex" else digest.digest())


def substitute(text, variables):
    def value(match):
        if match.group(1) not in variables:
            raise ValueError(f"${{{match.group(1)}}} is not known")
        return str(variables[match.group(1)])
    return re.sub(r"\$\{([a-z0-9-]+)\}", value, text)


def fill(element, variables):
    """Puts variables and digests into the elements of a case."""
    rules = {key: substitute(value, variables) for key, value in element.rules.items()}
    text = substitute(element.text, variables)
    for rule, make in (("md5", credential), ("md5-of-text", credential_nonce_as_text),
                       ("sha256", lambda spec: credential(spec, "sha256")),
                       ("basic", lambda spec: b64(spec.encode()))):
        if rule in rules:
            text = make(rules.pop(rule))
    if "repeat" in rules:
        text = rules.pop("prefix", "") + text * int(rules.pop("repeat"))
    return elements.Element(element.name, element.ns, text, [fill(child, variables) for child in element.children],
                            element.octets, rules)


def is_blank(text):
    return not text.strip()


def match_octets(expected, got, path):
    wanted = bytes.fromhex(expected.rules["hex"])
    have = got.octets
    if have is None:
        try:
            have = base64.b64decode("".join(got.text.split()), validate=True) if expected.rules.get("as") != "raw" \
                else got.text.encode()
        except ValueError as error:
            raise Mismatch(f"{path}: {got.text!r} is not base64") from error
    if have != wanted:
        raise Mismatch(f"{path}: expected octets {wanted.hex()}, got {have.hex()}")


def parse_document(got, path):
    octets = got.octets if got.octets is not None else got.text.encode()
    try:
        return wbxml.decode(octets)[0] if wbxml.looks_like(octets) else elements.from_xml(octets)
    except Exception as error:
        raise Mismatch(f"{path}: not a document: {error}") from error


def match_text(expected, got, path, variables):
    rules = expected.rules
    have = got.text if got.octets is None else got.octets.decode("latin-1")
    if expected.name != "Data":
        have = have.strip()
    if "part-of" in rules:
        variables[rules["part-of"]] = variables.get(rules["part-of"], "") + have
    elif "match" in rules:
        if not re.fullmatch(KINDS.get(rules["match"], rules["match"]), have):
            raise Mismatch(f"{path}: {have!r} is no {rules['match']}")
    elif "set" in rules:
        wanted = expected.text.strip()
        if sorted(have.split(rules["set"])) != sorted(wanted.split(rules["set"])):
            raise Mismatch(f"{path}: expected {wanted!r} in any order, got {have!r}")
    else:
        wanted = expected.text if expected.name == "Data" else expected.text.strip()
        if have != wanted:
            raise Mismatch(f"{path}: expected {wanted!r}, got {have!r}")
    if "save" in rules:
        variables[rules["save"]] = have


def match_children(expected, got, path, variables):
    if not is_blank(got.text):
        raise Mismatch(f"{path}: has text {got.text!r}")
    rest = list(got.children)
    if expected.rules.get("order") == "any" or expected.name in ("Meta", "MetInf"):
        for child in expected.children:
            for candidate in rest:
                try:
                    match(child, candidate, path, variables)
                except Mismatch:
                    continue
                rest.remove(candidate)
                break
            else:
                if child.rules.get("optional") != "yes":
                    raise Mismatch(f"{path}: {' '.join(line.strip() for line in child.lines())} is missing")
    else:
        for child in expected.children:
            if child.rules.get("optional") == "yes" and (not rest or rest[0].name != child.name):
                continue
            if not rest:
                raise Mismatch(f"{path}: {child.name} is missing at the end")
            match(child, rest.pop(0), path, variables)
    if rest:
        raise Mismatch(f"{path}: {rest[0].name} is too much")


def match(expected, got, path, variables):
    """Raises Mismatch at the first difference."""
    path = f"{path}/{expected.name}"
    if got.name != expected.name:
        raise Mismatch(f"{path}: got {got.name} instead")
    if expected.ns is not None and got.ns != expected.ns:
        raise Mismatch(f"{path}: namespace is {got.ns}, not {expected.ns}")
    if got.rules:
        raise Mismatch(f"{path}: has attributes")
    if "hex" in expected.rules:
        match_octets(expected, got, path)
    elif expected.name == "Data" and expected.children:
        document = parse_document(got, path)
        expected_root = expected.children[0]
        match(expected_root, document, path, variables)
    elif expected.children:
        match_children(expected, got, path, variables)
    else:
        if got.children:
            raise Mismatch(f"{path}: has elements")
        match_text(expected, got, path, variables)


def check_ids(root):
    """CmdIDs are unique in a message and not 0 (REP, CmdID)."""
    seen = set()

    def walk(element):
        for child in element.children:
            if child.name == "CmdID":
                text = child.text.strip()
                if not text or text == "0" or text in seen:
                    raise Mismatch(f"CmdID {text!r} is empty, 0 or not unique in the message")
                seen.add(text)
            walk(child)
    walk(root)


def side_by_side(expected, got, width=60):
    """Both as lines next to each other; what differs is marked."""
    left, right = expected.lines() if expected else [], got.lines() if got else []
    rows = [f"  {'expected':{width}} | got"]
    opcodes = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    for op, a, b, c, d in opcodes:
        for i in range(max(b - a, d - c)):
            if op == "equal" and len(opcodes) > 1 and CONTEXT <= i < b - a - CONTEXT:
                if i == CONTEXT:
                    rows.append("  ...")
                continue
            one = left[a + i] if a + i < b else ""
            two = right[c + i] if c + i < d else ""
            mark = " " if op == "equal" else "!"
            rows.append(f"{mark} {one[:width]:{width}} | {two[:2 * width]}")
    return "\n".join(rows)
