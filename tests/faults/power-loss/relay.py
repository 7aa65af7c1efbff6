#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands between the device and the trial server, and puts a mark into the log of writes before it hands on what the
device says: what is on the disk then is all that the device may rely on.

usage: relay.py PORT SERVER RESULTS DEVICE DIRECTORY

SERVER is the URL of the trial server, RESULTS that of what the device told it, DEVICE the name of the log's device.
The mark of request number N is "told-N"; what the server has been told then is in the file told-N of DIRECTORY.
"""
import http.server
import subprocess
import sys
import urllib.request

PORT, SERVER, RESULTS, DEVICE, DIRECTORY = sys.argv[1:]
HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}


class Relay(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    number = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Relay.number += 1
        subprocess.run(["dmsetup", "message", DEVICE, "0", "mark", f"told-{Relay.number}"], check=True)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        with urllib.request.urlopen(urllib.request.Request(SERVER, body, headers)) as answer:
            text = answer.read()
            self.note()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    def note(self):
        with urllib.request.urlopen(RESULTS) as answer:
            told = answer.read()
        with open(f"{DIRECTORY}/told-{Relay.number}", "wb") as file:
            file.write(told)

    def log_message(self, *arguments):
        pass


print("ready", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Relay).serve_forever()
