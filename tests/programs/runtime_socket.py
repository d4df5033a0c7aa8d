"""Sockets: pairs, TCP, UDP, UNIX, addresses, options, time-outs, errors, messages with descriptors, selectors."""

import array
import errno
import gc
import os
import select
import selectors
import signal
import socket
import tempfile
import warnings


def attempt(function, *args, **kwargs):
    try:
        print(function.__name__, function(*args, **kwargs))
    except KeyError:  # a descriptor's number, which depends on who else has some open
        print(function.__name__, "KeyError")
    except Exception as e:
        print(function.__name__, type(e).__name__, e)


# ---------------------------------------------------------------- pairs

a, b = socket.socketpair()
with a, b:
    print(a.family, a.type, a.proto, a.gettimeout(), a.getblocking(), a.getsockname(), a.fileno() > 2)
    print(
        a.send(b"one"), b.recv(2), b.recv(100), a.sendall(memoryview(b"two" * 3)), b.recv(4, socket.MSG_PEEK)
    )
    into = bytearray(8)
    print(b.recv_into(into, 3), into, b.recv_into(into), into, a.sendall(b""))
    a.sendall(b"x" * 60000)
    got = b""
    while len(got) < 60000:
        got += b.recv(65536)
    print(len(got), set(got))
    for call in (b.recv, b.recvfrom):
        attempt(call, -1)
    attempt(b.recv_into, bytearray(2), 3)
    attempt(b.recv_into, b"constant")
    attempt(a.send, "text")
    b.setblocking(False)
    print(b.gettimeout(), b.timeout, b.getblocking())
    attempt(b.recv, 10)
    b.settimeout(0.02)
    print(b.gettimeout(), b.getblocking())
    attempt(b.recv, 10)
    for bad in (-1, "1", float("nan"), 1e300, 10**30):
        attempt(b.settimeout, bad)
    a.shutdown(socket.SHUT_WR)
    print(b.recv(10), a.getpeername() == "")
    b.close()
    a.settimeout(None)
    attempt(a.send, b"to nobody")
    print(b.fileno(), repr(b)[:25], a.detach() > 2, a.fileno())
    attempt(b.recv, 1)
    attempt(b.getsockname)

# ---------------------------------------------------------------- TCP

with socket.create_server(("127.0.0.1", 0)) as server:
    host, port = server.getsockname()
    print(host, port > 0, server.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    server.settimeout(0.02)
    attempt(server.accept)
    with socket.create_connection((host, port), timeout=5) as client:
        peer, address = server.accept()
        with peer:
            print(address == client.getsockname(), client.getpeername() == (host, port), peer.gettimeout())
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with peer.makefile("rwb") as stream:
                print(stream.readline(), stream.readline())
                stream.write(b"200\n")
            print(client.recv(10))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            print(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)
            linger = client.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            print(linger, client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger))
            attempt(client.getsockopt, socket.SOL_SOCKET, socket.SO_LINGER, 4000)
            attempt(client.setsockopt, 1, 2, None, 1)
            attempt(client.setsockopt, 1, 2, 1.5)
            again = socket.socket(fileno=os.dup(client.fileno()))
            print(
                again.family,
                again.type,
                again.proto == socket.IPPROTO_TCP,
                again.getpeername() == (host, port),
            )
            again.close()
            copy = client.dup()
            print(copy.getpeername() == client.getpeername(), copy.get_inheritable(), copy.close())
    refused = socket.socket()
    refused.bind(("", 0))
    nobody = refused.getsockname()[1]
    with socket.socket() as s:
        attempt(s.connect, ("127.0.0.1", nobody))
        print(errno.errorcode[s.connect_ex(("127.0.0.1", nobody))])
        for bad in (
            ("127.0.0.1", 70000),
            ("127.0.0.1", -1),
            ("127.0.0.1", 10**20),
            "host:1",
            ("h",),
            (1, 2),
            ("a\0", 1),
        ):
            attempt(s.connect, bad)
        attempt(s.accept)
        attempt(s.getpeername)
        attempt(s.bind, ("127.0.0.1", port))
        attempt(s.bind, ("::1", 0))
    refused.close()

# ---------------------------------------------------------------- UDP, UNIX

with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as two:
    one.bind(("127.0.0.1", 0))
    two.bind(("localhost", 0))
    print(one.sendto(b"datagram", two.getsockname()), two.recvfrom(100)[0])
    print(one.sendto(b"flags", 0, two.getsockname()), two.recvfrom_into(into)[0], into)
    print(two.sendmsg([b"a", bytearray(b"b")], [], 0, one.getsockname()), one.recvmsg(10)[0])
    attempt(one.sendto, b"")
    attempt(one.sendto, b"x", 0, ("127.0.0.1", 1), 3)

folder = tempfile.mkdtemp()
path = os.path.join(folder, "a.sock")
with socket.socket(socket.AF_UNIX) as server:
    print(repr(server.getsockname()))
    server.bind(path)
    server.listen()
    print(server.getsockname() == path)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(os.fsencode(path))
        peer, address = server.accept()
        print(repr(address), client.getpeername() == path)
        fds = array.array("i", [server.fileno()])
        client.sendmsg([b"with ", b"descriptor"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        data, ancillary, flags, address = peer.recvmsg(100, socket.CMSG_SPACE(4))
        level, kind, raw = ancillary[0]
        print(
            data,
            level == socket.SOL_SOCKET,
            kind == socket.SCM_RIGHTS,
            len(raw),
            flags & socket.MSG_CTRUNC,
            address,
        )
        with socket.socket(fileno=array.array("i", raw)[0]) as sent:
            print(sent.getsockname() == path)
        socket.send_fds(client, [b"again"], [0, 1])
        message, fds, flags, address = socket.recv_fds(peer, 100, 2)
        print(message, len(fds), [os.close(fd) for fd in fds])
        parts = [bytearray(3), bytearray(4)]
        client.sendall(b"scatter")
        print(peer.recvmsg_into(parts), parts)
        peer.close()
    attempt(server.bind, "x" * 200)
    attempt(server.bind, 1)
os.unlink(path)
os.rmdir(folder)
with socket.socket(socket.AF_UNIX) as s:
    s.bind(b"\0gcrt test %d" % os.getpid())
    print(s.getsockname()[:11])
print(socket.CMSG_LEN(0), socket.CMSG_LEN(5), socket.CMSG_SPACE(5))
attempt(socket.CMSG_LEN, -1)

# ---------------------------------------------------------------- names and numbers

for text in ("127.0.0.1", "1.2", "256.1.1.1", "x"):
    attempt(socket.inet_aton, text)
attempt(socket.inet_ntoa, b"\x01\x02\x03\xff")
attempt(socket.inet_ntoa, b"\x01")
attempt(socket.inet_pton, socket.AF_INET6, "fe80::1")
attempt(socket.inet_pton, socket.AF_INET, "fe80::1")
attempt(socket.inet_pton, 999, "1.2.3.4")
attempt(socket.inet_ntop, socket.AF_INET6, bytes(15) + b"\x01")
attempt(socket.inet_ntop, socket.AF_INET, b"123")
attempt(socket.inet_ntop, 999, b"1234")
for n in (1, 0xFFFF, -1, 0x10000, "1"):
    attempt(socket.htons, n)
    attempt(socket.htonl, n)
attempt(socket.ntohl, 2**32)
attempt(socket.getprotobyname, "no such thing")
attempt(socket.getservbyname, "no such thing")
attempt(socket.getservbyport, 65536)
attempt(socket.gethostbyname, "127.0.0.1")
attempt(socket.gethostbyname, "")
attempt(socket.gethostbyname, "<broadcast>")
attempt(socket.getaddrinfo, "127.0.0.1", 80, type=socket.SOCK_STREAM)
attempt(socket.getaddrinfo, b"::1", "80", 0, socket.SOCK_STREAM)
attempt(socket.getaddrinfo, None, 0, socket.AF_INET, socket.SOCK_DGRAM)
attempt(socket.getaddrinfo, "127.0.0.1", "no such thing")
attempt(socket.getaddrinfo, "300.1.1.1", 1, flags=socket.AI_NUMERICHOST)
attempt(socket.getaddrinfo, "h" * 80, 1)
attempt(socket.getaddrinfo, 1, 1)
attempt(socket.getaddrinfo, "h", 1.5)
attempt(socket.getnameinfo, ("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
attempt(socket.getnameinfo, ("::1", 80, 0, 0), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
attempt(socket.getnameinfo, "x", 0)
attempt(socket.if_nametoindex, "no such thing")
attempt(socket.if_indextoname, 12345678)
print(dict(socket.if_nameindex()).get(1), isinstance(socket.gethostname(), str), socket.has_ipv6)
print(
    socket.error is OSError,
    socket.timeout is TimeoutError,
    socket.gaierror.__mro__[1],
    socket.herror.__module__,
)
attempt(socket.socket, 12345)
attempt(socket.socket, fileno=-1)
attempt(socket.socket, fileno=1.5)
attempt(socket.socket, fileno=99999)
with tempfile.TemporaryFile() as file:
    attempt(socket.socket, fileno=file.fileno())
socket.setdefaulttimeout(1.5)
with socket.socket() as s:
    print(s.gettimeout(), socket.getdefaulttimeout(), socket.setdefaulttimeout(None))

# ---------------------------------------------------------------- waiting

a, b = socket.socketpair()
with a, b:
    print(select.select([a, b], [], [], 0), [x is a for x in select.select([], [a], [a], 1)[1]])
    attempt(select.select, [a], [], [], -1)
    attempt(select.select, 1, [], [])
    attempt(select.select, ["x"], [], [])
    attempt(select.select, [], [], [], "x")
    a.send(b"!")
    print([x is b for x in select.select([a, b], [], [])[0]])
    p = select.poll()
    p.register(a)
    p.register(b.fileno(), select.POLLIN)
    print(sorted((fd == b.fileno(), events) for fd, events in p.poll(0)))
    print(
        p.modify(a, select.POLLIN),
        [(fd == b.fileno(), events) for fd, events in p.poll(5.5)],
        p.unregister(b),
    )
    print(p.poll(1), type(p))
    attempt(p.unregister, b)
    attempt(p.modify, b, 1)
    attempt(p.register, a, -1)
    attempt(p.register, a, 1 << 16)
    attempt(p.poll, "x")
    with select.epoll() as e:
        e.register(a)
        e.register(b, select.EPOLLIN | select.EPOLLET)
        print(sorted((fd == b.fileno(), events) for fd, events in e.poll(1)), e.closed, e.fileno() > 2)
        print(e.modify(a, 0), e.poll(0.001), e.unregister(b), e.poll(0, 5))
        attempt(e.register, a)
        attempt(e.modify, b, 1)
        attempt(e.poll, 0, 0)
        attempt(e.poll, "x")
    attempt(e.poll)
    attempt(e.__enter__)
    print(e.close(), e.closed)
    attempt(select.epoll, 0)
    attempt(select.epoll, 1, 5)
    for kind in (
        selectors.SelectSelector,
        selectors.PollSelector,
        selectors.EpollSelector,
        selectors.DefaultSelector,
    ):
        with kind() as selector:
            key = selector.register(b, selectors.EVENT_READ, "data")
            print(kind.__name__, [(k == key, k.data, events) for k, events in selector.select(1)])
            print(selector.unregister(b) == key, selector.select(0.001))

# ---------------------------------------------------------------- signals, forgotten sockets


def stop(number, frame):
    raise ArithmeticError("from the handler")


a, b = socket.socketpair()
with a, b:
    signal.signal(signal.SIGALRM, lambda number, frame: a.send(b"by the handler"))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    print(b.recv(100))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    print([x is b for x in select.select([b], [], [])[0]], b.recv(100))
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    attempt(b.recv, 100)
    b.settimeout(10)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    attempt(b.recv, 100)


def forget(n):
    if n > 0:
        socket.socket()
        forget(n - 1)


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    forget(20)
    gc.collect()
    print(len(caught) > 0, {w.category.__name__ for w in caught}, {str(w.message)[:26] for w in caught})
