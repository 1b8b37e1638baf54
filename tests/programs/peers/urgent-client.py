"""Urgent data (TCP's out-of-band byte) around normal data, which must come back. Arguments: host and port."""

import socket
import sys

ROUNDS = 50


def receive(s, length):
    received = b""
    while len(received) < length:
        data = s.recv(length - len(received))
        if not data:
            sys.exit("the stream ended early")
        received += data
    return received


with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) as s:
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for number in range(ROUNDS):
        before = b"before %d" % number
        behind = b"behind %d" % number
        # In one go, or one after the other: the mark cuts the server's read short in the one case only.
        s.sendall(before)
        if number % 2 == 0 and receive(s, len(before)) != before:
            sys.exit("not what was sent")
        s.send(b"!", socket.MSG_OOB)
        s.sendall(behind)
        expected = behind if number % 2 == 0 else before + behind
        if receive(s, len(expected)) != expected:
            sys.exit("not what was sent")
    # The end of the stream right behind an urgent byte.
    s.sendall(b"last")
    s.send(b"!", socket.MSG_OOB)
    s.shutdown(socket.SHUT_WR)
    if receive(s, 4) != b"last" or s.recv(1) != b"":
        sys.exit("not what was sent, or more")
    print(ROUNDS, "rounds")
