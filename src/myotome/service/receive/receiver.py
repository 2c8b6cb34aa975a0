"""The DICOM receiver: C-ECHO and C-STORE, success only for what is on the disk."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.dsutils import create_file_meta
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from myotome.errors import InputError
from myotome.service.receive.bounds import BoundedHandler, BoundedServer, Bounds, Pace, hang_up
from myotome.service.receive.catalogue import Catalogue, Image
from myotome.service.receive.header import UnreadableError, is_uid, read_uids
from myotome.service.receive.incoming import Incoming
from myotome.service.receive.offers import ANSWERS, CLASSES, SYNTAXES
from myotome.service.settings.checks import networks
from myotome.service.settings.dicom import Receive
from myotome.service.silence import silence

_MB = 10**6
_OLD_S = 3600.0
_SHUTDOWN_S = 5.0
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Listens as long as it is not stopped. ``told`` counts answers and refusals."""

    settings: Receive
    ae_title: str
    catalogue: Catalogue
    told: Counter[str] = field(default_factory=Counter)
    server: BoundedServer | None = None
    _entity: Any = None

    def start(self) -> int:
        """Begin to listen; returns the port. Refuses (InputError) one that is taken."""
        self.sweep(0.0)
        silence()
        entity = AE(ae_title=self.ae_title)
        entity.maximum_associations = self.settings.most_associations
        entity.maximum_pdu_size = self.settings.most_pdu_kb * 1000
        entity.require_calling_aet = list(self.settings.callers)
        entity.require_called_aet = True
        entity.acse_timeout = entity.dimse_timeout = self.settings.idle_s
        entity.network_timeout = self.settings.idle_s
        entity.add_supported_context(Verification)
        for sop_class in CLASSES:
            entity.add_supported_context(sop_class, list(SYNTAXES))
        handlers: list[Any] = [(evt.EVT_C_STORE, self._on_store)]
        try:
            self.server = self._listen(entity, handlers)
        except OSError as error:
            raise InputError(
                "the receiver cannot listen at its address.",
                why=f"The system says: {error.strerror or 'no'}.",
                mend="Choose another receive.port, or stop what uses it.",
            ) from error
        self._entity = entity
        return int(self.server.server_address[1])

    def _listen(self, entity: AE, handlers: list[Any]) -> BoundedServer:
        # pynetdicom's start_server makes a server of its own class, whatever is asked
        server: BoundedServer = entity.make_server(  # type: ignore[assignment,unused-ignore]
            (self.settings.host, self.settings.port),
            evt_handlers=handlers,
            server_class=BoundedServer,
            request_handler=BoundedHandler,
        )
        server.bounds = self._bounds()
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        entity._servers.append(server)
        return server

    def stop(self) -> None:
        """Listen no more; who is in the middle of an image is cut off and will send it again."""
        if self.server is None:
            return
        server, self.server = self.server, None
        server.shutdown()
        for assoc in server.active_associations:
            hang_up(assoc)
            assoc.join(_SHUTDOWN_S)
        self.sweep(0.0)

    def sweep(self, older_s: float = _OLD_S) -> None:
        """Drop what was left half received so long ago."""
        now_s = time.time()
        for path in self.catalogue.layout.incoming.iterdir():
            with suppress(OSError):
                if now_s - path.stat().st_mtime >= older_s:
                    path.unlink()

    def _bounds(self) -> Bounds:
        settings, layout = self.settings, self.catalogue.layout
        return Bounds(
            networks=networks(settings.addresses),
            most_associations=settings.most_associations,
            most_pdu_bytes=settings.most_pdu_kb * 1000,
            most_message_bytes=settings.most_instance_mb * _MB,
            idle_s=settings.idle_s,
            opened=lambda meta: Incoming(
                layout.incoming, free_bytes=settings.free_mb * _MB, meta=meta
            ),
            begins=_file_begins,
            refused=self._refused,
            pace=Pace(settings.most_mb_per_s * _MB),
        )

    def _refused(self, why: str) -> None:
        self.told[f"refused_{why}"] += 1
        log.warning("refused a sender: %s", why)

    def _on_store(self, event: Any) -> int:
        incoming: Incoming = event.request.DataSet
        incoming.taken = True
        try:
            key = self._answer(event, incoming)
        except Exception as error:  # a thread of pynetdicom: nothing may escape it
            log.error("an image could not be kept: %s", type(error).__name__)  # noqa: TRY400
            key = "full" if isinstance(error, OSError) else "fault"
        finally:
            incoming.discard()
        self.told[key] += 1
        if ANSWERS[key].status:
            log.warning("an image was refused: %s", ANSWERS[key].words)
        return ANSWERS[key].status

    def _answer(self, event: Any, incoming: Incoming) -> str:
        """The key of the answer to one image."""
        if incoming.full or not incoming.size:
            return "full" if incoming.full else "unreadable"
        incoming.settle()
        try:
            uids = read_uids(incoming.path)
        except UnreadableError:
            return "unreadable"
        told = (str(event.request.AffectedSOPClassUID), str(event.request.AffectedSOPInstanceUID))
        offered = str(event.context.abstract_syntax)
        if (uids.sop_class, uids.instance) != told or offered != uids.sop_class:
            return "unlike"
        image = Image(
            uids=uids,
            syntax=str(event.context.transfer_syntax),
            size=incoming.size,
            sha256=incoming.sha256,
            path=incoming.path,
        )
        return self.catalogue.keep(image)


def _file_begins(message: Any, assoc: Association) -> bytes:
    """The beginning of a DICOM file around a dataset (PS3.10 7.1). ValueError for other messages.

    Its values come from the command, as the dataset is not there yet.
    """
    command = message.command_set
    instance = str(command.AffectedSOPInstanceUID)
    if not is_uid(instance):
        raise ValueError("not a UID")
    meta = create_file_meta(
        sop_class_uid=command.AffectedSOPClassUID,
        sop_instance_uid=command.AffectedSOPInstanceUID,
        transfer_syntax=assoc._accepted_cx[message.context_id].transfer_syntax[0],
    )
    stream = DicomBytesIO()
    stream.write(bytes(128) + b"DICM")
    write_file_meta_info(stream, meta)
    return stream.getvalue()
