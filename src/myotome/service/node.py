"""The whole node: receiver, workers, senders and what watches them, started and stopped as one."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from myotome.errors import InputError
from myotome.service.database.engine import open_engine
from myotome.service.database.migrate import migrate
from myotome.service.folder import Layout, read_salt
from myotome.service.queue.queue import Queue
from myotome.service.receive.catalogue import Catalogue
from myotome.service.receive.receiver import Receiver
from myotome.service.send.sender import Sender
from myotome.service.settings.read import Settings
from myotome.service.work.how import measured_with
from myotome.service.work.worker import Worker

_TICK_S = 1.0
_SWEEP_TICKS = 600
_STOP_S = 30.0
log = logging.getLogger(__name__)


class Task(Protocol):
    """What runs in a thread of its own until the node stops; ``owner`` names it."""

    owner: str

    def sweep(self) -> None:
        """Drop what an earlier one left when it died."""

    def run(self) -> None:
        """Go on until asked to stop."""


@dataclass(slots=True, kw_only=True)
class Node:
    """A node of :func:`build`. ``start`` it once, and ``stop`` it."""

    settings: Settings
    engine: Engine
    layout: Layout
    catalogue: Catalogue
    receiver: Receiver
    tasks: tuple[Task, ...]
    stopping: threading.Event
    _threads: dict[str, threading.Thread] = field(default_factory=dict)

    def start(self) -> int | None:
        """Start everything; returns the port of the receiver, None without one."""
        for task in self.tasks:
            task.sweep()
        port = self.receiver.start() if self.settings.receive.enabled else None
        running: list[tuple[str, Callable[[], None]]] = [("watch", self._watch)]
        running += [(task.owner, task.run) for task in self.tasks]
        for name, run in running:
            thread = threading.Thread(target=run, name=name, daemon=True)
            self._threads[name] = thread
            thread.start()
        return port

    def stop(self) -> None:
        """Stop everything: no new image, running jobs are given back, nothing is lost."""
        self.stopping.set()
        self.receiver.stop()
        for thread in self._threads.values():
            thread.join(_STOP_S)
        self.engine.dispose()

    def _watch(self) -> None:
        """Find the studies that have become complete."""
        ticks = 0
        while not self.stopping.wait(min(_TICK_S, max(self.settings.studies.quiet_s, 0.1))):
            try:
                count = self.catalogue.complete(self.settings.studies.quiet_s)
                if count:
                    log.info("%d studies are complete", count)
                ticks += 1
                if ticks % _SWEEP_TICKS == 0 and self.settings.receive.enabled:
                    self.receiver.sweep()
            except (SQLAlchemyError, OSError) as error:  # away for a while
                log.error("the watch stumbled: %s", type(error).__name__)  # noqa: TRY400

    def health(self) -> dict[str, Any]:
        """Each thing that the node depends on: "ok", or what is wrong with it."""
        found = {
            "database": self._database(),
            "disk": self._disk(),
            "receiver": "ok" if self._listens() else "does not listen",
        }
        for name, thread in list(self._threads.items()):
            found[name.rpartition("/")[2]] = "ok" if thread.is_alive() else "has ended"
        return found

    def _listens(self) -> bool:
        return not self.settings.receive.enabled or self.receiver.server is not None

    def _database(self) -> str:
        try:
            with self.engine.connect() as connection:
                connection.execute(select(1))
        except SQLAlchemyError as error:
            return f"fails: {type(error).__name__}"
        return "ok"

    def _disk(self) -> str:
        free_mb = self.free_bytes() // 10**6
        return "ok" if free_mb >= self.settings.receive.free_mb else "is nearly full"

    def free_bytes(self) -> int:
        """Free bytes where images are kept."""
        return shutil.disk_usage(self.layout.images).free


def build(settings: Settings) -> Node:
    """A node, its folder and database made or brought up to date.

    Refuses (MyotomeError) settings that cannot work, a database of a later version, and one
    that does not answer.
    """
    layout = Layout(root=settings.node.folder)
    layout.make()
    engine = open_engine(settings.node.url)
    try:
        migrate(engine)
    except SQLAlchemyError as error:
        raise InputError(
            f"the database does not answer as it should ({type(error).__name__}).",
            mend="Check node.database, and that its server runs.",
        ) from error
    salt = read_salt(layout)
    queue = Queue(engine=engine, lease_s=settings.work.lease_s)
    catalogue = Catalogue(
        engine=engine,
        queue=queue,
        layout=layout,
        salt=salt,
        measured_with=measured_with(settings.work, salt),
    )
    stopping = threading.Event()
    receiver = Receiver(
        settings=settings.receive, ae_title=settings.node.ae_title, catalogue=catalogue
    )
    return Node(
        settings=settings,
        engine=engine,
        layout=layout,
        catalogue=catalogue,
        receiver=receiver,
        tasks=(
            *_workers(settings, catalogue, stopping),
            *_senders(settings, catalogue, stopping),
        ),
        stopping=stopping,
    )


def _owner(what: str) -> str:
    """Who has a job: machine, process and part of it."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}/{what}"


def _workers(
    settings: Settings, catalogue: Catalogue, stopping: threading.Event
) -> tuple[Worker, ...]:
    names = tuple(archive.name for archive in settings.send)
    return tuple(
        Worker(
            owner=_owner(f"worker-{number}"),
            catalogue=catalogue,
            settings=settings.work,
            archives=names,
            stopping=stopping,
        )
        for number in range(1, settings.work.workers + 1)
    )


def _senders(
    settings: Settings, catalogue: Catalogue, stopping: threading.Event
) -> tuple[Sender, ...]:
    if not settings.send:
        return ()
    one = Sender(
        owner=_owner("sender"),
        queue=catalogue.queue,
        layout=catalogue.layout,
        archives={archive.name: archive for archive in settings.send},
        own_title=settings.node.ae_title,
        stopping=stopping,
    )
    return (one,)
