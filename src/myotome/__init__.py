"""Myotome: muscle and body-composition numbers from routine CT. Research use only."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort as Cohort
    from myotome.cohort.store.opened import open_cohort as open_cohort
    from myotome.nouns.study.loaded import LoadedResult as LoadedResult
    from myotome.nouns.study.person import Person as Person
    from myotome.nouns.study.result import StudyResult as StudyResult
    from myotome.read.results.load import load as load
    from myotome.study import run as run

__version__ = "0.1.0"

# Loaded at first use, so that `import myotome` costs nothing and no layer imports upwards.
_DOORS = {
    "run": "myotome.study",
    "load": "myotome.read.results.load",
    "open_cohort": "myotome.cohort.store.opened",
    "Cohort": "myotome.cohort.store.opened",
    "Person": "myotome.nouns.study.person",
    "StudyResult": "myotome.nouns.study.result",
    "LoadedResult": "myotome.nouns.study.loaded",
}
__all__ = ["Cohort", "LoadedResult", "Person", "StudyResult", "load", "open_cohort", "run"]


def __getattr__(name: str) -> Any:
    """``myotome.run``, ``load``, ``open_cohort`` and the nouns around them."""
    if name not in _DOORS:
        raise AttributeError(f"module 'myotome' has no attribute {name!r}")
    return getattr(importlib.import_module(_DOORS[name]), name)
