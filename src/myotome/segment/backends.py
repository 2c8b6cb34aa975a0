"""The makers of labels, one row each: the bundled network, TotalSegmentator, label maps.

Another package adds one by an entry point of the group ``myotome.backends``
(docs/how-to/add-a-backend.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myotome.errors import BackendError, MyotomeError
from myotome.nouns.space.label_map import LabelReader
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.plugins import Broken, Extensible, absent
from myotome.tables.registry import Registry

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]

BUNDLED = "bundled"
LABELS = "labels"
TOTALSEGMENTATOR = "totalsegmentator"
NET = "muscles"
"""The network that segments, by its name among the weights."""
GROUP = "myotome.backends"


class Backend(Protocol):
    """Anything that labels the 12 muscles of a CT between two planes."""

    def __call__(self, volume: Volume, slab: Slab, /) -> Segmentation:
        """The muscles on the CT's grid, at least on the slices of the slab that it can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a backend is made from.

    ``argument`` is what stands behind the colon of its name, ``mapping`` the name or file of a
    label table, ``fill`` whether labels are interpolated between drawn slices, ``nets`` gives the
    networks by name, and ``read`` reads label files.
    """

    argument: str = ""
    mapping: str | None = None
    fill: bool = False
    nets: Callable[[str], Network] | None = None
    read: LabelReader | None = None

    @property
    def reader(self) -> LabelReader:
        """The door to label files. Refuses (BackendError) if it was not given."""
        if self.read is None:
            raise BackendError("a backend of labels needs a reader of label files.")
        return self.read


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendRow:
    """One maker of labels.

    ``make`` gives the backend; nothing heavy may be loaded before that is called. ``argument``
    names what must stand behind a colon ("PATH" for "labels:PATH"; empty: nothing may).
    ``needs`` are modules and ``programs`` programs, ``mend`` how to install them. ``nets`` are
    the networks that it asks for, ``takes_mapping`` says whether a label mapping means anything
    to it.
    """

    key: str
    words: str
    make: Callable[[Wish], Backend]
    argument: str = ""
    needs: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    mend: str = ""
    nets: tuple[str, ...] = ()
    takes_mapping: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """What it needs and this installation does not have."""
        return absent(self.needs, self.programs)

    @property
    def syntax(self) -> str:
        """How it is asked for on the command line."""
        return f"{self.key}:{self.argument}" if self.argument else self.key


def _bundled(wish: Wish) -> Backend:
    nets = wish.nets
    if nets is None:
        raise BackendError(f'the backend "{BUNDLED}" needs its network.')

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        from myotome.segment.bundled.network import segmented

        return segmented(volume, slab, nets(NET))

    return segment


def _totalsegmentator(wish: Wish) -> Backend:
    from myotome.segment.labels.totalsegmentator import totalsegmentator

    return totalsegmentator(wish.reader)


def _labels(wish: Wish) -> Backend:
    from myotome.segment.labels.masks import labelled

    return labelled(Path(wish.argument), wish.mapping, wish.reader, fill=wish.fill)


BACKENDS: Extensible[BackendRow] = Extensible(
    Registry(
        "backend",
        (
            BackendRow(
                key=BUNDLED,
                words="the network that comes with Myotome, or your own with --network",
                make=_bundled,
                nets=(NET,),
            ),
            BackendRow(
                key=TOTALSEGMENTATOR,
                words="TotalSegmentator, a program of its own",
                make=_totalsegmentator,
                programs=("TotalSegmentator",),
                mend='Run "pip install TotalSegmentator", or use another --backend.',
            ),
            BackendRow(
                key=LABELS,
                words="labels that another program or person made, of any format",
                make=_labels,
                argument="PATH",
                takes_mapping=True,
            ),
        ),
    ),
    GROUP,
)
"""Every backend. Those of other packages are loaded only when they are asked for."""


def backend_row(name: str) -> BackendRow:
    """The row of the backend ``name`` ("key" or "key:argument").

    Refuses (BackendError) one that nobody offers, a broken plug-in, and an argument that is
    missing or not taken.
    """
    key, _, argument = name.partition(":")
    row = BACKENDS.find(key)
    if isinstance(row, Broken):
        raise BackendError(f"{row}.", mend="Mend or remove that package, or use another --backend.")
    if row is None:
        told = ", ".join(one.syntax for one in BACKENDS.usable())
        raise BackendError(f'there is no backend "{key[:40]}".', mend=f"Use {told}.")
    if bool(argument) is not bool(row.argument):
        raise BackendError(f'the backend "{row.key}" is written {row.syntax}.')
    return row


def refuse_network(row: BackendRow) -> None:
    """Refuse (BackendError) a user's own network where ``row`` has no use for it."""
    if NET not in row.nets:
        raise BackendError(
            f'the backend "{row.key}" uses no network of yours.',
            mend=f"Leave out --network, or use --backend {BUNDLED}.",
        )


def refuse_filling(row: BackendRow) -> None:
    """Refuse (BackendError) to fill slices between drawn ones where ``row`` draws them all."""
    if not row.takes_mapping:
        raise BackendError(
            f'the backend "{row.key}" skips no slices that could be filled.',
            mend="Use --fill-between with labels:PATH only.",
        )


def backend(
    name: str,
    *,
    mapping: str | None = None,
    fill: bool = False,
    nets: Callable[[str], Network] | None = None,
    read: LabelReader | None = None,
) -> Backend:
    """The backend called ``name``: the key of a row, with its argument behind a colon.

    ``mapping`` and ``fill`` belong to "labels" (a label table by name or file, whether slices
    between drawn ones are filled; others have no use for that), ``nets`` gives the networks
    by name, ``read`` reads label files. Nothing is loaded before the backend is called, but a
    wrong name or mapping and what is not installed are refused here.
    """
    row = backend_row(name)
    if mapping is not None and not row.takes_mapping:
        raise BackendError(
            f'the backend "{row.key}" takes no mapping.',
            mend="Use --mapping with labels:PATH only.",
        )
    if row.missing:
        raise BackendError(
            f'the backend "{row.key}" needs what is not installed: {", ".join(row.missing)}.',
            mend=row.mend,
        )
    argument = name.partition(":")[2]
    wish = Wish(argument=argument, mapping=mapping, fill=fill, nets=nets, read=read)
    return row.make(wish) if row.key in BACKENDS.own else _theirs(row, wish)


def _theirs(row: BackendRow, wish: Wish) -> Backend:
    """A plug-in's backend, whose own failures are told as its."""

    @contextmanager
    def told() -> Iterator[None]:
        try:
            yield
        except MyotomeError:
            raise
        except Exception as error:
            raise BackendError(
                f'the backend "{row.key}" of another package failed.',
                mend="Use another --backend, and tell those who made it.",
            ) from error

    with told():
        made = row.make(wish)

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        with told():
            return made(volume, slab)

    return segment
