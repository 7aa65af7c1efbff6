#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands between a device and a management server on loopback and does what a bad network, or a server that is
broken below its messages, does.

usage: faulty-network.py UPSTREAM-PORT FAULT-FILE [CERTIFICATE KEY]

Listens on a port of its own, with TLS when there is a certificate, and says "port NUMBER".  FAULT-FILE says what
happens to each HTTP request that comes; it may change at any time:

    SERIAL SKIP COUNT NAME [ARGUMENT]

SKIP requests go well, then COUNT are struck; who changes the file gives it another SERIAL.  The methods of Exchange
whose names begin with "do_" are the faults.
"""
import email.utils
import http.client
import os
import socket
import ssl
import struct
import sys
import threading
import time

HOLD = 30           # seconds that a dead peer is waited for


class Gone(Exception):
    """The connection ended."""


class Plain:
    """A connection without TLS."""

    def __init__(self, sock):
        self.sock = sock

    def recv(self):
        octets = self.sock.recv(65536)
        if not octets:
            raise Gone
        return octets

    def send(self, octets):
        self.sock.sendall(octets)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone


class Tls(Plain):
    """One with TLS, whose records can be spoilt."""

    def __init__(self, sock, context):
        super().__init__(sock)
        self.inward, self.outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inward, self.outward, server_side=True)
        self.call(self.tls.do_handshake)

    def flush(self):
        self.sock.sendall(self.outward.read())

    def call(self, function, *arguments):
        while True:
            try:
                result = function(*arguments)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                self.inward.write(super().recv())
            except ssl.SSLError:
                self.flush()         # the alert
                raise Gone from None

    def recv(self):
        octets = self.call(self.tls.read, 65536)
        if not octets:
            raise Gone
        return octets

    def send(self, octets):
        self.call(self.tls.write, octets)

    def send_alert(self):
        """The peer seems to have sent rubbish, which is what the alert says."""
        self.inward.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        self.call(self.tls.read, 1)

    def send_rubbish(self):
        self.sock.sendall(b"\x17\x03\x03\x00\x40" + os.urandom(64))

    def send_end(self):
        """close_notify"""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self.flush()


class Faults:
    """What the file says."""

    def __init__(self, path):
        self.path, self.serial, self.seen, self.lock = path, None, 0, threading.Lock()

    def read(self):
        with open(self.path, encoding="utf-8") as file:
            words = file.read().split(maxsplit=4)
        if len(words) < 4:
            return None
        if words[0] != self.serial:
            self.serial, self.seen = words[0], 0
        return int(words[1]), int(words[2]), words[3], words[4].strip() if len(words) > 4 else ""

    def now(self):
        """The name of what happens, to a connection before its first request."""
        with self.lock:
            fault = self.read()
            return fault[2] if fault and fault[0] <= self.seen < fault[0] + fault[1] else ""

    def take(self):
        with self.lock:
            fault = self.read()
            if fault is None:
                return "", ""
            self.seen += 1
            return fault[2:] if fault[0] < self.seen <= fault[0] + fault[1] else ("", "")


class Exchange:
    """One HTTP request, and what becomes of it."""

    def __init__(self, stream, port, head, body):
        self.stream, self.port, self.head, self.body = stream, port, head, body

    def forward(self):
        """Returns the server's answer: status line and header, body."""
        lines = self.head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HOLD)
        server.request("POST", lines[0].split()[1], self.body, headers)
        answer = server.getresponse()
        body = answer.read()
        kept = {name: value for name, value in answer.getheaders()
                if name.lower() not in ("content-length", "transfer-encoding", "connection")}
        return kept, body

    def answer(self, status="200 OK", headers=(), body=None, length=None):
        kept, true_body = ({}, b"") if body is not None else self.forward()
        body = true_body if body is None else body
        lines = [f"HTTP/1.1 {status}"] + [f"{name}: {value}" for name, value in kept.items()] + list(headers)
        if length is not None or not any(line.startswith("Transfer-Encoding") for line in lines):
            lines += [f"Content-Length: {len(body) if length is None else length}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body

    def send_answer(self, **how):
        head, body = self.answer(**how)
        self.stream.send(head + body)

    def hold(self):
        try:
            self.stream.sock.settimeout(HOLD)
            while self.stream.sock.recv(65536):
                pass
        finally:
            raise Gone

    # ---- Faults ----

    def do_(self, _):
        self.send_answer()

    def do_delay(self, seconds):
        head, body = self.answer()
        time.sleep(float(seconds))
        self.stream.send(head + body)

    def do_lose_request(self, _):
        self.hold()

    def do_lose_answer(self, _):
        self.forward()
        self.hold()

    def do_lose_rest(self, _):
        head, body = self.answer()
        self.stream.send(head + body[:len(body) // 2])
        self.hold()

    def do_close_request(self, _):
        raise Gone

    def do_close_answer(self, _):
        self.forward()
        raise Gone

    def do_close_rest(self, _):
        head, body = self.answer()
        self.stream.send(head + body[:len(body) // 2])
        raise Gone

    def do_reset_request(self, _):
        self.stream.reset()

    def do_reset_answer(self, _):
        self.forward()
        self.stream.reset()

    def do_reset_rest(self, _):
        head, body = self.answer()
        self.stream.send(head + body[:len(body) // 2])
        time.sleep(0.1)
        self.stream.reset()

    def do_drip(self, seconds):
        head, body = self.answer()
        for octet in head + body:
            self.stream.send(bytes([octet]))
            time.sleep(float(seconds))

    def do_length(self, difference):
        head, body = self.answer()
        self.stream.send(head.replace(b"Content-Length: %d" % len(body),
                                      b"Content-Length: %d" % (len(body) + int(difference))) + body)
        self.hold()

    def do_length_close(self, difference):
        head, body = self.answer()
        self.stream.send(head.replace(b"Content-Length: %d" % len(body),
                                      b"Content-Length: %d" % (len(body) + int(difference))) + body)
        raise Gone

    def do_length_is(self, text):
        self.send_answer(length=text)
        raise Gone

    def do_chunks(self, text):
        head, body = self.answer(headers=["Transfer-Encoding: chunked"])
        body = body[:len(body) // 2]
        self.stream.send(head + b"%x\r\n" % len(body) + body + b"\r\n" + text.encode() + b"\r\n")
        raise Gone

    def do_rubbish(self, _):
        self.stream.send(os.urandom(4096).replace(b"\n", b"x"))
        raise Gone

    def do_endless_head(self, _):
        self.stream.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.stream.send(b"X-More: " + b"x" * 8000 + b"\r\n")

    def do_endless_line(self, _):
        self.stream.send(b"HTTP/1.1 200 OK\r\nX-More: ")
        while True:
            self.stream.send(b"x" * 65536)

    def do_endless_body(self, _):
        self.stream.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+xml\r\nConnection: close\r\n\r\n")
        while True:
            self.stream.send(b"x" * 65536)

    def do_endless_informational(self, _):
        while True:
            self.stream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)

    def do_redirect(self, arguments):
        status, location = arguments.split()
        self.send_answer(status=f"{status} Elsewhere", headers=[f"Location: {location}"], body=b"elsewhere")

    def do_busy(self, seconds):
        self.send_answer(status="503 Busy", headers=[f"Retry-After: {seconds}"], body=b"")

    def do_busy_until(self, seconds):
        date = email.utils.formatdate(time.time() + float(seconds), usegmt=True)
        self.do_busy(date)

    def do_tls_alert(self, _):
        head, body = self.answer()
        self.stream.send(head + body[:len(body) // 2])
        self.stream.send_alert()
        raise Gone

    def do_tls_rubbish(self, _):
        head, body = self.answer()
        self.stream.send(head + body[:len(body) // 2])
        self.stream.send_rubbish()
        self.hold()

    def do_tls_end(self, _):
        head, body = self.answer()
        self.stream.send(head + body[:len(body) // 2])
        self.stream.send_end()
        self.hold()


# What happens before a request can come.
def strike_connection(sock, name):
    if name == "deaf":
        time.sleep(HOLD)
        raise Gone
    if name == "reset_connect":
        Plain(sock).reset()
    if name == "handshake_alert":      # fatal, handshake_failure
        sock.recv(65536)
        sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
        raise Gone
    if name == "handshake_rubbish":
        sock.recv(65536)
        sock.sendall(os.urandom(512))
        raise Gone
    if name == "handshake_hold":
        sock.recv(65536)
        time.sleep(HOLD)
        raise Gone
    if name == "handshake_reset":
        sock.recv(65536)
        Plain(sock).reset()


def serve(sock, port, faults, context):
    try:
        strike_connection(sock, faults.now())
        stream = Tls(sock, context) if context else Plain(sock)
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                buffer += stream.recv()
            head, buffer = buffer.split(b"\r\n\r\n", 1)
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            while len(buffer) < length:
                buffer += stream.recv()
            name, argument = faults.take()
            getattr(Exchange(stream, port, head, buffer[:length]), "do_" + name)(argument)
            buffer = buffer[length:]
    except (Gone, OSError):
        pass
    finally:
        sock.close()


def main():
    port, faults = int(sys.argv[1]), Faults(sys.argv[2])
    context = None
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("port", listener.getsockname()[1], flush=True)
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(sock, port, faults, context), daemon=True).start()


main()
