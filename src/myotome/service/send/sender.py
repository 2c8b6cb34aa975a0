"""Takes deliveries from the queue, and sends them until they are taken."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from myotome.service.folder import Layout
from myotome.service.queue.job import Fault, Lease, LostLeaseError
from myotome.service.queue.kinds import DELIVER
from myotome.service.queue.queue import Queue
from myotome.service.send.store import NotSentError, store
from myotome.service.settings.dicom import Archive

_IDLE_S = 0.5
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Sender:
    """One delivery at a time; ``archives`` by name."""

    owner: str
    queue: Queue
    layout: Layout
    archives: Mapping[str, Archive]
    own_title: str
    stopping: threading.Event = field(default_factory=threading.Event)

    def sweep(self) -> None:
        """Nothing: what is being sent lies with the results."""

    def run(self) -> None:
        """Send until asked to stop."""
        while not self.stopping.is_set():
            try:
                sent = self.send_once()
            except Exception as error:  # the database may be away for a while
                log.error("the sender stumbled: %s", type(error).__name__)  # noqa: TRY400
                sent = False
            if not sent:
                self.stopping.wait(_IDLE_S)

    def send_once(self) -> bool:
        """Try one delivery; False if none is due."""
        lease = self.queue.claim([DELIVER], owner=self.owner)
        if lease is None:
            return False
        try:
            count = self._send(lease)
            self.queue.finish(lease, {"files": count})
            log.info("job %d: %d files are sent", lease.job.id, count)
        except NotSentError as error:
            with suppress(LostLeaseError):
                state = self.queue.fail(lease, error.fault)
                log.warning("job %d is %s: %s", lease.job.id, state, error.fault.kind)
        except LostLeaseError:
            log.warning("job %d was taken from this sender", lease.job.id)
        return True

    def _send(self, lease: Lease) -> int:
        """Send the DICOM objects of one result; returns how many. Refuses with NotSentError."""
        archive = self.archives.get(str(lease.job.payload["archive"]))
        if archive is None:
            raise NotSentError(
                Fault(kind="UnknownArchive", words="The settings know no such archive.")
            )
        folder = self.layout.results(lease.job.study, lease.job.revision) / "dicom"
        files = sorted(folder.glob("*.dcm"))
        if not files:
            words = "The results hold no DICOM objects."
            raise NotSentError(Fault(kind="NothingToSend", words=words, final=True))
        store(
            archive,
            files,
            own_title=self.own_title,
            between=lambda: self.queue.heartbeat(lease),
        )
        return len(files)
