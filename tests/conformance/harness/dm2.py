# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of DM 2.0: JSON files of the folder dm2, played against the program conformance-dm2-client."""

import base64
import json
import pathlib
import re
import time

from . import case as cases

INITIATION = "application/vnd.oma.dm.initiation+json"
REQUEST = "application/vnd.oma.dm.request+json"
RESPONSE = "application/vnd.oma.dm.response+json"
MO_DATA = "application/vnd.oma.dm.mos+json"
ACCOUNT = {
    "server-id": "dm.example.org", "uri": "https://dm.example.org/dm2", "report-uri": None, "moids": None,
    "start": "client", "notification-id": -1, "list-objects": False, "max-packages": 20, "max-seconds": 600,
    "max-object-size": 0, "exec-timeout": 0, "command-timeout": 0, "user": False, "no-spool": False,
    "no-subscriptions": False,
}
NAMES = {"conf": "urn:example:mo:conf:1.0", "box": "urn:example:mo:box:1.0", "plugin": "urn:example:mo:plugin:1.0",
         "devinfo": "urn:oma:mo:oma-dm-devinfo:1.0", "devdetail": "urn:oma:mo:oma-dm-devdetail:1.0",
         "access": "urn:oma:mo:oma-dm-dac:1.0", "repo": "https://repo.example.org/r"}
STEPS = {
    "account": set(), "given": set(), "then": set(), "package-1": {"uri", "named"},
    "commands": {"accept", "type", "status"}, "answer": set(), "answers": {"alerts", "uri", "named"},
    "transfer": {"uri", "body", "type", "accept", "text", "size"}, "gives": set(), "end": set(), "wait": set(),
}
START = {"Alert": [{"AlertType": "urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}
PAUSE = 0.1                  # seconds between two looks whether something has come to its end
MATCHES = {"number": lambda value: isinstance(value, (int, float)), "text": lambda value: isinstance(value, str),
           "any": lambda value: True, "no-secret": lambda value: "Secret" not in value and len(value) > 10}


class Failure(Exception):
    """A case that the client does not pass."""

    table = ""


class Case:
    encodings = ("json",)
    steps = ()               # of XML messages: there are none

    def __init__(self, node, topic):
        unknown = set(node) - {"id", "section", "proves", "denies", "basis", "title", "note", "play"}
        if unknown:
            raise cases.CaseError(f"{topic}/{node.get('id')}: {', '.join(unknown)} is not known")
        self.topic = f"dm2/{topic}"
        self.id = f"dm2/{topic}/{need(node, 'id')}"
        self.section = need(node, "section")
        self.title = need(node, "title")
        self.note = node.get("note", "")
        self.proves = node.get("proves", "").split()
        self.denies = node.get("denies", "").split()
        self.basis = node.get("basis", "text")
        self.play = need(node, "play")
        if self.basis not in cases.BASES:
            raise cases.CaseError(f"{self.id}: basis {self.basis} is not known")
        for step in self.play:
            kinds = [kind for kind in STEPS if kind in step]
            if len(kinds) != 1 or set(step) - STEPS[kinds[0]] - {kinds[0]}:
                raise cases.CaseError(f"{self.id}: {json.dumps(step)} is no step")


def need(node, name):
    if not node.get(name):
        raise cases.CaseError(f"{node.get('id', 'a case')} has no {name}")
    return node[name]


def load_cases(folder):
    found, seen = [], set()
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        try:
            nodes = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise cases.CaseError(f"{path}: {error}") from error
        for node in nodes:
            case = Case(node, path.stem)
            if case.id in seen:
                raise cases.CaseError(f"{case.id} is there twice")
            seen.add(case.id)
            found.append(case)
    return found


def codes_of(case, kind):
    """The statuses that stand in the steps of this kind."""
    codes = set()
    for step in case.play:
        if kind in step:
            codes.update(re.findall(r'"(?:sc|status)": (\d{3})', json.dumps(step)))
    return codes


def check_codes(case):
    """A case about a status must want it of the client; one that denies it must not."""
    complaints = []
    for name in case.proves + case.denies:
        code = re.fullmatch(r"status-(\d{3})", name)
        if code is None:
            continue
        wanted = code.group(1) in codes_of(case, "answers")
        if name in case.proves and not wanted:
            complaints.append(f"{case.id} proves {name}, but no answer has it")
        if name in case.denies and wanted:
            complaints.append(f"{case.id} denies {name}, but the client must send it")
    return complaints


# ---- Comparison ----

def substitute(value, variables):
    """Puts what was saved into all texts of a JSON value."""
    if isinstance(value, str):
        return re.sub(r"\$\{([\w-]+)\}", lambda found: variables[found.group(1)], value)
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: substitute(item, variables) for key, item in value.items()}
    return value


def match_free(expected, got, path, variables):
    """{"$match": kind or regular expression, "$save": name}"""
    kind = expected.get("$match", "any")
    fits = MATCHES[kind](got) if kind in MATCHES else isinstance(got, str) and re.fullmatch(kind, got, re.S)
    if not fits:
        raise Failure(f"{path}: {json.dumps(got)} is not {kind}")
    if "$save" in expected:
        variables[expected["$save"]] = got


def match(expected, got, path, variables):
    """Objects have the same members, arrays the same order; {"$any-order": [...]} is an array in any order."""
    if isinstance(expected, dict) and "$any-order" in expected:
        match_any_order(expected["$any-order"], got, path, variables)
    elif isinstance(expected, dict) and set(expected) & {"$match", "$save"}:
        match_free(expected, got, path, variables)
    elif isinstance(expected, dict) and isinstance(got, dict):
        for key in expected.keys() | got.keys():
            if key not in got:
                raise Failure(f"{path}: {key} is missing")
            if key not in expected:
                raise Failure(f"{path}: {key} is too much")
            match(expected[key], got[key], f"{path}/{key}", variables)
    elif isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            raise Failure(f"{path}: expected {len(expected)} items, got {len(got)}: {json.dumps(got)}")
        for number, (one, other) in enumerate(zip(expected, got), 1):
            match(one, other, f"{path}[{number}]", variables)
    elif type(expected) is not type(got) or substitute(expected, variables) != got:
        raise Failure(f"{path}: expected {json.dumps(substitute(expected, variables))}, got {json.dumps(got)}")


def match_any_order(expected, got, path, variables):
    if not isinstance(got, list) or len(expected) != len(got):
        raise Failure(f"{path}: expected {len(expected)} items, got {json.dumps(got)}")
    left = list(got)
    for number, one in enumerate(expected, 1):
        for other in left:
            try:
                match(one, other, path, variables)
            except Failure:
                continue
            left.remove(other)
            break
        else:
            raise Failure(f"{path}[{number}]: {json.dumps(one)} is missing in {json.dumps(got)}")


def unique(pairs):
    """An object whose names are there once."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Failure(f"a member is there twice: {names}")
    return dict(pairs)


def read_json(octets):
    try:
        return json.loads(octets.decode("utf-8"), object_pairs_hook=unique)
    except ValueError as error:
        raise Failure(f"the client sends no JSON: {error}: {octets!r:.300}") from error


# ---- The play ----

class Player:
    def __init__(self, case, client):
        self.case = case
        self.client = client
        self.variables = dict(NAMES)
        self.account = dict(ACCOUNT)
        self.reply = None            # what the client did last, until the case has looked at it
        self.running = False
        self.account_sent = False
        self.at = ""

    def ask(self, op, **members):
        return self.client.ask(op, **members)

    def send_account(self):
        if not self.account_sent:
            self.ask("account", **{key: value for key, value in self.account.items() if value is not None})
        self.account_sent = True

    def start(self):
        self.send_account()
        self.at = self.account["uri"]
        self.running = True
        self.reply = self.ask("start")

    def take(self, action):
        """What the client does, which must be this."""
        if self.reply is None:
            raise Failure(f"{action} is expected, but it is the server's turn")
        reply, self.reply = self.reply, None
        if "failed" in reply:
            raise Failure(f"the client failed: {reply['failed']}")
        if reply["action"] != action:
            body = base64.b64decode(reply.get("body", "")).decode(errors="replace")
            raise Failure(f"{action} is expected, got {reply['action']} {reply.get('method', '')} {reply.get('uri', '')} "
                          f"{reply.get('why', '')} {body:.2000}")
        return reply

    def expect_package(self, media_type, body, step):
        reply = self.take("send")
        uri = substitute(step.get("uri", self.at), self.variables)
        for name, expected, got in (("method", "POST", reply["method"]), ("address", uri, reply["uri"]),
                                    ("Content-Type", media_type, reply["content-type"]),
                                    ("Accept", REQUEST, reply["accept"]),
                                    ("named by the server", step.get("named", uri != self.account["uri"]),
                                     reply["named"])):
            if expected != got:
                raise Failure(f"{name}: expected {expected}, got {got}")
        match(body, read_json(base64.b64decode(reply["body"])), "", self.variables)

    def expect_transfer(self, step):
        reply = self.take("transfer")
        uri = substitute(step["uri"], self.variables)
        if (reply["method"], reply["uri"], reply["named"]) != (step["transfer"], uri, True):
            raise Failure(f"expected {step['transfer']} {uri}, got {reply['method']} {reply['uri']} "
                          f"(named: {reply['named']})")
        octets = base64.b64decode(reply.get("body", ""))
        if step["transfer"] == "GET":
            if "body" in reply or not re.fullmatch(step.get("accept", re.escape(MO_DATA) + ".*"), reply["accept"]):
                raise Failure(f"a GET has Accept and no body, got {reply}")
            return
        if reply.get("content-type") != step.get("type", MO_DATA):
            raise Failure(f"Content-Type: expected {step.get('type', MO_DATA)}, got {reply.get('content-type')}")
        if "text" in step:
            if not re.fullmatch(step["text"], octets.decode(errors="replace"), re.S):
                raise Failure(f"the body is {octets!r:.2000}")
        elif "size" in step:
            if len(octets) < step["size"] or not reply["in-file"]:
                raise Failure(f"the body has {len(octets)} octets")
        else:
            match(step["body"], read_json(octets), "", self.variables)

    def feed(self, answer, media_type):
        """@answer: status, type, accept, body (JSON, or text as it is), repeat, failure"""
        body = answer.get("body", answer.get("octets"))
        members = {"status": answer.get("status", 200), "failure": answer.get("failure", 0)}
        if body is not None:
            text = body if isinstance(body, str) else json.dumps(body)
            octets = bytes.fromhex(answer["octets"]) if "octets" in answer else \
                substitute(text, self.variables).encode()
            for place, times in answer.get("repeat", {}).items():
                octets = octets.replace(place.encode(), b"x" * times)
            members["body"] = base64.b64encode(octets).decode()
        if body is not None or "type" in answer:
            members["content-type"] = answer.get("type", media_type)
        if "accept" in answer:
            members["accept"] = answer["accept"]
        self.reply = self.ask("feed", **members)

    def expect_end(self, wanted):
        if not self.running:
            self.start()
        reply = self.take("done")
        have = reply.get("error", "none")
        if have != wanted:
            raise Failure(f"the session must end with {wanted}, got {have}: {reply.get('why')}")
        self.running = False

    # ---- What is given, and what must hold then ----

    def give(self, items):
        self.send_account()
        for item in items:
            item = dict(item)
            if "node" in item:
                members = {key: item[key] for key in ("format", "type", "acl", "title") if key in item}
                if "value" in item:
                    text = item["value"] * item.get("repeat", 1)
                    members["value"] = base64.b64encode(text.encode()).decode()
                self.ask("node", uri=item["node"], **members)
            elif "plugin" in item:
                self.ask("behave", command=item["plugin"], uri=item.get("uri", ""), status=item.get("status", 0),
                         delay=item.get("milliseconds", 0), hangs=item.get("hangs", False), skip=item.get("skip", 0))
            elif "store" in item:
                self.ask("store", status=item["store"])
            elif "browser" in item:
                self.ask("person", status=item["browser"], answers=[])
            elif "time" in item:
                self.ask("clock", seconds=item["time"])
            elif "alert" in item:
                value = base64.b64encode(item.get("value", "").encode()).decode()
                members = {key: item[key] for key in ("format", "mark", "source", "target", "server", "report-uri")
                           if key in item}
                self.ask("alert", **{"alert-type": item["alert"], "code": 1226, "value": value, "age": 0, **members})
            else:
                raise cases.CaseError(f"given: {item} is not known")

    def check(self, items):
        for item in items:
            if "node" in item:
                self.check_node(item)
            elif "alerts" in item:
                got = [alert["alert-type"] for alert in self.ask("alerts")["alerts"]]
                match(item["alerts"], got, "alerts", self.variables)
            elif "shown" in item:
                match(item["shown"], [page["uri"] for page in self.ask("asked")["asked"]], "shown", self.variables)
            else:
                kept = self.ask("kept")
                for name, expected in item.items():
                    match(expected, kept[name], name, self.variables)

    def check_node(self, item):
        reply = self.ask("get", uri=item["node"])
        got = base64.b64decode(reply["value"]).decode() if "value" in reply else None
        if item.get("absent"):
            if reply["status"] != 404:
                raise Failure(f"{item['node']} is there: {got}")
        elif reply["status"] != 200:
            raise Failure(f"{item['node']} cannot be read: {reply['status']}")
        elif "value" in item and item["value"] * item.get("repeat", 1) != got:
            raise Failure(f"{item['node']}: expected {item['value']!r:.200}, got {got!r:.200}")

    def wait_for_alerts(self, number):
        """Until so many wait for the server."""
        for _ in range(100):
            if len(self.ask("alerts")["alerts"]) >= number:
                return
            time.sleep(PAUSE)
        raise Failure(f"there are no {number} alerts")

    # ---- Steps ----

    def begin(self):
        """A session whose first package nobody looked at yet."""
        if not self.running:
            self.start()
            self.expect_package(INITIATION, START, {})

    def play_step(self, step):
        if "account" in step:
            self.account, self.account_sent = dict(ACCOUNT, **step["account"]), False
        elif "given" in step:
            self.give(step["given"])
        elif "then" in step:
            self.check(step["then"])
        elif "package-1" in step:
            self.start()
            self.expect_package(INITIATION, step["package-1"], step)
        elif "commands" in step:
            self.begin()
            self.feed(dict({key: step[key] for key in ("accept", "type", "status") if key in step},
                           body={"CMD": step["commands"]}), REQUEST)
        elif "answer" in step:
            self.begin()
            self.feed(step["answer"], REQUEST)
        elif "answers" in step:
            body = {"Status": step["answers"]}
            if "alerts" in step:
                body["Alert"] = step["alerts"]
            self.at = substitute(step.get("uri", self.at), self.variables)
            self.expect_package(RESPONSE, body, step)
        elif "transfer" in step:
            self.expect_transfer(step)
        elif "wait" in step:
            self.wait_for_alerts(step["wait"])
        elif "gives" in step:
            self.feed(step["gives"], MO_DATA)
        else:
            self.expect_end(step["end"])

    def play(self):
        self.ask("reset")
        last = [step for step in self.case.play if "given" not in step and "then" not in step][-1]
        for step in self.case.play:
            self.play_step(step)
            if step is last and "answers" in step:
                self.feed({"body": {"CMD": [["END"]]}}, REQUEST)
                self.expect_end("none")
        if self.reply is not None:
            raise Failure(f"the case is over, but the client goes on: {self.reply}")
