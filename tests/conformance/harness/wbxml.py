# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small WBXML coder of the harness's own, written from the token tables of SyncML
Representation Protocol 1.2, Meta-Information 1.2 and DM Tree and Description 1.2 (8.6).  It
shares nothing with the client's codec."""

from .element import DDF, METINF, Element

PAGES = [
    {name: 5 + i for i, name in enumerate(
        "Add Alert Archive Atomic Chal Cmd CmdID CmdRef Copy Cred Data Delete Exec Final Get Item Lang LocName "
        "LocURI Map MapItem Meta MsgID MsgRef NoResp NoResults Put Replace RespURI Results Search Sequence "
        "SessionID SftDel Source SourceRef Status Sync SyncBody SyncHdr SyncML Target TargetRef (reserved) VerDTD "
        "VerProto NumberOfChanges MoreData Field Filter Record FilterType SourceParent TargetParent Move "
        "Correlator".split())},
    {name: 5 + i for i, name in enumerate(
        "Anchor EMI Format FreeID FreeMem Last Mark MaxMsgSize Mem MetInf Next NextNonce SharedMem Size Type "
        "Version MaxObjSize FieldLevel".split())},
    {name: 5 + i for i, name in enumerate(
        "AccessType ACL Add b64 bin bool chr CaseSense CIS Copy CS date DDFName DefaultValue Delete Description "
        "DFFormat DFProperties DFTitle DFType Dynamic Exec float Format Get int Man MgmtTree MIME Mod Name Node "
        "node NodeName null Occurrence One OneOrMore OneOrN Path Permanent Replace RTProperties Scope Size time "
        "Title TStamp Type Value VerDTD VerNo xml ZeroOrMore ZeroOrN ZeroOrOne".split())},
]
NAMES = [{token: name for name, token in page.items()} for page in PAGES]

SWITCH_PAGE, END, ENTITY, STR_I, LITERAL = 0x00, 0x01, 0x02, 0x03, 0x04
PI, LITERAL_C, STR_T, LITERAL_A, OPAQUE, LITERAL_AC = 0x43, 0x44, 0x83, 0x84, 0xC3, 0xC4
PUBLIC_IDS = {"1.0": 0x0FD1, "1.1": 0x0FD3, "1.2": 0x1201}
FPIS = {"1.0": "-//SYNCML//DTD SyncML 1.0//EN", "1.1": "-//SYNCML//DTD SyncML 1.1//EN",
        "1.2": "-//SYNCML//DTD SyncML 1.2//EN"}
DDF_FPI = "-//OMA//DTD-DM-DDF 1.2//EN"
ROOTS = {0x0FD1: "SYNCML:SYNCML1.0", 0x0FD3: "SYNCML:SYNCML1.1", 0x1201: "SYNCML:SYNCML1.2"}


def number(value):
    octets = [value & 0x7F]
    while value > 0x7F:
        value >>= 7
        octets.insert(0, 0x80 | value & 0x7F)
    return bytes(octets)


class Writer:
    def __init__(self, styles):
        self.styles = styles
        self.page = 0
        self.table = bytearray()
        self.out = bytearray()

    def intern(self, text):
        octets = text.encode() + b"\0"
        at = self.table.find(octets)
        if at < 0 or (at > 0 and self.table[at - 1] != 0):
            at = len(self.table)
            self.table += octets
        return at

    def opaque(self, octets):
        self.out += bytes([OPAQUE]) + number(len(octets)) + octets

    def text(self, text):
        if "entities" in self.styles:
            plain = ""
            for char in text:
                if ord(char) < 0x80:
                    plain += char
                    continue
                self.inline(plain)
                plain = ""
                self.out += bytes([ENTITY]) + number(ord(char))
            self.inline(plain)
        elif "opaque" in self.styles or "\0" in text:
            self.opaque(text.encode())
        elif "string-table" in self.styles:
            self.out += bytes([STR_T]) + number(self.intern(text))
        else:
            self.inline(text)

    def inline(self, text):
        if text:
            self.out += bytes([STR_I]) + text.encode() + b"\0"

    def element(self, element):
        page = {METINF: 1, DDF: 2}.get(element.ns, 0)
        token = PAGES[page].get(element.name)
        embedded = element.children and element.children[0].name == "MgmtTree" and "inline-tnds" not in self.styles
        filled = bool(element.children or element.text or "hex" in element.rules) or "full-final" in self.styles
        if token is None:
            self.out += bytes([LITERAL_C if filled else LITERAL]) + number(self.intern(element.name))
        else:
            if page != self.page or "needless-switches" in self.styles:
                self.out += bytes([SWITCH_PAGE, page])
                self.page = page
            self.out.append(token | (0x40 if filled else 0))
        if not filled:
            return
        if "hex" in element.rules:
            self.opaque(bytes.fromhex(element.rules["hex"]))
        elif embedded:
            self.opaque(encode_ddf(element.children[0]))
        elif element.name == "Meta" and "metinf-wrapper" in self.styles:
            self.element(Element("MetInf", METINF, children=element.children))
        elif element.children:
            for child in element.children:
                self.element(child)
        else:
            self.text(element.text if element.name == "Data" else element.text.strip())
        self.out.append(END)


def encode(root, version, styles=()):
    """Writes a SyncML message."""
    writer = Writer(styles)
    writer.element(root)
    public = number(PUBLIC_IDS[version])
    if "unknown-public-id" in styles:
        public = number(1)
    table = bytes(writer.table)
    if "textual-public-id" in styles or "textual-public-id-without-end" in styles:
        if table:
            raise ValueError("a textual public identifier and a string table do not go together here")
        public = number(0) + number(0)
        table = FPIS[version].encode() + (b"\0" if "textual-public-id" in styles else b"")
    minor = 3 if "wbxml-1.3" in styles else 1 if "wbxml-1.1" in styles else 2
    tail = b"\0\0\0" if "padding" in styles else b""
    return bytes([minor]) + public + number(106) + number(len(table)) + table + bytes(writer.out) + tail


def encode_ddf(root):
    """Writes a DDF or TNDS document of its own."""
    writer = Writer(())
    writer.element(root)
    table = DDF_FPI.encode() + b"\0"
    return bytes([2]) + number(0) + number(0) + number(106) + number(len(table)) + table + bytes(writer.out)


class Reader:
    def __init__(self, octets):
        self.octets = octets
        self.at = 0
        self.page = 0
        self.table = b""
        self.root_ns = None

    def byte(self):
        if self.at >= len(self.octets):
            raise ValueError("the document ends too early")
        self.at += 1
        return self.octets[self.at - 1]

    def number(self):
        value = 0
        for _ in range(5):
            octet = self.byte()
            value = value << 7 | octet & 0x7F
            if octet < 0x80:
                return value
        raise ValueError("a number is too long")

    def take(self, size):
        if size > len(self.octets) - self.at:
            raise ValueError("the document ends too early")
        self.at += size
        return self.octets[self.at - size:self.at]

    def string(self):
        end = self.octets.index(0, self.at)
        return self.take(end + 1 - self.at)[:-1].decode()

    def from_table(self, offset):
        if offset >= len(self.table):
            raise ValueError("an offset is not in the string table")
        return self.table[offset:].split(b"\0", 1)[0].decode()

    def header(self):
        version = self.byte()
        if version not in (1, 2, 3):
            raise ValueError(f"WBXML version {version:#x}")
        public = self.number()
        offset = self.number() if public == 0 else None
        charset = self.number()
        if charset != 106:
            raise ValueError(f"charset {charset} is not UTF-8")
        self.table = self.take(self.number())
        fpi = self.from_table(offset) if offset is not None else None
        return public, fpi

    def element(self, first):
        while first == SWITCH_PAGE:
            self.page = self.byte()
            first = self.byte()
        if first in (LITERAL, LITERAL_C):
            name, ns = self.from_table(self.number()), None
        elif first & 0x80:
            raise ValueError("an element has attributes")
        else:
            name = NAMES[self.page].get(first & 0x3F) if self.page < len(NAMES) else None
            if name is None:
                raise ValueError(f"token {first:#x} of page {self.page} is not known")
            ns = (self.root_ns, METINF, DDF)[self.page]
        element = Element(name, ns)
        if first & 0x40:
            self.content(element)
        return element

    def content(self, element):
        text, opaque = b"", False
        while True:
            octet = self.byte()
            if octet == END:
                break
            if octet == STR_I:
                text += self.string().encode()
            elif octet == STR_T:
                text += self.from_table(self.number()).encode()
            elif octet == ENTITY:
                text += chr(self.number()).encode()
            elif octet == OPAQUE:
                text += self.take(self.number())
                opaque = True
            else:
                element.children.append(self.element(octet))
        if text and element.children:
            raise ValueError(f"{element.name} has text and elements")
        try:
            element.text = text.decode()
        except UnicodeDecodeError:
            element.octets = text
        if opaque and element.octets is None and "\0" in element.text:
            element.octets = text


def decode(octets):
    """Reads a SyncML or DDF document, strictly.  Returns the root and the public identifier."""
    reader = Reader(octets)
    public, fpi = reader.header()
    if fpi == DDF_FPI:
        reader.page = 2
        reader.root_ns = DDF
    else:
        version = next((key for key, text in FPIS.items() if text == fpi), None)
        reader.root_ns = ROOTS.get(PUBLIC_IDS[version] if version else public)
    root = reader.element(reader.byte())
    if reader.at != len(octets):
        raise ValueError("there are octets after the document")
    return root, public


def looks_like(octets):
    return len(octets) > 4 and octets[0] in (1, 2, 3) and octets[:1] != b"<"
