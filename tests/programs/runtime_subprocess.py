"""Child processes: pipes, time-outs, what the child gets, errors of its start."""

import os
import signal
import subprocess
import tempfile
from subprocess import DEVNULL, PIPE, STDOUT


def attempt(function, *args, **kwargs):
    try:
        print(function(*args, **kwargs))
    except Exception as e:
        text = str(e) if not isinstance(e, subprocess.TimeoutExpired) else e.cmd
        print(type(e).__name__, text, getattr(e, "filename", None))


def shell(script, **kwargs):
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, **kwargs).stdout


# ---------------------------------------------------------------- results

attempt(subprocess.run, ["echo", "one", "ü"], capture_output=True, text=True)
attempt(subprocess.check_output, "cat; echo more; exit 0", shell=True, input=b"in ")
attempt(subprocess.check_output, ["sh", "-c", "echo no >&2; exit 3"], stderr=STDOUT)
attempt(subprocess.run, ["false"], check=True)
attempt(subprocess.call, ["sh", "-c", "kill -9 $$"])
attempt(subprocess.getstatusoutput, "echo out; exit 4")
attempt(subprocess.run, ["true"], stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
big = b"0123456789" * 30000
print(subprocess.run(["cat"], input=big, stdout=PIPE).stdout == big)
print(
    len(subprocess.run(["sh", "-c", "cat; cat >&2 <&0; echo e >&2"], input=big, capture_output=True).stderr)
)

# ---------------------------------------------------------------- pipes, one piece at a time

with subprocess.Popen(["cat"], stdin=PIPE, stdout=PIPE, text=True, bufsize=1) as p:
    for line in ("first\n", "second\n"):
        p.stdin.write(line)
        p.stdin.flush()
        print(p.poll(), repr(p.stdout.readline()))
    print(p.communicate("rest"), p.returncode)
with (
    subprocess.Popen(["sort"], stdin=PIPE, stdout=PIPE) as p,
    subprocess.Popen(["echo", "z"], stdout=p.stdin) as q,
):
    p.stdin.write(b"b\na\n")
    p.stdin.close()
    print(p.stdout.read(), p.wait(), q.wait())

# ---------------------------------------------------------------- time-outs and signals

attempt(subprocess.run, ["sleep", "20"], timeout=0.05)
attempt(subprocess.run, ["sh", "-c", "echo before; sleep 20"], timeout=0.2, capture_output=True)
with subprocess.Popen(["sleep", "20"]) as p:
    attempt(p.wait, 0.02)
    print(p.poll(), p.terminate(), p.wait() == -signal.SIGTERM, p.terminate())
with subprocess.Popen(
    ["sh", "-c", "trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done"], stdout=PIPE
) as p:
    print(p.stdout.readline(), p.send_signal(signal.SIGUSR1), p.wait())

# ---------------------------------------------------------------- what the child gets

os.environ["GCRT_TEST_CHILD"] = "inherited"
print(
    shell("echo $GCRT_TEST_CHILD"), shell("echo $A$GCRT_TEST_CHILD", env={"A": "own"}), shell("pwd", cwd="/")
)
print(shell("umask", umask=0o27), shell("echo $0 $1", executable="/bin/sh"))
print(shell("echo $(( $(cut -d' ' -f5 /proc/$$/stat) == $$ ))", process_group=0))
print(shell("echo $(( $(cut -d' ' -f6 /proc/$$/stat) == $$ ))", start_new_session=True))
print(shell("echo child", preexec_fn=lambda: os.write(1, b"before ")))
print(shell("grep SigIgn /proc/self/status") == shell("grep SigIgn /proc/self/status", restore_signals=False))
if os.getuid() == 0:
    print(shell("id -u; id -g; id -G", user=12345, group=54321, extra_groups=[7, 8]))
read, write = os.pipe()
os.set_inheritable(write, True)
print(shell(f"echo x 2>/dev/null >&{write} || echo closed", pass_fds=()))
print(shell(f"echo through >&{write}", pass_fds=(write,)), os.read(read, 100))
print(shell(f"echo open >&{write}", close_fds=False), os.read(read, 100))
os.close(read)
os.close(write)
with tempfile.TemporaryFile() as file:
    subprocess.run(["echo", "to a file"], stdout=file)
    file.seek(0)
    print(file.read())

# ---------------------------------------------------------------- standard descriptors that are closed or exchanged

saved = [os.dup(fd) for fd in range(3)]
try:
    os.close(0)
    os.close(1)
    first = subprocess.run(["cat"], input=b"without 0 and 1", stdout=PIPE).stdout
    os.dup2(saved[1], 1)
    second = subprocess.run(["sh", "-c", "echo a; echo b >&2"], stdout=2, stderr=subprocess.PIPE).stderr
finally:
    for fd in range(3):
        os.dup2(saved[fd], fd)
        os.close(saved[fd])
print(first, second)

# ---------------------------------------------------------------- errors

attempt(subprocess.run, ["/no/such/program"])
attempt(subprocess.run, ["no-such-program-anywhere"])
attempt(subprocess.run, ["true"], cwd="/no/such/folder")
attempt(subprocess.run, ["/"])
attempt(subprocess.run, ["nul\0"])
attempt(subprocess.run, ["echo", 1])
attempt(subprocess.run, [])
attempt(subprocess.run, ["true"], env={"a=b": "c"})
attempt(subprocess.run, ["true"], preexec_fn=lambda: 1 / 0)
attempt(subprocess.run, ["true"], process_group=-5)
attempt(subprocess.run, ["true"], user=-1)
attempt(subprocess.run, ["true"], group=2**40)
attempt(subprocess.run, ["true"], pass_fds=(-1,))
attempt(subprocess.Popen, ["true"], stdin=PIPE, stdout="x")
print(sorted(os.listdir("/proc/self/fd"), key=int)[:3])

# ---------------------------------------------------------------- sessions, groups, exec

print(os.getsid(0) == os.getsid(os.getpid()), os.getpgid(0) == os.getpgrp(), os.getresuid()[0] == os.getuid())
print(sorted(os.getgroups()) == sorted(map(int, shell("id -G").split())) or os.getgroups())
with subprocess.Popen(["sh", "-c", "sleep 20 & wait"], start_new_session=True) as p:
    print(os.getsid(p.pid) == p.pid, os.killpg(p.pid, signal.SIGKILL), p.wait() == -signal.SIGKILL)
attempt(os.getsid, -5)
attempt(os.setpgid, 2**22 + 5, 0)
attempt(os.setuid, "root")
attempt(os.setgid, 2**70)
attempt(os.setgroups, 5)
attempt(os.execv, "/no/such/program", ["x"])
attempt(os.execv, "/bin/true", [])
attempt(os.execv, "/bin/true", [""])
attempt(os.execve, "/bin/true", ["x"], [])
attempt(os.execve, "/bin/true", ["x"], {"": "x"})
print(shell("echo in $0", preexec_fn=lambda: os.execvpe("echo", ["echo", "replaced"], {})))
