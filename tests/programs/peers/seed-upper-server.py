"""The seed's second server, in Python 3, as it stands there, with its faults: a client that leaves while its answer is
ready to go is a KeyError. It listens where the system chooses, and says so first."""

import queue
import select
import socket

server = socket.socket()
server.bind(("localhost", 0))
server.setblocking(False)
server.listen(1000)
print("listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)

inputs = [server]
outputs = []
msg_dic = {}

while True:
    readable, writeable, exceptional = select.select(inputs, outputs, inputs)
    for r in readable:
        if r is server:
            conn, addr = r.accept()
            conn.setblocking(False)
            inputs.append(conn)
            msg_dic[conn] = queue.Queue()
        else:
            data = r.recv(1024)
            if data:
                msg_dic[r].put(data)
                if r not in outputs:
                    outputs.append(r)
            else:
                if r in outputs:
                    outputs.remove(r)
                inputs.remove(r)
                del msg_dic[r]
    for w in writeable:
        try:
            next_msg = msg_dic[w].get_nowait()
        except queue.Empty:
            outputs.remove(w)
        else:
            w.send(next_msg.upper())
    for e in exceptional:
        inputs.remove(e)
        if e in outputs:
            outputs.remove(e)
        e.close()
        del msg_dic[e]
