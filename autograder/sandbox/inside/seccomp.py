"""A seccomp filter as bytes: a pure function of what is refused. Refused calls fail with EPERM, or ENOSYS where the C
library then tries an older one."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS = 1, 38
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
X32 = 0x40000000
NAMESPACES = 0x7E020080  # every CLONE_NEW*

# name: (x86_64, aarch64); None where there is no such call
REFUSED: Mapping[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41),
    "mount": (165, 40), "umount2": (166, 39), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "move_mount": (429, 429), "open_tree": (428, 428), "mount_setattr": (442, 442),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180), "syslog": (103, 116), "acct": (163, 89),
    "quotactl": (179, 60), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "personality": (135, 92), "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58), "lookup_dcookie": (212, 18),
}  # fmt: skip
FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink


@dataclass(frozen=True)
class Machine:
    """An architecture: its audit number, its place in the table, and the calls that need a closer look."""

    audit: int
    column: int
    clone: int
    clone3: int
    socket: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, clone=56, clone3=435, socket=41),
    "aarch64": Machine(0xC00000B7, 1, clone=220, clone3=435, socket=198),
}


def program(machine: str) -> bytes:
    """The filter for a machine as `os.uname().machine` names it; KeyError for one that is not known here."""
    known = MACHINES[machine]
    numbers = sorted(number for pair in REFUSED.values() if (number := pair[known.column]) is not None)
    lines = [
        _line(LOAD, ARCHITECTURE),
        _line(EQUAL, known.audit, 1, 0),
        _line(RETURN, KILL),
        _line(LOAD, NUMBER),
        _line(AT_LEAST, X32, 0, 1),
        _line(RETURN, ERRNO | ENOSYS),
        *_when(known.clone3, [_line(RETURN, ERRNO | ENOSYS)]),
    ]
    for number in numbers:
        lines += _when(number, [_line(RETURN, ERRNO | EPERM)])
    lines += _when(
        known.clone,
        [
            _line(LOAD, FIRST_ARGUMENT),
            _line(ANY_BIT, NAMESPACES, 0, 1),
            _line(RETURN, ERRNO | EPERM),
            _line(RETURN, ALLOW),
        ],
    )
    lines += _when(known.socket, _only(FAMILIES))
    return b"".join([*lines, _line(RETURN, ALLOW)])


def _only(values: Sequence[int]) -> list[bytes]:
    """Lets a call pass whose first argument is one of these."""
    left = len(values)
    tests = [_line(EQUAL, value, left - place, 0) for place, value in enumerate(values)]
    return [_line(LOAD, FIRST_ARGUMENT), *tests, _line(RETURN, ERRNO | EPERM), _line(RETURN, ALLOW)]


def _when(number: int, lines: Sequence[bytes]) -> list[bytes]:
    """These lines for one call; others jump over them. The call's number must be loaded."""
    return [_line(EQUAL, number, 0, len(lines)), *lines]


def _line(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)
