#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Crashes a program and tells whether the kernel dumped its memory.

usage: core-dump.py DIRECTORY COMMAND...

Runs COMMAND in DIRECTORY without a limit for core files, prints its process id, and with the next line of standard input
sends it the signal of that number.  Then it prints how it ended: "signal N, dumped" or "signal N, not dumped", or "exit N".
"""
import os
import resource
import sys


def main():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    pid = os.fork()
    if pid == 0:
        os.chdir(sys.argv[1])
        os.execvp(sys.argv[2], sys.argv[2:])
    print(pid, flush=True)
    os.kill(pid, int(sys.stdin.readline()))
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        print(f"signal {os.WTERMSIG(status)}, {'dumped' if os.WCOREDUMP(status) else 'not dumped'}")
    else:
        print(f"exit {os.WEXITSTATUS(status)}")


main()
