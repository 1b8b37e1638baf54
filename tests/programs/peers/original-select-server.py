"""The original select server, with its faults: it spins once a client has left. Prints its port first."""

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
    print(readable, writeable, exceptional)
    for r in readable:
        if r is server:
            conn, addr = server.accept()
            print("来了一个新连接", addr)
            inputs.append(conn)
            msg_dic[conn] = queue.Queue()
        else:
            data = r.recv(1024)
            print("recv: ", data)
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
