"""fcntl, pwd, grp, resource: descriptors and locks, users and groups, limits."""

import array
import fcntl
import grp
import os
import pwd
import resource
import struct
import tempfile

FIONREAD = 0x541B


def attempt(function, *args, **kwargs):
    try:
        print(function.__name__, function(*args, **kwargs))
    except Exception as e:
        print(function.__name__, type(e).__name__, e)


# ---------------------------------------------------------------- fcntl

read, write = os.pipe()
os.write(write, b"seven b")
print(fcntl.fcntl(read, fcntl.F_GETFD), fcntl.fcntl(read, fcntl.F_GETFL) & os.O_NONBLOCK)
print(fcntl.fcntl(read, fcntl.F_SETFL, os.O_NONBLOCK), os.get_blocking(read), fcntl.FD_CLOEXEC)
answer = array.array("i", [0])
print(fcntl.ioctl(read, FIONREAD, answer), answer, struct.unpack("i", fcntl.ioctl(read, FIONREAD, b"\0" * 4)))
print(
    struct.unpack("i", fcntl.ioctl(read, FIONREAD, answer, False)), fcntl.ioctl(read, FIONREAD, bytearray(4))
)
attempt(fcntl.fcntl, -1, fcntl.F_GETFD)
attempt(fcntl.fcntl, 99999, fcntl.F_GETFD)
attempt(fcntl.fcntl, "x", fcntl.F_GETFD)
attempt(fcntl.fcntl, read, fcntl.F_GETFD, 1.5)
attempt(fcntl.fcntl, read, fcntl.F_GETFD, b"x" * 2000)
attempt(fcntl.ioctl, read, FIONREAD, b"x" * 2000)
attempt(fcntl.ioctl, read, 0, 0)
attempt(fcntl.ioctl, read, FIONREAD, [])
with tempfile.TemporaryFile() as file, open(f"/proc/self/fd/{file.fileno()}", "r+b") as again:
    print(fcntl.flock(file, fcntl.LOCK_EX))
    attempt(fcntl.flock, again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print(fcntl.flock(file, fcntl.LOCK_UN), fcntl.flock(again, fcntl.LOCK_SH | fcntl.LOCK_NB))
    print(fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5), fcntl.lockf(file, fcntl.LOCK_UN))
    attempt(fcntl.lockf, file, 0)
    lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
    print(struct.unpack("hhqqi4x", fcntl.fcntl(file, fcntl.F_GETLK, lock))[0] == fcntl.F_UNLCK)
os.close(read)
os.close(write)

# ---------------------------------------------------------------- pwd, grp

root = pwd.getpwuid(0)
print(root, root.pw_name, len(root), root == pwd.getpwnam("root"), root in pwd.getpwall())
print(
    grp.getgrgid(0),
    grp.getgrnam("root").gr_gid,
    grp.getgrgid(0) in grp.getgrall(),
    type(root),
    grp.struct_group,
)
for call, bad in (
    (pwd.getpwuid, 4000000001),
    (pwd.getpwuid, 2**40),
    (pwd.getpwuid, -2),
    (pwd.getpwuid, "root"),
    (pwd.getpwnam, "no such user"),
    (pwd.getpwnam, 0),
    (pwd.getpwnam, "a\0b"),
    (grp.getgrgid, 4000000001),
    (grp.getgrgid, 2**70),
    (grp.getgrgid, None),
    (grp.getgrnam, "no such group"),
    (grp.getgrnam, b"root"),
):
    attempt(call, bad)
print(os.path.expanduser("~root"), os.getgrouplist("root", 0)[0])

# ---------------------------------------------------------------- resource

soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
print(
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard)), resource.getrlimit(resource.RLIMIT_CORE) == (0, hard)
)
print(resource.prlimit(0, resource.RLIMIT_CORE, [0, hard]) == (0, hard), resource.RLIM_INFINITY)
attempt(resource.getrlimit, 100)
attempt(resource.setrlimit, resource.RLIMIT_CORE, (1,))
attempt(resource.setrlimit, resource.RLIMIT_CORE, (10, 5))
attempt(resource.setrlimit, resource.RLIMIT_CORE, 5)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(len(usage), usage.ru_utime > 0, usage.ru_maxrss > 1000, type(usage), resource.getpagesize())
attempt(resource.getrusage, 77)

# ---------------------------------------------------------------- limits and options by name

print(len(os.sysconf_names), len(os.pathconf_names), len(os.confstr_names))
print([os.sysconf(name) for name in ("SC_PAGE_SIZE", "SC_CLK_TCK", "SC_OPEN_MAX", "SC_ARG_MAX")])
print(os.sysconf(os.sysconf_names["SC_NPROCESSORS_ONLN"]) > 0, os.pathconf("/", "PC_NAME_MAX"))
print(os.confstr("CS_PATH"), os.pathconf(b"/", os.pathconf_names["PC_PATH_MAX"]))
for name in ("SC_NO_SUCH_NAME", 1.5, -1):
    for function in (os.sysconf, os.confstr):
        try:
            print(function(name))
        except (ValueError, TypeError, OSError) as error:
            print(type(error).__name__, error)
