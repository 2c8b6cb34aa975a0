"""Running a command as a user does, and what it took."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple


class Ran(NamedTuple):
    seconds: float
    peak_mb: float
    answer: dict[str, Any]


def myotome(*words: str, repeat: int = 1) -> Ran:
    """The fastest of ``repeat`` runs of the command line, each a process of its own."""
    return min((_once(words) for _ in range(repeat)), key=lambda ran: ran.seconds)


def _once(words: tuple[str, ...]) -> Ran:
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as answered:
        command = [str(Path(sys.executable).with_name("myotome")), *words]
        child = subprocess.Popen(command, stdout=answered, stderr=said)
        # wait4 tells the peak memory of this child alone, in KiB on Linux.
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        answered.seek(0)
        said.seek(0)
        out, err = answered.read(), said.read()
    if child.returncode:
        raise SystemExit(f"myotome {' '.join(words)} failed:\n{err}\n{out}")
    last = out.strip().splitlines()[-1] if out.strip() else ""
    return Ran(seconds, usage.ru_maxrss / 1024, json.loads(last) if last[:1] == "{" else {})


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="ascii", errors="ignore").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }
