# Hands frames from one device to the other and back, later, unevenly and with losses: what netem does where the kernel has it.
# python3 delay.py DEVICE DEVICE DELAY_MS JITTER_MS LOSS_PERCENT
import heapq
import random
import select
import socket
import sys
import time

names, (delay, jitter, loss) = sys.argv[1:3], map(float, sys.argv[3:6])
random.seed(7)
ends = []
for name in names:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    end.bind((name, 0))
    ends.append(end)
waiting = []
last = [0.0, 0.0]
number = 0
while True:
    now = time.monotonic()
    pause = max(0.0, waiting[0][0] - now) if waiting else 1.0
    ready, _, _ = select.select(ends, [], [], pause)
    now = time.monotonic()
    for end in ready:
        frame, address = end.recvfrom(70000)
        if address[2] == socket.PACKET_OUTGOING or random.random() * 100 < loss:
            continue
        side = ends.index(end)
        # One path keeps the order.
        due = max(last[side], now + (delay + random.random() * jitter) / 1000)
        last[side] = due
        number += 1
        heapq.heappush(waiting, (due, number, 1 - side, frame))
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, side, frame = heapq.heappop(waiting)
        try:
            ends[side].send(frame)
        except OSError:
            pass
