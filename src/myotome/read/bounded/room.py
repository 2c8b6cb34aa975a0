"""How much memory can be had, asked before it is taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from myotome.errors import TooLargeError

_GROUP = Path("/sys/fs/cgroup")
_MACHINE, _OWN = Path("/proc/meminfo"), Path("/proc/self/statm")
_SMALL = 32 << 20
"""Less is not asked for: to ask takes as long as to read it."""
_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def in_words(count: float) -> str:
    """Bytes for people: ``3.1 GB``."""
    for size, unit in _UNITS:
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"


def require_room(count: float, what: str) -> None:
    """Refuse (TooLargeError) to hold ``count`` bytes where fewer can be had; says both."""
    free = None if count < _SMALL else free_bytes()
    if free is None or count <= free:
        return
    raise TooLargeError(
        f"{what} takes {in_words(count)} of memory, of which {in_words(max(free, 0))} can be had.",
        why="Nothing of it was read.",
        mend="If the input is sound, use a machine with more memory.",
    )


def free_bytes() -> int | None:
    """What this process can still allocate: the least of its own limit, machine and container.

    None where the system does not tell (outside Linux).
    """
    found = [free for ask in (_by_limit, _by_machine, _by_group) if (free := _asked(ask))]
    return min(found, default=None)


def _asked(ask: Callable[[], int | None]) -> int | None:
    try:
        return ask()
    except (OSError, ValueError, ImportError, KeyError, IndexError):
        return None


def _by_limit() -> int | None:
    """What ``ulimit -v`` leaves."""
    import resource  # not on Windows

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return None
    return max(1, most - int(_OWN.read_text().split()[0]) * resource.getpagesize())


def _by_machine() -> int | None:
    rows = dict(line.split(":", 1) for line in _MACHINE.read_text().splitlines())
    return sum(int(rows[key].split()[0]) << 10 for key in ("MemAvailable", "SwapFree"))


def _by_group() -> int | None:
    most = (_GROUP / "memory.max").read_text().strip()
    if most == "max":
        return None
    rows = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
    return max(1, int(most) - int(rows["anon"]))
