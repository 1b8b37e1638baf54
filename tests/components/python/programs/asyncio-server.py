"""TCP echo by asyncio's streams. It listens where the system chooses, and says so first."""

import asyncio


async def serve(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # the client has reset the connection, and wants no answer
    finally:
        writer.close()


async def main():
    # As many as may come at once before the loop has its next turn.
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print("listening on 127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
