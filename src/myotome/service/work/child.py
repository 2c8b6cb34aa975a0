"""The process that measures one study: told on stdin, answers with one line of JSON in a file.

It ends with its parent, and keeps within the memory that it is given.
"""

from __future__ import annotations

import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_END_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


def main() -> None:
    """Measure what stdin says. Never raises: every end has its answer."""
    told = json.loads(sys.stdin.read())
    _end_with_parent()
    _limit_memory(int(told["memory_mb"]))
    answer = _answer(told)
    Path(told["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def _answer(told: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"status": "ok", **_measured(told)}
    except MemoryError:
        words = f"The study does not fit into {told['memory_mb']} MB of memory."
        return {"status": "error", "kind": "OutOfMemory", "words": words, "final": False}
    except Exception as error:  # every end of a study is told by its name
        return _named(error)


def _measured(told: dict[str, Any]) -> dict[str, Any]:
    from myotome.service.work.how import configuration
    from myotome.study import run_study

    config = configuration(told["configuration"], told["salt"])
    outcome = run_study(told["input"], config=config, out=told["out"])
    summary = outcome.summary()
    return {"summary": {key: summary[key] for key in ("series", "values", "flags", "seconds")}}


def _named(error: Exception) -> dict[str, Any]:
    """A refusal in its own words; of other errors the name alone, as their words may tell more."""
    from myotome.errors import MyotomeError
    from myotome.study import SERIES_FAULTS

    known = isinstance(error, MyotomeError)
    return {
        "status": "error",
        "kind": type(error).__name__,
        "words": str(error) if known else "An unexpected error.",
        "final": isinstance(error, SERIES_FAULTS),
    }


def _end_with_parent() -> None:
    with suppress(Exception):  # other systems than Linux: the lease ends the job all the same
        import ctypes

        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)


def _limit_memory(memory_mb: int) -> None:
    if not memory_mb:
        return
    with suppress(ImportError):  # not on Windows
        import resource

        most = memory_mb * 10**6
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


if __name__ == "__main__":
    main()
