"""The original client by asyncio: three messages over two connections at once. Arguments: host and port."""

import asyncio
import sys

messages = ["This is the message. ", "It will be sent ", "in parts."]


async def converse(host, port):
    reader, writer = await asyncio.open_connection(host, port)
    name = writer.get_extra_info("sockname")
    for message in messages:
        print('%s: sending "%s"' % (name, message))
        writer.write(message.encode())
        await writer.drain()
        data = await asyncio.wait_for(reader.readexactly(len(message)), timeout=20)
        print('%s: received "%s"' % (name, data.decode()))
    writer.close()
    await writer.wait_closed()


async def main(host, port):
    await asyncio.gather(converse(host, port), converse(host, port))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
