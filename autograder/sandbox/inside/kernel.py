"""The system calls that Python has no function for."""

import ctypes
import fcntl
import os
import re
import resource
import signal
import socket
import struct

from . import seccomp

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
EVERYTHING = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
READ_ONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18

SET_DUMPABLE, DROP_BOUNDING, SET_SECCOMP, SET_NO_NEW_PRIVS, CLEAR_AMBIENT = 4, 24, 22, 38, 47
FILTER = 2
LAST_CAPABILITY = 63
CAPABILITIES_V3 = 0x20080522
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1

SYS_CLONE = {"x86_64": 56, "aarch64": 220}
CLONE_PARENT, SET_TID, CLEAR_TID, GET_TID_ADDRESS = 0x8000, 0x1000000, 0x200000, 40

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    _must(_libc.unshare(flags), "unshare")


def own_namespaces() -> None:
    """Namespaces of its own for what this process forks next; of users, only this one is in them."""
    user, group = os.getuid(), os.getgid()
    unshare(EVERYTHING)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    arguments = (source.encode(), target.encode(), kind.encode() if kind else None)
    _must(_libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = fcntl.ioctl(probe, GET_FLAGS, struct.pack("16sH22x", b"lo", 0))
        (flags,) = struct.unpack_from("H", request, 16)
        fcntl.ioctl(probe, SET_FLAGS, struct.pack("16sH22x", b"lo", flags | UP))


def set_dumpable(value: bool) -> None:
    """Whether other processes of this user may look into this one."""
    _must(_libc.prctl(SET_DUMPABLE, int(value), 0, 0, 0), "dumpable")


def drop_capabilities() -> None:
    for capability in range(LAST_CAPABILITY + 1):
        _libc.prctl(DROP_BOUNDING, capability, 0, 0, 0)  # fails beyond the last one that this kernel knows
    _libc.prctl(CLEAR_AMBIENT, 4, 0, 0, 0)
    header, nothing = struct.pack("Ii", CAPABILITIES_V3, 0), bytes(24)
    _must(_libc.syscall(ctypes.c_long(SYS_CAPSET[os.uname().machine]), header, nothing), "capset")


def refuse_system_calls() -> None:
    """Installs the seccomp filter in this process and its children; nothing where the kernel has none."""
    _must(_libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    program = seccomp.program(os.uname().machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if _libc.prctl(SET_SECCOMP, FILTER, header, 0, 0) and ctypes.get_errno() != 22:
        raise OSError(ctypes.get_errno(), "seccomp")


def fork_sibling() -> int:
    """As `os.fork`, but the child is one of this process's parent."""
    python, tid = ctypes.pythonapi, ctypes.c_void_p()
    flags = CLONE_PARENT | signal.SIGCHLD
    if _libc.prctl(GET_TID_ADDRESS, ctypes.byref(tid), 0, 0, 0) == 0 and tid.value:
        flags |= SET_TID | CLEAR_TID  # what the C library has noted down of its thread holds for the child then
    number, machine = ctypes.c_long(SYS_CLONE[os.uname().machine]), os.uname().machine
    rest = (tid, None) if machine == "x86_64" else (None, tid)
    syscall = ctypes.PyDLL(None, use_errno=True).syscall  # keeps the interpreter's lock, as a fork must
    python.PyOS_BeforeFork()
    pid = int(syscall(number, ctypes.c_ulong(flags), None, None, *rest))
    (python.PyOS_AfterFork_Parent if pid else python.PyOS_AfterFork_Child)()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "clone")
    return pid


def limit(which: int, value: int, hard: int | None = None) -> None:
    """Sets a resource limit, or what is allowed of it."""
    most = resource.getrlimit(which)[1]
    wanted = hard or value
    ceiling = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(which, (min(value, ceiling), ceiling))


def counts_processes_by_namespace() -> bool:
    """Whether the limit on processes holds for this user namespace, and not for all that the user runs (Linux 5.14)."""
    major, minor = re.findall(r"\d+", os.uname().release)[:2]
    return (int(major), int(minor)) >= (5, 14)


def _must(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
