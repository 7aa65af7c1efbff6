# SPDX-License-Identifier: LGPL-2.1-or-later
"""The client under test: the program conformance-client, one JSON object a line each way."""

import json
import os
import select
import subprocess
import tempfile

PATIENCE = 30   # seconds without an answer


class ClientGone(Exception):
    """The program ended or is silent."""


class Client:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.process = None
        self.errors = None

    def start(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([self.program, self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, env=dict(os.environ, LC_ALL="C.UTF-8"))

    def ask(self, op, **members):
        if self.process is None:
            self.start()
        line = json.dumps(dict(members, op=op)) + "\n"
        try:
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
            answer = self.read_line()
        except (BrokenPipeError, OSError):
            answer = b""
        if not answer:
            raise ClientGone(self.stop())
        return json.loads(answer)

    def read_line(self):
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
                self.process.kill()
                return b""
            piece = os.read(self.process.stdout.fileno(), 1 << 20)
            if not piece:
                return b""
            line += piece
        return line

    def stop(self):
        """Ends the program.  Returns what it said on standard error."""
        if self.process is None:
            return ""
        self.process.stdin.close()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        self.process = None
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace")
        self.errors.close()
        return f"the client ended with {code}\n{text}" if code != 0 else ""
