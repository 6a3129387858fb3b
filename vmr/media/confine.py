"""What the worker process may do to the rest of the system: nothing.

Linux can enforce all of it: Landlock (files, signals), seccomp (network, processes, debugging),
no privileges, and death with the parent. Where a part is missing, the rest holds and the missing
part is named, so that the operator is told at the start.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("other files", "network", "other processes", "privileges", "living on alone")
_PDEATHSIG, _CAPBSET_DROP, _CAP_LAST = 1, 24, 40
_CAPSET_VERSION = 0x20080522
_KEPT_CAPABILITIES = 0b110  # to read what belongs to others, which Landlock then narrows
_CLONE_THREAD = 0x10000
_ALLOW, _ERRNO, _MASKED_EQUAL, _UNKNOWN_CALL = 0x7FFF0000, 0x00050000, 7, -1
# Ways out of the process, whatever it is doing; io_uring would go around this filter.
_NETWORK = ("socket", "connect", "bind", "listen", "sendto", "io_uring_setup")
_ELSEWHERE = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "setsid", "setpgid"),
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "bpf", "perf_event_open"),
    *("keyctl", "add_key", "request_key", "userfaultfd", "init_module", "finit_module"),
    *("kexec_load", "kill", "tkill", "pidfd_send_signal", "rt_sigqueueinfo"),
)
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/sys/devices/system/cpu")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/etc/ld.so.cache")
_LOADERS = ("/lib/ld-*", "/lib64/ld-*", "/lib/*/ld-*")


def confine(
    folder: Path,
    reads: Iterable[str],
    writes: Iterable[str],
    programs: Sequence[str],
    may_start: bool,
) -> list[str]:
    """Confine this process and all that it starts; the names of PARTS that could not be.

    folder: where it may write. reads, writes: further files. programs: what it may become or, if
    ``may_start``, start; ``hold_child`` and ``start_no_more`` then narrow it.
    """
    if sys.platform != "linux":
        return list(PARTS)
    missing = []
    for part, hold in (
        ("living on alone", die_with_parent),
        ("privileges", _drop_privileges),
        ("other files", lambda: _hold_files(folder, reads, writes, programs)),
        ("network", lambda: _hold_calls(may_start)),
    ):
        try:
            hold()
        except (ImportError, OSError, RuntimeError, ValueError, AttributeError):
            missing += [part] + (["other processes"] if part == "network" else [])
    return missing


def hold_child() -> None:
    """For the moment between fork and exec: a child starts nothing and ends with this process."""
    die_with_parent()
    start_no_more()


def start_no_more() -> None:
    """From here on this process starts no other one; where that cannot be held it is said at the
    start of the server, by ``confine``."""
    with contextlib.suppress(OSError, AttributeError):
        _hold_calls(may_start=False)


def die_with_parent() -> None:
    """End this process when the one that started it ends, however that ends."""
    if sys.platform != "linux":
        return
    before = os.getppid()
    _check(_libc().prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    if before != os.getppid():  # it ended in between
        os._exit(1)


def _drop_privileges() -> None:
    """No privilege of root but that of reading; none can come back."""
    libc = _libc()
    kept = range(_KEPT_CAPABILITIES.bit_length())
    if os.geteuid() == 0:
        for capability in range(_CAP_LAST + 1):
            if capability not in kept:
                libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPSET_VERSION, 0)
    low = _KEPT_CAPABILITIES if os.geteuid() == 0 else 0
    data = (ctypes.c_uint32 * 6)(low, low, 0, 0, 0, 0)
    _check(libc.capset(header, data))


def _hold_files(
    folder: Path, reads: Iterable[str], writes: Iterable[str], programs: Sequence[str]
) -> None:
    from py_landlock import AccessFs, Landlock, LandlockError

    read, write = AccessFs.READ_FILE, AccessFs.WRITE_FILE | AccessFs.TRUNCATE
    look = read | AccessFs.READ_DIR
    own = look | write | AccessFs.MAKE_REG | AccessFs.MAKE_SYM | AccessFs.REMOVE_FILE
    # Python's own folders and those of its packages, wherever an environment keeps them.
    prefixes = [str(Path(prefix) / "lib") for prefix in (sys.prefix, sys.base_prefix)]
    python = [place for place in (*prefixes, *sys.path) if place and Path(place) != ROOT]
    loaders = [path for pattern in _LOADERS for path in Path("/").glob(pattern[1:])]
    rules: list[tuple[Path, AccessFs]] = [
        (Path(place), look) for place in (*_SYSTEM, *python, str(ROOT / "vmr"))
    ]
    rules += [(Path(place), read) for place in [*_DEVICES[1:], *reads]]
    rules += [(Path(_DEVICES[0]), read | write), (folder, own)]
    rules += [(Path(place), read | write) for place in writes]
    rules += [(Path(program), read | AccessFs.EXECUTE) for program in programs]
    rules += [(path, read | AccessFs.EXECUTE) for path in loaders if programs]
    try:
        rights = Landlock(strict=False)
        for path, access in rules:
            if path.exists():
                rights.add_path_rule(path, access=access)
        rights.apply()
    except LandlockError as error:
        raise OSError(str(error)) from error


class _Comparison(ctypes.Structure):
    """libseccomp's struct scmp_arg_cmp."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def _hold_calls(may_start: bool) -> None:
    """Refuse calls of the system by libseccomp, which every Linux with systemd has."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    filters = ctypes.c_void_p(library.seccomp_init(_ALLOW))

    def refuse(call: str, number: int, *comparisons: _Comparison) -> None:
        place = library.seccomp_syscall_resolve_name(call.encode())
        many = (_Comparison * len(comparisons))(*comparisons)
        if place != _UNKNOWN_CALL:
            count = len(comparisons)
            result = library.seccomp_rule_add_array(filters, _ERRNO | number, place, count, many)
            if result != 0 and place >= 0:  # below 0: a call that this machine does not have
                raise OSError(-result, call)

    for call in (*_NETWORK, *_ELSEWHERE):
        refuse(call, errno.EPERM)
    if not may_start:
        # glibc starts threads by clone3 and, where that is missing, by clone.
        refuse("clone3", errno.ENOSYS)
        refuse("clone", errno.EPERM, _Comparison(0, _MASKED_EQUAL, _CLONE_THREAD, 0))
        for call in ("fork", "vfork"):
            refuse(call, errno.EPERM)
    result = library.seccomp_load(filters)
    library.seccomp_release(filters)
    if result != 0:
        raise OSError(-result, "seccomp")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
