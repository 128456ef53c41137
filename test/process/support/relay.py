"""
relay.py NEAR FAR DELAY_MS LOSS_PERCENT near|far

Passes frames between two interfaces of its namespace, as netem does where the kernel has it: what comes from FAR waits for
DELAY_MS, and of the TCP segments with data that come from NEAR or FAR (last argument) LOSS_PERCENT are dropped. At the end
of stdin it prints what it really did.
"""

import heapq
import json
import os
import random
import select
import socket
import statistics
import struct
import sys
import time

near, far, delay_ms, loss_percent, lossy = sys.argv[1:]
delay = float(delay_ms) / 1000
dice = random.Random(7)
SO_TIMESTAMPNS = 35
SOL_PACKET, PACKET_STATISTICS, PACKET_OUTGOING = 263, 6, 4

try:
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
except OSError:
    pass


def listen(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(socket.SOL_SOCKET, 33, 64 * 1024 * 1024)  # SO_RCVBUFFORCE
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    s.bind((name, 0))
    s.setblocking(False)
    return s


sockets = {"near": listen(near), "far": listen(far)}
other = {"near": sockets["far"], "far": sockets["near"]}
waiting, serial = [], 0
data, dropped = 0, 0
took = {"near": [], "far": []}


def tcp(frame):
    """Flags and length of the data of a TCP segment over IPv4, else (0, 0)."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return 0, 0
    ip = (frame[14] & 15) * 4
    return frame[14 + ip + 13], struct.unpack("!H", frame[16:18])[0] - ip - (frame[14 + ip + 12] >> 4) * 4


def pass_on(side, frame, arrived, flags):
    other[side].send(frame)
    if flags & 2:
        took[side].append((time.time() - arrived) * 1000)


print("ready", flush=True)
while True:
    timeout = max(0, waiting[0][0] - time.time()) if waiting else None
    ready, _, _ = select.select([sys.stdin, *sockets.values()], [], [], timeout)
    if sys.stdin in ready and not sys.stdin.readline():
        break
    for side in ("near", "far"):
        while sockets[side] in ready:
            try:
                frame, extra, _, address = sockets[side].recvmsg(65536, 64)
            except BlockingIOError:
                break
            if address[2] == PACKET_OUTGOING:
                continue
            seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
            arrived = seconds + nanoseconds / 1e9
            flags, length = tcp(frame)
            if side == lossy and length > 0:
                data += 1
                if dice.random() * 100 < float(loss_percent):
                    dropped += 1
                    continue
            if side == "far" and delay > 0:
                serial += 1
                heapq.heappush(waiting, (arrived + delay, serial, side, frame, arrived, flags))
            else:
                pass_on(side, frame, arrived, flags)
    while waiting and waiting[0][0] <= time.time():
        _, _, side, frame, arrived, flags = heapq.heappop(waiting)
        pass_on(side, frame, arrived, flags)

lost = sum(struct.unpack("II", s.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1] for s in sockets.values())
handshake = sum(statistics.median(times) for times in took.values() if times)
print(json.dumps({"handshakeMs": handshake, "data": data, "dropped": dropped, "overflow": lost}))
