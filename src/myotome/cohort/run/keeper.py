"""Keeps one measuring process: gives it a study at a time, and ends it when it misbehaves."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from myotome.cohort.plan.task import Task
from myotome.cohort.run.child import READY
from myotome.cohort.run.rows import failed
from myotome.cohort.run.settings import Settings
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import is_done, save
from myotome.errors import MyotomeError

CHILD = (sys.executable, "-m", "myotome.cohort.run.child")
_LOOK_S = 0.2
_START_S = 120.0
_END_S = 5.0


@dataclass(slots=True, kw_only=True)
class Keeper:
    """One process of ``command``, started at the first study and anew after it was ended."""

    settings: Settings
    digest: str
    command: Sequence[str] = CHILD
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _read: bytes = field(default=b"", init=False)
    _closed: bool = field(default=False, init=False)

    def __call__(self, task: Task) -> dict[str, Any]:
        """Have one study measured; what became of it is recorded in the cohort when this returns.

        A study that takes too long or too much memory ends with its process and is recorded by
        that name. ``fatal`` in the answer says what would fail every study.
        """
        start = time.monotonic()
        if task.refused:
            return self._record(task, task.refused, start)
        try:
            if self._process is None:
                self._begin()
            self._tell(task.plain())
            answer, reason = self._listen(self.settings.timeout_s)
        except BrokenPipeError:
            answer, reason = None, "worker_died"
        if answer is not None:
            return answer
        if self._closed:
            return {"study": task.study, "state": "interrupted"}
        self.end()
        return self._record(task, reason, start)

    def close(self) -> None:
        """End the process and all work: the study in hand is not held against anybody."""
        self._closed = True
        self.end()

    def end(self) -> None:
        """End the process, at once. It may be called again."""
        process, self._process, self._read = self._process, None, b""
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # its session: what it may have started, too
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _begin(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - no shell, our own words
            list(self.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries may name patients there
            env={**os.environ, "OMP_NUM_THREADS": str(self.settings.threads)},
            start_new_session=True,  # Ctrl-C is for the coordinator: it lets studies end
        )
        self._tell({"settings": asdict(self.settings), "digest": self.digest})
        answer, _ = self._listen(_START_S)
        if answer is None or answer.get("state") != READY:
            self.end()
            raise MyotomeError(
                "a measuring process could not be started.",
                mend="`myotome info` says what is missing; try `myotome run` on one study.",
            )

    def _tell(self, words: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None  # noqa: PT018, S101
        self._process.stdin.write(json.dumps(words, default=str).encode() + b"\n")
        self._process.stdin.flush()

    def _listen(self, timeout_s: float | None) -> tuple[dict[str, Any] | None, str]:
        """The next answer, or None and the reason why there will be none."""
        process = self._process
        assert process is not None and process.stdout is not None  # noqa: PT018, S101
        until = None if timeout_s is None else time.monotonic() + timeout_s
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            while True:
                if ready.select(_LOOK_S):
                    read = os.read(process.stdout.fileno(), 1 << 16)
                    if not read:
                        return None, "worker_died"
                    self._read += read
                    line, found, rest = self._read.partition(b"\n")
                    if found:
                        self._read = rest
                        return json.loads(line), ""
                if until is not None and time.monotonic() > until:
                    return None, "timeout"
                if self._too_large(process.pid):
                    return None, "out_of_memory"

    def _too_large(self, pid: int) -> bool:
        """Whether the process holds more memory than it may. Where /proc is not, nobody looks."""
        if self.settings.memory_mb is None:
            return False
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return False
        return pages * os.sysconf("SC_PAGE_SIZE") > self.settings.memory_mb * 1e6

    def _record(self, task: Task, reason: str, start: float) -> dict[str, Any]:
        layout, seconds = Layout(root=Path(self.settings.root)), time.monotonic() - start
        if is_done(layout, task.study, task.attempt):  # it ended between its record and its answer
            return {"study": task.study, "state": "done"}
        record = failed(task, reason, seconds=seconds, digest=self.digest)
        try:
            save(record, layout)
        except MyotomeError as error:
            return {"study": task.study, "fatal": str(error)}
        return {"study": task.study, "state": "failed", "reason": reason}
