"""Which images are there, of which studies, and which studies are complete."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select, text, update

from myotome.nouns.study.pseudonym import pseudonym
from myotome.service.database.engine import now_s
from myotome.service.database.schema import INSTANCES, STUDIES
from myotome.service.folder import Layout, sync_folder
from myotome.service.queue.job import Order, digest
from myotome.service.queue.kinds import MEASURE
from myotome.service.queue.queue import Queue, audit
from myotome.service.queue.states import COMPLETE, OPEN, STUDY
from myotome.service.receive.header import Uids

_RECEIVING = 0x6D796F72
"""The number of the lock of those who add images, PostgreSQL."""
RECEIVER = "receiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A received file that may be kept: what it is, and where it lies for now."""

    uids: Uids
    syntax: str
    size: int
    sha256: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The images and studies of one node.

    ``measured_with`` is the digest of how studies are measured: with another one they are
    measured anew when they change.
    """

    engine: Engine
    queue: Queue
    layout: Layout
    salt: str
    measured_with: str
    clock: Callable[[Connection], float] = now_s

    def keep(self, image: Image) -> str:
        """Keep an image for good; returns the key of the answer (``offers.ANSWERS``).

        When this returns "kept", file and row are on the disk. A file that is not kept is left
        where it was.
        """
        with self.engine.begin() as connection:
            _one_at_a_time(connection)
            known = select(INSTANCES, STUDIES.c.uid.label("study_uid")).join(STUDIES)
            row = _first(connection, known.where(INSTANCES.c.uid == image.uids.instance))
            if row is not None:
                return self._again(row, image)
            study = self._study(connection, image.uids.study)
            folder = self.layout.images / study["folder"]
            folder.mkdir(exist_ok=True, mode=0o700)
            target = folder / f"{secrets.token_hex(16)}.dcm"
            image.path.rename(target)
            sync_folder(folder)
            try:
                self._insert(connection, study, image, target)
            except BaseException:
                target.unlink()
                raise
        return "kept"

    def _again(self, row: Mapping[str, Any], image: Image) -> str:
        """An image with a known UID; should its file have gone, this one takes its place."""
        if not _same(row, image):
            return "conflict"
        target = self.layout.images / row["file"]
        if row["sha256"] == image.sha256 and not target.exists():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            image.path.rename(target)
            sync_folder(target.parent)
        return "duplicate"

    def _insert(
        self, connection: Connection, study: Mapping[str, Any], image: Image, target: Path
    ) -> None:
        at_s = self.clock(connection)
        cells = {
            "study_id": study["id"],
            "uid": image.uids.instance,
            "series_uid": image.uids.series,
            "sop_class": image.uids.sop_class,
            "syntax": image.syntax,
            "file": target.relative_to(self.layout.images).as_posix(),
            "bytes": image.size,
            "sha256": image.sha256,
            "received_s": at_s,
        }
        connection.execute(insert(INSTANCES).values(cells))
        state = STUDY.after(study["state"], "received")
        if state != study["state"]:
            step = ("received", study["state"], state)
            audit(connection, at_s, "study", study["id"], step, RECEIVER)
            self.queue.supersede_in(connection, study["key"], MEASURE, actor=RECEIVER)
        connection.execute(
            update(STUDIES).where(STUDIES.c.id == study["id"]).values(state=state, received_s=at_s)
        )

    def _study(self, connection: Connection, uid: str) -> Mapping[str, Any]:
        """The row of a study, made if it is new, locked."""
        wanted = select(STUDIES).where(STUDIES.c.uid == uid).with_for_update()
        row = _first(connection, wanted)
        if row is not None:
            return row
        at_s = self.clock(connection)
        cells = {
            "key": pseudonym("study", uid, self.salt),
            "uid": uid,
            "folder": secrets.token_hex(16),
            "state": OPEN,
            "received_s": at_s,
        }
        made = connection.execute(insert(STUDIES).values(cells).returning(STUDIES))
        row = dict(made.mappings().one())
        audit(connection, at_s, "study", row["id"], ("opened", "", OPEN), RECEIVER)
        return row

    def complete(self, quiet_s: float) -> int:
        """Order the measurement of every study that has been quiet so long; returns of how many.

        What was measured already in the same way, image for image, is not measured again.
        """
        count = 0
        while self._complete_one(quiet_s):
            count += 1
        return count

    def _complete_one(self, quiet_s: float) -> bool:
        with self.engine.begin() as connection:
            at_s = self.clock(connection)
            quiet = (
                select(STUDIES)
                .where(STUDIES.c.state == OPEN, STUDIES.c.received_s <= at_s - quiet_s)
                .order_by(STUDIES.c.received_s)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            study = _first(connection, quiet)
            if study is None:
                return False
            state = STUDY.after(study["state"], "quiet")
            step = ("quiet", study["state"], state)
            audit(connection, at_s, "study", study["id"], step, RECEIVER)
            changed = update(STUDIES).where(STUDIES.c.id == study["id"]).values(state=state)
            connection.execute(changed)
            key = digest(
                study=study["key"],
                images=_content(connection, study["id"]),
                measured_with=self.measured_with,
            )
            order = Order(kind=MEASURE, key=key, study=study["key"], payload={})
            self.queue.submit_in(connection, order, actor=RECEIVER)
            return True

    def files(self, study: str) -> tuple[Path, ...]:
        """The files of a study by its key, in the order of their names."""
        wanted = (
            select(INSTANCES.c.file)
            .join(STUDIES)
            .where(STUDIES.c.key == study)
            .order_by(INSTANCES.c.file)
        )
        with self.engine.begin() as connection:
            return tuple(self.layout.images / name for name in connection.scalars(wanted))

    def counts(self) -> dict[str, int]:
        """Images, and studies that are open and complete."""
        with self.engine.begin() as connection:
            images = connection.scalar(select(func.count()).select_from(INSTANCES)) or 0
            states = select(STUDIES.c.state, func.count()).group_by(STUDIES.c.state)
            found = {state: int(count) for state, count in connection.execute(states)}
        return {"images": images, OPEN: 0, COMPLETE: 0, **found}


def _content(connection: Connection, study_id: int) -> str:
    """Digest of the images of a study, the same in any order."""
    wanted = select(INSTANCES.c.sha256).where(INSTANCES.c.study_id == study_id)
    return digest(images=sorted(connection.scalars(wanted)))


def _same(row: Mapping[str, Any], image: Image) -> bool:
    """Whether an image with a known UID is the known image, maybe packed in another way."""
    uids = image.uids
    places = (row["study_uid"], row["series_uid"]) == (uids.study, uids.series)
    return places and (row["sha256"] == image.sha256 or row["syntax"] != image.syntax)


def _first(connection: Connection, wanted: Select[Any]) -> Mapping[str, Any] | None:
    row = connection.execute(wanted).mappings().first()
    return None if row is None else dict(row)


def _one_at_a_time(connection: Connection) -> None:
    """Two senders of one image or study wait for each other, PostgreSQL; SQLite's lock does so."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _RECEIVING})
