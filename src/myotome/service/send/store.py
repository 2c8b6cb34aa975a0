"""Files to an archive by C-STORE, streamed from the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pynetdicom import AE, _config

from myotome.read.quiet import quiet
from myotome.service.queue.job import Fault
from myotome.service.receive.bounds import hang_up
from myotome.service.settings.dicom import Archive
from myotome.service.silence import silence

_PAUSE_S = 0.05
_STOPPING_S = 10.0
_WARNINGS = range(0xB000, 0xC000)
_LATER = (range(0xA700, 0xA800), range(0x0110, 0x0111))
"""Out of resources, and a fault of the archive: another time it may work (PS3.4 B.2.3)."""


class NotSentError(Exception):
    """The archive has not taken every file; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.words)


def store(
    archive: Archive, files: Sequence[Path], *, own_title: str, between: Callable[[], None]
) -> None:
    """Send every file, and return when the archive has taken all.

    ``between`` is called before each. Refuses with NotSentError.
    """
    silence()
    kinds = [_kind(path) for path in files]
    entity = AE(ae_title=own_title)
    entity.acse_timeout = entity.dimse_timeout = archive.timeout_s
    entity.network_timeout = entity.connection_timeout = archive.timeout_s
    for sop_class, syntax in sorted(set(kinds)):
        entity.add_requested_context(sop_class, syntax)
    association: Any = entity.associate(archive.host, archive.port, ae_title=archive.ae_title)
    if not association.is_established:
        _close(association)
        raise _not_sent("Unreachable", "The archive does not answer, or refuses to talk.")
    resume = hold(association)
    try:
        for path in files:
            between()
            _one(association, path)
        association.release()
    finally:
        resume()
        hang_up(association)
        _close(association)


class _Held(threading.Event):
    """Stays as it is."""

    def set(self) -> None:
        """Do nothing."""


def hold(association: Any) -> Callable[[], None]:
    """Stop the thread of an association that looks for messages; returns what lets it go on.

    pynetdicom stops and starts it around every message, and where the machine is busy it may
    not have stopped yet: then it takes the answer, for which the sender waits in vain.
    """
    checkpoint = association._reactor_checkpoint
    checkpoint.clear()
    until_s = time.monotonic() + _STOPPING_S
    time.sleep(_PAUSE_S)
    while not association._is_paused and time.monotonic() < until_s:
        time.sleep(_PAUSE_S)
    association._reactor_checkpoint = _Held()
    resume: Callable[[], None] = checkpoint.set
    return resume


def _one(association: Any, path: Path) -> None:
    """Send one file. Refuses with NotSentError."""
    _config.STORE_SEND_CHUNKED_DATASET = True
    try:
        with quiet():
            answer = association.send_c_store(path)
    except ValueError as error:  # none of its contexts was accepted
        words = f"The archive takes no objects like {path.name}."
        raise _not_sent("NotAccepted", words, final=True) from error
    except RuntimeError as error:
        raise _not_sent("Interrupted", "The archive broke the connection.") from error
    if "Status" not in answer:
        raise _not_sent("Interrupted", "The archive broke the connection.")
    status = int(answer.Status)
    if status != 0 and status not in _WARNINGS:
        words = f"The archive refused {path.name} with status 0x{status:04X}."
        later = any(status in known for known in _LATER)
        raise _not_sent("Refused", words, final=not later)


def _kind(path: Path) -> tuple[str, str]:
    with quiet():
        meta: Any = dcmread(path, specific_tags=[], stop_before_pixels=True).file_meta
    return str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID)


def _not_sent(kind: str, words: str, *, final: bool = False) -> NotSentError:
    return NotSentError(Fault(kind=kind, words=words, final=final))


def _close(association: Any) -> None:
    """Close what pynetdicom leaves open where the other side has hung up first."""
    wrapped = association.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        wrapped.socket.close()
