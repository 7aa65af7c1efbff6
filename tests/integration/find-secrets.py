#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Searches what a program put out for secrets that were planted, in every form that a program could give them.

usage: find-secrets.py PLANTED FILE...
       find-secrets.py --forms PLANTED

A line of PLANTED names a secret: NAME, its octets in hexadecimal, and the user whose password it is, - for none.
A secret is found as it is, in UTF-16, in hexadecimal (also as arrays of octets are printed), in base64 wherever it begins
and however its lines are broken, percent-encoded, and, of a password, as the digests of USER:SECRET that stand for it in
credentials.  A line for each find goes to standard output, never with the secret; exit status 1 when there was one.
--forms prints each secret in each form, a line each: what a search of them must find.
"""
import base64
import hashlib
import sys


def base64_forms(octets):
    """The characters that the octets alone decide, for each place of a group of three that they can begin at."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + octets)
        first, last = (8 * shift + 5) // 6, 8 * (shift + len(octets)) // 6
        for form in text, base64.urlsafe_b64encode(bytes(shift) + octets):
            yield f"base64, {shift} octets in", form[first:last]


def octet_forms(octets):
    yield "itself", octets
    yield "hexadecimal", octets.hex().encode()
    yield "hexadecimal in capitals", octets.hex().upper().encode()
    yield "an array of octets", ",".join(f"0x{octet:02x}" for octet in octets).encode()
    yield "percent-encoded", "".join(f"%{octet:02X}" for octet in octets).encode()
    yield from base64_forms(octets)


def forms(octets, user):
    yield from octet_forms(octets)
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return
    yield "UTF-16LE", text.encode("utf-16-le")
    yield "UTF-16BE", text.encode("utf-16-be")
    if user == "-":
        return
    for name in "md5", "sha256":
        digest = hashlib.new(name, user.encode() + b":" + octets).digest()
        for what, form in octet_forms(digest):
            yield f"{name}({user}:...), {what}", form


def read_planted(path):
    with open(path, encoding="utf-8") as planted:
        for line in planted:
            name, octets, user = line.split()
            yield name, bytes.fromhex(octets), user


def main():
    if sys.argv[1] == "--forms":
        for _, octets, user in read_planted(sys.argv[2]):
            for _, form in forms(octets, user):
                sys.stdout.buffer.write(form + b"\n")
        return 0
    planted = [(name, list(forms(octets, user))) for name, octets, user in read_planted(sys.argv[1])]
    found = set()
    for path in sys.argv[2:]:
        with open(path, "rb") as file:
            text = file.read()
        # Lines that were broken, and octets with space between them, are put together.
        packed = text.translate(None, b" \t\r\n")
        found.update((name, what, path) for name, name_forms in planted for what, form in name_forms
                     if form in text or form in packed)
    for name, what, path in sorted(found):
        print(f"{name} as {what} in {path}")
    return 1 if found else 0


sys.exit(main())
