"""TCP echo by socket and selectors that lasts: it answers all of a message, and outlives what clients do. Arguments: host and
port. It says first where it listens."""

import selectors
import socket
import sys

selector = selectors.DefaultSelector()


def accept(listener):
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ, bytearray())


def converse(connection, pending, mask):
    try:
        if mask & selectors.EVENT_READ:
            data = connection.recv(65536)
            if not data:
                raise EOFError
            pending += data
        if pending:
            del pending[: connection.send(pending)]
    except BlockingIOError:
        pass
    except (EOFError, OSError):
        selector.unregister(connection)
        connection.close()
        return
    # What is not sent yet is sent before more is read.
    wanted = selectors.EVENT_WRITE if pending else selectors.EVENT_READ
    if selector.get_key(connection).events != wanted:
        selector.modify(connection, wanted, pending)


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen(1024)
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ)
print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)

while True:
    for key, mask in selector.select():
        if key.fileobj is listener:
            accept(listener)
        else:
            converse(key.fileobj, key.data, mask)
