"""Myotome: muscle and body-composition numbers from routine CT. Research use only."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from myotome.nouns.study.person import Person as Person
    from myotome.nouns.study.result import StudyResult as StudyResult
    from myotome.study import run as run

__version__ = "0.1.0"

# Loaded at first use, so that `import myotome` costs nothing and no layer imports upwards.
_DOORS = {
    "run": "myotome.study",
    "Person": "myotome.nouns.study.person",
    "StudyResult": "myotome.nouns.study.result",
}
__all__ = ["Person", "StudyResult", "run"]


def __getattr__(name: str) -> Any:
    """``myotome.run`` and the nouns around it."""
    if name not in _DOORS:
        raise AttributeError(f"module 'myotome' has no attribute {name!r}")
    return getattr(importlib.import_module(_DOORS[name]), name)
