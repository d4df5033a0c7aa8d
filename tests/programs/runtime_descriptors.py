"""Files that nobody refers to any more are closed before descriptors run out, whoever wants one."""

import os
import resource
import select
import socket
import tempfile

MOST = 48

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
folder = tempfile.mkdtemp()
path = os.path.join(folder, "file")
with open(path, "w") as f:
    f.write("text\n")


def text_file():
    f = open(path)
    return f.readline()


def written_file():
    f = open(path + ".out", "w")
    f.write("buffered")
    return f.tell() >= 0


def binary_file():
    return open(path, "rb", buffering=0).fileno() >= 0


def pipe_ends():
    ends = [os.fdopen(fd, mode) for fd, mode in zip(os.pipe(), ("rb", "wb"))]
    return len(ends)


def one_socket():
    return socket.socket(socket.AF_UNIX).fileno() >= 0


def two_sockets():
    a, b = socket.socketpair()
    a.send(b"x")
    return b.recv(1)


def duplicate():
    f = open(path)
    return os.fdopen(os.dup(f.fileno())).read()


def scan():
    return next(os.scandir(folder)).name in ("file", "file.out")


def epoll():
    return select.epoll().fileno() >= 0


def listed_when_all_are_taken():
    files = [open(path) for _ in range(8)]
    return len(files) and sorted(os.listdir(folder))


def no_directory():
    """Nothing that a collection could close is left open."""
    with open(path) as f:
        for look in os.listdir, os.scandir:
            try:
                look(f.fileno())
            except NotADirectoryError as error:
                last = error.strerror
    return last


resource.setrlimit(resource.RLIMIT_NOFILE, (MOST, hard))
for make in (
    text_file,
    written_file,
    binary_file,
    pipe_ends,
    one_socket,
    two_sockets,
    duplicate,
    scan,
    epoll,
    listed_when_all_are_taken,
    no_directory,
):
    results = {str(make()) for _ in range(3 * MOST)}
    print(make.__name__, sorted(results))


def run_out():
    held = []
    try:
        for _ in range(3 * MOST):
            held.append(open(path))
    except OSError as error:
        print(type(error).__name__, error.errno, error.strerror, error.filename == path)
    try:
        os.pipe()
        os.pipe()
    except OSError as error:
        print(type(error).__name__, error.errno)


# Without garbage there is nothing to close, and the error is the usual one.
run_out()
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
with open(path) as f:
    print(f.read())
for name in os.listdir(folder):
    os.remove(os.path.join(folder, name))
os.rmdir(folder)
