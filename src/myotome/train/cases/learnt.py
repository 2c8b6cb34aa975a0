"""What a training needs of a case, whatever the task."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Protocol

from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag


class Case(Protocol):
    """One labelled body that a task learns from or measures on."""

    @property
    def name(self) -> str:
        """The subject, and after a ``~`` which of its cases, or which synthetic one."""

    @property
    def subject(self) -> str:
        """Whose it is: never both learnt from and measured on."""

    @property
    def split(self) -> str:
        """The manifest's: "train", "validation", "test", or "" where it does not say."""

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What the trainer must know of it."""

    @property
    def size(self) -> int:
        """How many samples one pass over it takes."""

    @property
    def labelled(self) -> Collection[str]:
        """The classes, of any head, that it can teach: those it has labels of somewhere."""

    @property
    def picture(self) -> NDArray[Any]:
        """What shows that two cases are the same scan."""

    def learnt(self) -> Iterable[bytes]:
        """The bytes by which two trainings are told apart."""
