"""The seed's first server, in Python 3, as it stands there, with its faults: it looks for clients for ever once one has
left. It listens where the system chooses, and says so first."""

import queue
import select
import socket

server = socket.socket()
server.bind(("localhost", 0))
server.listen(1000)
server.setblocking(False)
print("listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)

inputs = [server]
outputs = []
msg_dic = {}
while True:
    readable, writeable, exceptional = select.select(inputs, outputs, inputs)
    for r in readable:
        if r is server:
            conn, addr = server.accept()
            inputs.append(conn)
            msg_dic[conn] = queue.Queue()
        else:
            data = r.recv(1024)
            msg_dic[r].put(data)
            outputs.append(r)
    for w in writeable:
        data_to_client = msg_dic[w].get()
        w.send(data_to_client)
        outputs.remove(w)
    for e in exceptional:
        if e in outputs:
            outputs.remove(e)
        inputs.remove(e)
        del msg_dic[e]
