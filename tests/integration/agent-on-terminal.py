#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays a user at a terminal: runs a command on a pseudo-terminal of its own and does what a script says.

usage: agent-on-terminal.py SCRIPT COMMAND...

Lines of SCRIPT:
  expect TEXT   waits until TEXT comes, behind what was expected before
  type TEXT     types TEXT and Return
  key C-x       types a control character
  echo on|off   the terminal must show, or not show, what is typed
What the terminal showed goes to standard output.  Exit status: that of COMMAND, 99 when something
expected did not come.
"""
import os
import pty
import select
import sys
import termios
import time

LIMIT = 60


class Terminal:
    def __init__(self, command):
        self.shown = b""
        self.seen = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)

    def read(self, seconds):
        """Returns whether there may be more."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            octets = os.read(self.fd, 4096)
        except OSError:      # the other side is closed
            return False
        self.shown += octets
        return octets != b""

    def fail(self, why):
        sys.stdout.buffer.write(self.shown)
        print("\nagent-on-terminal.py:", why, file=sys.stderr)
        os.kill(self.pid, 15)
        sys.exit(99)

    def expect(self, text):
        wanted = text.encode()
        end = time.monotonic() + LIMIT
        while self.shown.find(wanted, self.seen) < 0:
            if time.monotonic() > end or not self.read(1):
                self.fail(f"{text!r} did not come")
        self.seen = self.shown.find(wanted, self.seen) + len(wanted)

    def echo(self, wanted):
        end = time.monotonic() + 10
        while bool(termios.tcgetattr(self.fd)[3] & termios.ECHO) != wanted:
            if time.monotonic() > end:
                self.fail("the terminal shows what is typed" if not wanted else "the terminal does not show what is typed")
            self.read(0.05)

    def finish(self):
        end = time.monotonic() + LIMIT
        while self.read(1):
            if time.monotonic() > end:
                self.fail("it does not end")
        sys.stdout.buffer.write(self.shown)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def main():
    with open(sys.argv[1], encoding="utf-8") as script:
        steps = [line.rstrip("\n").partition(" ") for line in script]
    terminal = Terminal(sys.argv[2:])
    for verb, _, argument in steps:
        if verb == "expect":
            terminal.expect(argument)
        elif verb == "type":
            os.write(terminal.fd, argument.encode() + b"\n")
        elif verb == "key":
            os.write(terminal.fd, bytes([ord(argument[-1].upper()) - 64]))
        elif verb == "echo":
            terminal.echo(argument == "on")
        elif verb:
            sys.exit(f"{sys.argv[0]}: {verb}?")
    return terminal.finish()


sys.exit(main())
