"""Many clients at once, by asyncio: each sends messages of its own and compares every byte. Arguments: host, port, how many."""

import asyncio
import random
import sys

ROUNDS = 4
LARGEST = 20000


async def connect(host, port):
    return await asyncio.open_connection(host, port)


async def converse(reader, writer, source):
    compared = 0
    for _ in range(ROUNDS):
        message = source.randbytes(source.randrange(1, LARGEST))
        writer.write(message)
        received = await reader.readexactly(len(message))
        if received != message:
            sys.exit("%d bytes came back changed" % len(message))
        compared += len(message)
    writer.write_eof()
    if await reader.read() != b"":
        sys.exit("more came back than was sent")
    writer.close()
    return compared


async def main(host, port, count):
    # All are there before the first one speaks.
    streams = await asyncio.gather(*(connect(host, port) for _ in range(count)))
    compared = await asyncio.gather(
        *(converse(reader, writer, random.Random(number)) for number, (reader, writer) in enumerate(streams))
    )
    print(count, "connections,", sum(compared), "bytes compared")


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
