"""asyncio: tasks, a server and its clients, pairs, time-outs, signals, child processes' pipes."""

import asyncio
import os
import signal
import socket


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def talk(host, port, number):
    reader, writer = await asyncio.open_connection(host, port)
    answers = []
    for i in range(3):
        writer.write(b"client %d line %d\n" % (number, i))
        await writer.drain()
        answers.append(await reader.readline())
    writer.write_eof()
    answers.append(await reader.read())
    writer.close()
    await writer.wait_closed()
    return answers


async def streams():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**20)
    async with server:
        host, port = server.sockets[0].getsockname()
        for answers in await asyncio.gather(*(talk(host, port, n) for n in range(4))):
            print(answers)
        big = b"x" * 300000
        reader, writer = await asyncio.open_connection(host, port, limit=2**20)
        writer.write(big + b"\n")
        print(len(await reader.readuntil(b"\n")))
        writer.close()
    try:
        await asyncio.open_connection("127.0.0.1", port)
    except OSError as e:
        print(type(e).__name__)


async def loop_sockets():
    loop = asyncio.get_running_loop()
    a, b = socket.socketpair()
    with a, b:
        a.setblocking(False)
        b.setblocking(False)
        receiving = asyncio.create_task(loop.sock_recv(b, 100))
        await loop.sock_sendall(a, b"through the loop")
        print(await receiving)
        seen = loop.create_future()
        loop.add_reader(b, lambda: seen.done() or seen.set_result(b.recv(100)))
        a.send(b"reader")
        print(await seen, loop.remove_reader(b), loop.remove_reader(b))


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data[::-1], address)


async def datagrams():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.setblocking(False)
        await loop.sock_sendto(s, b"abc", transport.get_extra_info("sockname"))
        print(await loop.sock_recv(s, 10))
    transport.close()


async def waiting():
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(0.02):
            await asyncio.sleep(30)
    except TimeoutError as e:
        print(repr(e))
    done = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, done.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(await asyncio.wait_for(done.wait(), 20), loop.remove_signal_handler(signal.SIGUSR1))
    queue = asyncio.Queue(2)

    async def produce():
        for i in range(5):
            await queue.put(i)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        print([await queue.get() for _ in range(5)])
    try:
        async with asyncio.TaskGroup() as group:
            sleeper = group.create_task(asyncio.sleep(30))
            group.create_task(loop_sockets())
            raise KeyError("ends the group")
    except* KeyError as e:
        print(repr(e), sleeper.cancelled())


async def main():
    for part in (streams, loop_sockets, datagrams, waiting):
        print(part.__name__)
        await part()
    return "done"


print(asyncio.run(main()))
