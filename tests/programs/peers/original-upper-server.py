"""The second original select server, with its faults: a client that leaves while its answer is ready raises KeyError.
Prints its port first."""

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
    print("waiting for next event....")
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
                print("收到来自[%s]发过来的数据:%s" % (r.getpeername()[0], data))
                msg_dic[r].put(data)
                if r not in outputs:
                    outputs.append(r)
            else:
                print("客户端断开", r)
                if r in outputs:
                    outputs.remove(r)
                inputs.remove(r)
                del msg_dic[r]
    for w in writeable:
        try:
            next_msg = msg_dic[w].get_nowait()
        except queue.Empty:
            print("client [%s]" % w.getpeername()[0], "queue is empty..")
            outputs.remove(w)
        else:
            print("sending msg to [%s]" % w.getpeername()[0], next_msg)
            w.send(next_msg.upper())
    for e in exceptional:
        print("handling exception for ", e.getpeername())
        inputs.remove(e)
        if e in outputs:
            outputs.remove(e)
        e.close()
        del msg_dic[e]
