"""One run at a time on one cohort folder."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from myotome.cohort.store.layout import Layout
from myotome.errors import OutputError
from myotome.write.folder import refusal


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the cohort's lock; the system lets go of it when this process ends, however it ends.

    Refuses (OutputError) while another process holds it.
    """
    try:
        layout.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(layout.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise refusal(error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(
                f"another run is at work on this cohort ({_holder(handle)}).",
                why="Two runs would measure the same studies.",
                mend="Wait for it, or end it: nothing that it finished is lost.",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(
            handle, json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode(), 0
        )
        yield
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    try:
        told = json.loads(os.pread(handle, 1 << 10, 0))
        return f"process {int(told['pid'])} on {told['host']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
