"""Takes jobs from the queue and measures them, one process for each."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from myotome.service.folder import sync_folder
from myotome.service.queue.job import Fault, Lease, LostLeaseError, Order, digest
from myotome.service.queue.kinds import DELIVER, MEASURE
from myotome.service.queue.queue import Queue
from myotome.service.receive.catalogue import Catalogue
from myotome.service.settings.node import Work
from myotome.service.work.how import choices

CHILD = (sys.executable, "-m", "myotome.service.work.child")
_LOOK_S = 0.2
_IDLE_S = 0.5
log = logging.getLogger(__name__)


class _StoppedError(Exception):
    """The node was asked to stop."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """One at a time. ``archives`` are the names of those that get every result."""

    owner: str
    catalogue: Catalogue
    settings: Work
    archives: Sequence[str] = ()
    child: Sequence[str] = CHILD
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def queue(self) -> Queue:
        """The queue that the work comes from."""
        return self.catalogue.queue

    def run(self) -> None:
        """Work until asked to stop."""
        while not self.stopping.is_set():
            try:
                worked = self.work_once()
            except Exception as error:  # the database may be away for a while
                log.error("a worker stumbled: %s", type(error).__name__)  # noqa: TRY400
                worked = False
            if not worked:
                self.stopping.wait(_IDLE_S)

    def work_once(self) -> bool:
        """Do one job, whatever becomes of it; False if none is due."""
        lease = self.queue.claim([MEASURE], owner=self.owner)
        if lease is None:
            return False
        folder = self.catalogue.layout.work / lease.token
        try:
            self._work(lease, folder)
        except LostLeaseError:
            log.warning("job %d was taken from this worker", lease.job.id)
        except _StoppedError:
            with suppress(LostLeaseError):
                self.queue.release(lease)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return True

    def _work(self, lease: Lease, folder: Path) -> None:
        try:
            self._prepare(lease, folder)
            answer = self._measure(lease, folder)
        except OSError as error:
            words = f"The system refused: {error.strerror or 'no reason'}."
            answer = {"status": "error", "kind": "OSError", "words": words, "final": False}
        if answer["status"] == "ok":
            result = {"summary": answer["summary"]}
            self.queue.finish(lease, result, also=lambda c: self._publish(c, lease, folder))
            log.info("job %d: study %s is measured", lease.job.id, lease.job.study)
            return
        fault = Fault(kind=answer["kind"], words=answer["words"], final=answer["final"])
        state = self.queue.fail(lease, fault)
        log.warning("job %d is %s: %s", lease.job.id, state, fault.kind)

    def _prepare(self, lease: Lease, folder: Path) -> None:
        """A folder with the images that are known of the study, and no other file."""
        given = folder / "input"
        given.mkdir(parents=True, mode=0o700)
        for number, path in enumerate(self.catalogue.files(lease.job.study)):
            target = given / f"{number:06d}.dcm"
            try:
                target.hardlink_to(path)
            except FileNotFoundError:
                raise
            except OSError:  # another disk, or a file system without links
                shutil.copyfile(path, target)

    def _measure(self, lease: Lease, folder: Path) -> dict[str, Any]:
        """What the process says, or what became of it."""
        told = {
            "input": str(folder / "input"),
            "out": str(folder / "out"),
            "answer": str(folder / "answer.json"),
            "configuration": choices(self.settings),
            "salt": self.catalogue.salt,
            "memory_mb": self.settings.memory_mb,
        }
        # what libraries say on stderr may name a person, and is dropped
        process = subprocess.Popen(  # noqa: S603  (our own program)
            list(self.child),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": str(self.settings.threads)},
        )
        try:
            with suppress(BrokenPipeError):
                process.communicate(json.dumps(told).encode(), timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            pass
        try:
            in_time = self._watch(lease, process)
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        return _outcome(process, folder, in_time, self.settings.timeout_s)

    def _watch(self, lease: Lease, process: subprocess.Popen[bytes]) -> bool:
        """Hold the lease until the process ends; False if it takes too long."""
        start_s = beat_s = time.monotonic()
        while process.poll() is None:
            if self.stopping.is_set():
                raise _StoppedError
            now_s = time.monotonic()
            if now_s - start_s > self.settings.timeout_s:
                return False
            if now_s - beat_s > self.queue.lease_s / 4:
                self.queue.heartbeat(lease)
                beat_s = now_s
            time.sleep(_LOOK_S)
        return True

    def _publish(self, connection: Connection, lease: Lease, folder: Path) -> None:
        """Put the results where they belong, and order that they are sent.

        What lies there is of a worker that died before it could say so: the database knows of
        no result yet.
        """
        job = lease.job
        target = self.catalogue.layout.results(job.study, job.revision)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if target.exists():
            target.rename(folder / "orphan")
        (folder / "out").rename(target)
        sync_folder(target.parent)
        for name in self.archives:
            order = Order(
                kind=DELIVER,
                key=digest(result=job.key, archive=name),
                study=job.study,
                revision=job.revision,
                payload={"archive": name},
            )
            self.queue.submit_in(connection, order, actor=self.owner)

    def sweep(self) -> None:
        """Drop the folders of workers that died."""
        alive = self.queue.tokens()
        for folder in self.catalogue.layout.work.iterdir():
            if folder.name not in alive:
                shutil.rmtree(folder, ignore_errors=True)


def _outcome(
    process: subprocess.Popen[bytes], folder: Path, in_time: bool, timeout_s: float
) -> dict[str, Any]:
    """The answer of a process that ended; for one that gave none, its end by name."""
    if not in_time:
        return _error("Timeout", f"It was not done within {timeout_s:g} s.")
    try:
        answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        code = process.returncode
        if code < 0:
            words = f"Its process was killed by signal {-code}, as happens when memory runs out."
            return _error("Killed", words)
        return _error("Crashed", f"Its process ended with code {code}.")
    found: dict[str, Any] = answer
    return found


def _error(kind: str, words: str) -> dict[str, Any]:
    return {"status": "error", "kind": kind, "words": words, "final": False}
