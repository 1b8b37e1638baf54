"""The original client: sends three messages over two connections. Arguments: host and port."""

import socket
import sys

messages = [
    b"This is the message. ",
    b"It will be sent ",
    b"in parts.",
]
server_address = (sys.argv[1], int(sys.argv[2]))

socks = [
    socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    socket.socket(socket.AF_INET, socket.SOCK_STREAM),
]
for s in socks:
    s.connect(server_address)

for message in messages:
    # Send messages on both sockets
    for s in socks:
        print('%s: sending "%s"' % (s.getsockname(), message.decode()))
        s.send(message)

    # Read responses on both sockets
    for s in socks:
        data = s.recv(1024)
        print('%s: received "%s"' % (s.getsockname(), data.decode()))
        if not data:
            print("closing socket", s.getsockname())
