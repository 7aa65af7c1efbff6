#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads what the device mapper's target log-writes recorded, and makes disks as a loss of power leaves them.

usage: writes.py plan LOG VARIANTS TOLD      prints the cuts: "ID POSITION KIND TOLD"
       writes.py serve LOG SEED DISK DEVICE  reads lines of that on standard input, puts the disk of each on DEVICE,
                                             and says "ready"

DISK is the disk from before the first write.  Cuts lie between the marks "begin" and "end"; TOLD is the number of the
last mark "told-NUMBER" before the cut, or as it is given.  A cut after so many entries of the log is of a KIND:

    all    each write that was complete is on the disk
    none   of those since the last flush, none is, but for those with FUA
    N      of those since the last flush, each one is, is not, or is in part (blocks of 4096 octets), by chance

A block is what the file system takes for granted that a disk writes as a whole, as its superblock.

The log has a write that was complete when a flush began before that flush, one with FUA at once; so what has been
answered is always before what was done in the knowledge of it.
"""
import random
import struct
import sys

SECTOR = 512        # of the log
BLOCK = 4096
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8


class Entry:
    """A write, a flush, both, or a mark."""

    def __init__(self, sector, sectors, flags, place, mark):
        self.begin = sector * SECTOR
        self.size = sectors * SECTOR
        self.flags = flags
        self.place = place          # of the data in the log
        self.mark = mark

    def is_write(self):
        return self.mark is None and self.size > 0


class Log:
    def __init__(self, path):
        self.file = open(path, "rb")
        magic, version, entries, sector = struct.unpack("<QQQI", self.file.read(28))
        if (magic, version, sector) != (0x6A736677736872, 1, SECTOR):
            sys.exit(f"{path} is not a log of writes")
        place = SECTOR
        self.entries = []
        for _ in range(entries):
            self.file.seek(place)
            head = self.file.read(SECTOR)
            begin, sectors, flags, length = struct.unpack_from("<QQQQ", head)
            mark = head[32:32 + length].decode() if flags & MARK else None
            place += SECTOR
            self.entries.append(Entry(begin, sectors, flags, place, mark))
            if not flags & DISCARD:
                place += sectors * SECTOR

    def data(self, entry):
        if entry.flags & DISCARD:
            return bytes(entry.size)
        self.file.seek(entry.place)
        return self.file.read(entry.size)

    def position(self, mark):
        return next(i for i, entry in enumerate(self.entries) if entry.mark == mark)

    def last_flush(self, position):
        """What was written before the entry with this number is on the disk for sure."""
        return next((i for i in range(position - 1, -1, -1) if self.entries[i].flags & FLUSH), 0)

    def unsure(self, position):
        return [entry for entry in self.entries[self.last_flush(position):position]
                if entry.is_write() and not entry.flags & FUA]


def plan(log, variants, told):
    begin, end = log.position("begin"), log.position("end")
    number = 0
    flushes = 0
    for position in range(begin + 1, end + 1):
        entry, following = log.entries[position - 1], log.entries[position]
        is_told = entry.mark is not None and entry.mark.startswith("told-")
        if is_told:
            told = int(entry.mark[5:])
        flushes += 1 if entry.flags & FLUSH else 0
        kinds = ["all"] if entry.is_write() or is_told or position == begin + 1 else []
        if following.flags & (FLUSH | FUA) or is_told:
            unsure = len(log.unsure(position))
            kinds += ["none"] if unsure > 0 else []
            kinds += [str(i) for i in range(1, variants + 1)] if unsure > 1 else []
        for kind in kinds:
            number += 1
            print(number, position, kind, told)
    writes = sum(entry.is_write() for entry in log.entries[begin:end])
    print(f"{writes} writes, {flushes} flushes", file=sys.stderr)


class Disk:
    """The disk at a position; positions only grow."""

    def __init__(self, log, path):
        self.log = log
        self.position = 0
        with open(path, "rb") as file:
            self.octets = bytearray(file.read())

    def write(self, octets, entry, blocks=None):
        data = self.log.data(entry)
        for i in blocks if blocks is not None else range(-(-entry.size // BLOCK)):
            part = data[i * BLOCK:(i + 1) * BLOCK]
            at = entry.begin + i * BLOCK
            octets[at:at + len(part)] = part

    def go_to(self, position):
        for entry in self.log.entries[self.position:position]:
            if entry.is_write():
                self.write(self.octets, entry)
        self.position = max(self.position, position)

    def cut(self, position, kind, chance):
        last = self.log.last_flush(position)
        self.go_to(last)
        octets = bytearray(self.octets)
        for entry in self.log.entries[last:position]:
            if not entry.is_write():
                continue
            if entry.flags & FUA or kind == "all":
                self.write(octets, entry)
            elif kind != "none":
                fate = chance.random()
                count = -(-entry.size // BLOCK)
                if fate < 0.45:
                    self.write(octets, entry)
                elif fate < 0.6:
                    self.write(octets, entry, sorted(chance.sample(range(count), chance.randrange(count + 1))))
        return octets


def serve(log, seed, disk, device):
    for line in sys.stdin:
        number, position, kind = line.split()[:3]
        octets = disk.cut(int(position), kind, random.Random(f"{seed} {number}"))
        with open(device, "r+b") as file:
            file.write(octets)
        print("ready", flush=True)


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 4 and arguments[0] == "plan":
        plan(Log(arguments[1]), int(arguments[2]), int(arguments[3]))
    elif len(arguments) == 5 and arguments[0] == "serve":
        log = Log(arguments[1])
        serve(log, arguments[2], Disk(log, arguments[3]), arguments[4])
    else:
        sys.exit(__doc__)


main()
