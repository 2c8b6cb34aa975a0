"""Silence that two threads share disturbs neither of them, nor the program around them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from threading import Barrier

import pytest
from pydicom import config

from myotome.quiet.here import Held, quiet_here
from myotome.read.quiet import quiet

Silence = Callable[[], AbstractContextManager[None]]
SILENCES: list[Silence] = [quiet_here, quiet]


def state() -> tuple[object, ...]:
    """Everything that a switch for the whole process would change."""
    logger, settings = logging.getLogger("pydicom"), config.settings
    return (
        *(list(warnings.filters), warnings.showwarning),
        *(logger.level, logger.disabled, list(logger.filters)),
        *(settings._reading_validation_mode, settings._writing_validation_mode),
    )


def heard(caplog: pytest.LogCaptureFixture) -> tuple[int, int]:
    """How many of one warning and one log line of pydicom get through."""
    caplog.clear()
    told = 0
    try:
        warnings.warn("DOE^JANE", UserWarning, stacklevel=1)
    except UserWarning:  # the tests' own filter makes errors of warnings
        told = 1
    logging.getLogger("pydicom").warning("DOE^JANE")
    return told, len(caplog.records)


@pytest.mark.parametrize("silence", SILENCES)
def test_inside_nothing_is_heard_and_afterwards_all(silence: Silence, caplog) -> None:
    before = state()
    with silence():
        assert heard(caplog) == (0, 0)
        with silence():
            assert heard(caplog) == (0, 0)
        assert heard(caplog) == (0, 0)
    assert heard(caplog) == (1, 1)
    assert state() == before


@pytest.mark.parametrize("silence", SILENCES)
def test_threads_that_overlap_leave_all_as_it_was(silence: Silence, caplog) -> None:
    """The first to enter leaves first: each would put back what the other had changed."""
    before, step = state(), Barrier(3, timeout=10)

    def first() -> None:
        with silence():
            step.wait()  # the first is in
            step.wait()  # so is the second
        step.wait()  # the first is out

    def second() -> tuple[int, int]:
        step.wait()
        with silence():
            step.wait()
            step.wait()
            return heard(caplog)

    with ThreadPoolExecutor(2) as pool:
        working = pool.submit(first), pool.submit(second)
        for _ in range(2):
            step.wait()
            assert heard(caplog)[0] == 1  # the program around them hears all the while
        step.wait()
        assert working[1].result()[0] == 0
        working[0].result()
    assert state() == before
    assert heard(caplog) == (1, 1)


def test_the_hosts_own_filters_survive(caplog) -> None:
    before = state()
    with quiet_here():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
        with quiet_here():  # may put back what the program took away
            assert heard(caplog)[0] == 0
    assert heard(caplog) == (1, 1)
    assert state() == before


def test_a_thread_begun_inside_is_quiet_with_the_context(caplog) -> None:
    with quiet_here(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(copy_context().run, heard, caplog).result()[0] == 0
        assert pool.submit(heard, caplog).result()[0] == 1


def test_a_failure_inside_leaves_nothing_behind() -> None:
    before = state()

    def fail() -> None:
        with quiet():
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert state() == before


def test_what_is_held_is_made_once_and_undone_once() -> None:
    said: list[str] = []

    def make() -> Callable[[], None]:
        said.append("made")
        return lambda: said.append("undone")

    change = Held(make)
    with change.held():
        with change.held():
            pass
        assert said == ["made"]
    assert said == ["made", "undone"]
