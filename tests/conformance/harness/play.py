# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays a case against the client, in one encoding."""

import base64
import xml.etree.ElementTree as ET

from . import case as cases
from . import compare
from . import element as elements
from . import wbxml
from .compare import Mismatch

CONTENT_TYPES = {"xml": "application/vnd.syncml.dm+xml", "wbxml": "application/vnd.syncml.dm+wbxml"}
VERSIONS = {"1.1": ("1.1", "DM/1.1"), "1.2": ("1.2", "DM/1.2"), "1.3": ("1.2", "DM/1.3")}
FLAGS = {"server-initiated", "allow-basic", "user", "no-spool"}
NUMBERS = {"max-msg-size", "max-obj-size", "max-messages", "max-auth-tries", "mac-window", "keep-alive",
           "command-timeout", "exec-timeout"}


class Failure(Exception):
    """A case that the client does not pass: why, and both messages."""

    def __init__(self, why, table=""):
        super().__init__(why)
        self.table = table


def b64(octets):
    return base64.b64encode(octets).decode()


class Player:
    def __init__(self, case, blocks, client, encoding):
        self.case = case
        self.blocks = blocks
        self.client = client
        self.encoding = encoding
        self.variables = {}
        self.reply = None        # what the client did last, until the case has looked at it
        self.last_sent = None
        self.last_fed = None
        self.set_account({})

    # ---- Account ----

    def set_account(self, rules):
        unknown = set(rules) - set(cases.ACCOUNT)
        if unknown:
            raise cases.CaseError(f"account: {', '.join(unknown)} is not known")
        self.account = dict(cases.ACCOUNT, **{key: compare.substitute(value, self.variables)
                                              for key, value in rules.items()})
        dtd, proto = VERSIONS[self.account["version"]]
        self.variables.update(dtd=dtd, proto=proto, uri=self.account["uri"], device=self.account["device-id"],
                              session=self.account["session-id"], server=self.account["uri"], msgid=0, msgref=0)
        self.variables["max-msg-size"] = self.account["max-msg-size"]
        self.variables["max-obj-size"] = self.account["max-obj-size"]
        self.client_messages = self.server_messages = 0
        self.last_server_id = self.last_client_id = "0"
        self.account_sent = False
        self.running = False

    def send_account(self):
        message = {"encoding": self.encoding}
        for side in ("client", "server"):
            message[side] = {key: self.account[f"{side}-{key}"] for key in ("auth", "name", "secret", "nonce")
                             if self.account[f"{side}-{key}"] is not None}
        for key, value in self.account.items():
            if key.startswith(("client-", "server-")) and key not in ("server-id", "server-initiated"):
                continue
            if key == "quirks":
                message[key] = value.split()
            elif key in FLAGS:
                message[key] = value == "yes"
            elif key in NUMBERS:
                message[key] = int(value)
            else:
                message[key] = value
        self.ask("account", **message)
        self.account_sent = True

    def ask(self, op, **members):
        return self.client.ask(op, **members)

    # ---- What is given, and what must hold then ----

    def value_of(self, node):
        if "hex" in node.attrib:
            return bytes.fromhex(node.get("hex"))
        return compare.substitute(node.text or "", self.variables).encode() * int(node.get("repeat", "1"))

    def give(self, step):
        if not self.account_sent:
            self.send_account()
        for node in step.node:
            rules = dict(node.attrib)
            if node.tag == "node":
                members = {key: rules[key] for key in ("uri", "format", "type", "acl", "title") if key in rules}
                if node.text or "hex" in rules or "empty" in rules:
                    members["value"] = b64(self.value_of(node))
                self.ask("node", **members)
            elif node.tag == "plugin":
                self.ask("behave", command=rules["command"], uri=rules.get("uri", ""),
                         status=int(rules.get("status", 0)), delay=int(rules.get("milliseconds", 0)),
                         hangs=rules.get("hangs") == "yes", skip=int(rules.get("skip", 0)))
            elif node.tag == "store":
                self.ask("store", status=int(rules["fails"]))
            elif node.tag == "user":
                self.ask("person", status=int(rules["status"]), answers=[child.text or "" for child in node])
            elif node.tag == "alert":
                members = {key: rules[key] for key in ("format", "mark", "correlator", "source", "target", "server")
                           if key in rules}
                members["alert-type"] = rules["type"]
                self.ask("alert", code=int(rules.get("code", "1226")), value=b64(self.value_of(node)),
                         solicited=rules.get("solicited") == "yes", age=int(rules.get("age", "0")), **members)
            elif node.tag == "time":
                self.ask("clock", seconds=int(rules["passes"]))
            else:
                raise cases.CaseError(f"given: {node.tag} is not known")

    def check(self, step):
        for node in step.node:
            rules = dict(node.attrib)
            if node.tag == "node":
                self.check_node(node, rules)
            elif node.tag == "alerts":
                self.check_alerts(node)
            elif node.tag == "nonce":
                self.check_nonce(rules)
            elif node.tag == "whole":
                if len(node):
                    self.check_document(node, rules)
                elif self.variables.get(rules["of"]) != self.value_of(node).decode():
                    raise Failure(f"the parts of {rules['of']} give {self.variables.get(rules['of'])!r:.200}")
            elif node.tag == "asked":
                self.check_asked(node, rules)
            else:
                raise cases.CaseError(f"then: {node.tag} is not known")

    def check_document(self, node, rules):
        """The parts give a document: as text of XML, or as octets that are latin-1 characters here."""
        expected = elements.Element("Data", children=[elements.from_etree(child) for child in node])
        elements.assign_namespaces(expected, elements.SYNCML[self.account["version"]])
        parts = self.variables.get(rules["of"], "")
        octets = parts.encode("latin-1") if wbxml.looks_like(parts[:8].encode("latin-1", "replace")) else None
        try:
            compare.match(compare.fill(expected, self.variables),
                          elements.Element("Data", expected.ns, parts if octets is None else "", octets=octets), "", {})
        except Mismatch as mismatch:
            raise Failure(f"the parts of {rules['of']}: {mismatch}") from mismatch

    def check_node(self, node, rules):
        reply = self.ask("get", uri=rules["uri"])
        status, have = reply["status"], base64.b64decode(reply.get("value", ""))
        if rules.get("absent") == "yes":
            if status != 404:
                raise Failure(f"{rules['uri']} must not be there, but is ({status}, {have[:80]!r})")
            return
        if status != 200:
            raise Failure(f"{rules['uri']} must be there, but the device gives {status}")
        if "format" in rules and reply.get("format") != rules["format"]:
            raise Failure(f"{rules['uri']}: format is {reply.get('format')}, not {rules['format']}")
        if rules.get("format") != "node" and rules.get("present") != "yes" and have != self.value_of(node):
            raise Failure(f"{rules['uri']}: expected {self.value_of(node)[:80]!r}, got {have[:80]!r}")

    def check_alerts(self, node):
        have = [(alert["alert-type"], alert["value"]) for alert in self.ask("alerts")["alerts"]]
        wanted = [(child.get("type"), child.text or "") for child in node]
        if have != wanted:
            raise Failure(f"alerts that are kept: expected {wanted}, got {have}")

    def check_nonce(self, rules):
        wanted = f"{rules['for']} {compare.substitute(rules['value'], self.variables)}"
        kept = wanted in self.nonces
        if kept != (rules.get("kept", "yes") == "yes"):
            raise Failure(f"nonce {wanted}: {'' if kept else 'not '}kept; kept are {self.nonces}")

    def check_asked(self, node, rules):
        if not self.asked:
            raise Failure("the user was not asked")
        have = self.asked.pop(0)
        for key, value in rules.items():
            if str(have[key]).lower() != {"yes": "true", "no": "false"}.get(value, value).lower():
                raise Failure(f"the user was asked with {key} {have[key]!r}, not {value!r}")
        choices = [child.text or "" for child in node]
        if have["choices"] != choices:
            raise Failure(f"the user was offered {have['choices']}, not {choices}")

    # ---- Messages ----

    def take(self, reply):
        if "failed" in reply:
            raise Failure(f"the session gives no step: {reply['failed']}")
        self.reply = reply
        self.nonces += reply["nonces"]
        self.asked += reply["asked"]

    def start(self):
        if not self.account_sent:
            self.send_account()
        self.running = True
        self.take(self.ask("start"))

    def decode(self, octets, content_type):
        encoding = next((key for key, value in CONTENT_TYPES.items() if value == content_type), None)
        try:
            if encoding == "xml":
                return elements.from_xml(octets)
            if encoding == "wbxml":
                root, public = wbxml.decode(octets)
                if public != wbxml.PUBLIC_IDS["1.1" if self.account["version"] == "1.1" else "1.2"]:
                    raise ValueError(f"public identifier is {public:#x}")
                return root
        except Exception as error:
            raise Failure(f"the client's message cannot be read: {error}", octets[:2000].decode(errors="replace")) \
                from error
        raise Failure(f"the client's content type is {content_type}")

    def expect_client(self, step):
        if self.reply is None:
            if self.running:
                raise cases.CaseError("two messages of the client without one of the server")
            self.start()
        reply = self.reply
        if "body" not in reply:
            raise Failure(f"the client sends nothing: {reply['action']}, {reply.get('error')} {reply.get('why')}")
        body = base64.b64decode(reply["body"])
        self.client_messages += 1
        self.variables.update(msgid=self.client_messages, msgref=self.last_server_id)
        self.check_post(step, reply, body)
        if step.rules.get("again") == "yes":
            if body != self.last_sent:
                raise Failure("the client does not send the same octets again",
                              compare.side_by_side(self.decode(self.last_sent, reply["content-type"]),
                                                   self.decode(body, reply["content-type"])))
            self.client_messages -= 1
        else:
            self.compare_message(step, body, reply)
        self.last_sent = body
        if reply["action"] == "send":
            self.reply = None
        else:
            del reply["body"]

    def check_post(self, step, reply, body):
        if "uri" in step.rules and reply["uri"] != compare.substitute(step.rules["uri"], self.variables):
            raise Failure(f"the message goes to {reply['uri']}, not to {step.rules['uri']}")
        if "hmac" in step.rules:
            self.check_mac(step, reply, body)
        elif reply.get("mac"):
            raise Failure("the message has an x-syncml-hmac, the case has none")

    def check_mac(self, step, reply, body):
        if not reply.get("mac"):
            raise Failure("the message has no x-syncml-hmac")
        spec = compare.substitute(step.rules["hmac"], self.variables)
        form = step.rules.get("hmac-form", "md5")
        parts = dict(part.strip().split("=", 1) for part in reply["mac"].split(","))
        algorithm = {"sha256": "SHA256", "timed": "HMACSHA256"}.get(form, "MD5")
        if parts.get("algorithm", "MD5").upper().replace("-", "") != algorithm:
            raise Failure(f"x-syncml-hmac: {reply['mac']}: algorithm is not {algorithm}")
        if parts.get("username") != f'"{spec.split(":")[0]}"':
            raise Failure(f"x-syncml-hmac: {reply['mac']}: user name is not quoted or not {spec.split(':')[0]}")
        if form == "timed" and parts.get("timestamp") != spec.split(":", 2)[2]:
            raise Failure(f"x-syncml-hmac: {reply['mac']}: timestamp is not {spec.split(':', 2)[2]}")
        if parts.get("mac") != compare.message_mac(spec, body, form):
            raise Failure(f"x-syncml-hmac: {reply['mac']}: mac is not {compare.message_mac(spec, body, form)}")

    def compare_message(self, step, body, reply):
        got = self.decode(body, reply["content-type"])
        header = "first-header" if self.client_messages == 1 else "header"
        expected = elements.select(cases.build_message(step, self.blocks, header), self.encoding)
        elements.assign_namespaces(expected, elements.SYNCML[self.account["version"]])
        expected = compare.fill(expected, self.variables)
        if "max-size" in step.rules and len(body) > int(step.rules["max-size"]):
            raise Failure(f"the message has {len(body)} octets, more than {step.rules['max-size']}")
        try:
            compare.check_ids(got)
            compare.match(expected, got, "", self.variables)
        except Mismatch as mismatch:
            raise Failure(str(mismatch), compare.side_by_side(expected, got)) from mismatch
        self.last_client_id = got.find_text("SyncHdr/MsgID")

    def feed_server(self, step):
        if self.reply is not None or not self.running:
            raise Failure(f"the case has a message of the server, but the client {self.describe_state()}")
        body, content_type = self.make_body(step)
        members = {}
        if body is not None:
            members = {"body": b64(body), "content-type": content_type}
        if "hmac" in step.rules:
            spec = compare.substitute(step.rules["hmac"], self.variables)
            mac = compare.message_mac(spec, body, step.rules.get("hmac-form", "md5"))
            self.variables["mac"] = mac
            default = f'algorithm=MD5, username="{spec.split(":")[0]}", mac={mac}'
            if step.rules.get("hmac-form") == "timed":
                name, _, seconds = spec.split(":", 2)
                default = f'algorithm=HMAC-SHA256, username="{name}", timestamp={seconds}, mac={mac}'
            members["mac"] = compare.substitute(step.rules["mac"], self.variables) if "mac" in step.rules else default
        elif "mac" in step.rules:
            members["mac"] = step.rules["mac"]
        self.last_fed = body
        self.take(self.ask("feed", **members))

    def make_body(self, step):
        rules = step.rules
        encoding = rules.get("as", self.encoding)
        content_type = rules.get("content-type", CONTENT_TYPES[encoding])
        if rules.get("empty") == "yes":
            return None, None
        if rules.get("again") == "yes":
            return self.last_fed, content_type
        self.server_messages += 1
        self.variables.update(msgid=self.server_messages, msgref=self.last_client_id)
        if "octets" in rules:
            self.last_server_id = str(self.server_messages)
            return bytes.fromhex(rules["octets"]), content_type
        if rules.get("raw") == "yes":
            self.last_server_id = str(self.server_messages)
            return compare.substitute(step.node.text, self.variables).strip().encode(), content_type
        root = elements.select(cases.build_message(step, self.blocks, "server-header"), encoding)
        elements.assign_namespaces(root, rules.get("namespace", elements.SYNCML[self.account["version"]]))
        root = compare.fill(root, self.variables)
        self.last_server_id = root.find_text("SyncHdr/MsgID") or ""
        styles = rules.get("style", "").split()
        if encoding == "xml":
            return elements.to_xml(root, styles).encode(), content_type
        return wbxml.encode(root, "1.1" if self.account["version"] == "1.1" else "1.2", styles), content_type

    def describe_state(self):
        if self.reply is None:
            return "has not begun"
        return f"is done ({self.reply.get('error', 'in order')}: {self.reply.get('why', '')}) " \
               if self.reply["action"] == "done" else "wants to send"

    def expect_end(self, step):
        if not self.running:
            self.start()
        if self.reply is None:
            raise Failure("the session must be over, but the client waits for an answer")
        if "body" in self.reply:
            raise Failure("the client must send nothing",
                          compare.side_by_side(None, self.decode(base64.b64decode(self.reply["body"]),
                                                                 self.reply["content-type"])))
        wanted, have = step.rules.get("error", "none"), self.reply.get("error", "none")
        if have != wanted:
            raise Failure(f"the session must end with error {wanted}, got {have} ({self.reply.get('why')})")
        self.running = False
        self.reply = None

    def block_step(self, kind, block):
        return cases.Step(ET.Element(kind, {"block": block} if block else {}))

    def play(self):
        self.nonces, self.asked = [], []
        self.ask("reset")
        for step in self.case.steps:
            if step.kind == "server" and step.short and not self.running:
                self.expect_client(self.block_step("client", "package-1"))
            if step.kind == "account":
                self.set_account(step.rules)
            elif step.kind == "given":
                self.give(step)
            elif step.kind == "client":
                self.expect_client(step)
            elif step.kind == "server":
                self.feed_server(step)
            elif step.kind == "then":
                self.check(step)
            elif step.kind == "stop":
                self.take(self.ask("stop"))
            else:
                self.expect_end(step)
            if step is self.case.last_answers:
                self.feed_server(self.block_step("server", "nothing-more"))
                self.expect_end(self.block_step("end", None))
        if self.reply is not None:
            raise Failure(f"the case is over, but the client {self.describe_state()}")
