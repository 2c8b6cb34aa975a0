"""Silence around pydicom: its warnings quote header values, which may name the patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydicom import config

from myotome.quiet.here import Held, quiet_here


@contextmanager
def quiet() -> Iterator[None]:
    """No value checks, warnings or log lines from pydicom inside the block.

    Headers in the wild break value rules all the time; what matters here is checked by the
    readers themselves. Warnings and log lines of other threads are heard as before; pydicom has
    but one setting for value checks, which are off while any thread is in here, and then as
    they were.
    """
    with quiet_here(), _CHECKS.held():
        yield


def _unchecked() -> Callable[[], None]:
    settings = config.settings
    before = (settings._reading_validation_mode, settings._writing_validation_mode)
    settings.reading_validation_mode = settings.writing_validation_mode = config.IGNORE

    def undo() -> None:
        settings._reading_validation_mode, settings._writing_validation_mode = before

    return undo


_CHECKS = Held(_unchecked)
