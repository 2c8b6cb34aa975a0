"""Myotome: muscle and body-composition numbers from routine CT. Research use only."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    "Person": "myotome.nouns.study.person",
    "StudyResult": "myotome.nouns.study.result",
    "LoadedResult": "myotome.nouns.study.loaded",
}
__all__ = ["LoadedResult", "Person", "StudyResult", "load", "run"]


def __getattr__(name: str) -> Any:
    """``myotome.run``, ``myotome.load`` and the nouns around them."""
    if name not in _DOORS:
        raise AttributeError(f"module 'myotome' has no attribute {name!r}")
    return getattr(importlib.import_module(_DOORS[name]), name)
