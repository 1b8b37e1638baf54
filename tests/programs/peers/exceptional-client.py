"""An urgent byte, and what becomes of the connection. Arguments: host and port. Prints what came, then how it ended."""

import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) as s:
    s.sendall(b"before")
    print(s.recv(6).decode())
    s.send(b"!", socket.MSG_OOB)
    try:
        print("end" if s.recv(1) == b"" else "more")
    except ConnectionResetError:
        print("reset")
