"""What an image is: by which facts it parts from others, and which it shares with its stack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydicom import Dataset

from myotome.nouns.study.series import Instance
from myotome.tables.series.traits import PARTING, Parting

_SAME_ORIENTATION = 0.02
"""Direction cosines of one stack differ by less than this (about 1 degree)."""

Fact = float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What must be equal within a stack; the fields are the rows of ``tables.series.traits``.

    Texts are as plain as they compare: kernel, patient and frame of reference "" where unknown.
    ``purpose`` is the kind of image by its type's words ("" for a plain axial one),
    ``first_hand`` the first value of the image type.
    """

    sop_class_uid: str
    modality: str
    rows: int | None
    columns: int | None
    pixel_spacing_mm: tuple[float, float] | None
    purpose: str
    first_hand: str
    thickness_mm: float | None
    kernel: str
    subject: str = field(repr=False)
    frame_uid: str = field(repr=False)

    @property
    def unknown(self) -> int:
        """How many of the facts that may be missing are."""
        return sum(row.unknown_fits and not getattr(self, row.key) for row in PARTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image or frame with what may tell it from its neighbours.

    ``name`` is its file's name, ``kind`` what must be equal within a stack, ``moments`` what
    may tell phases apart (the exact header, acquisition, temporal position, ... , in the order
    they are tried), ``traits`` the facts of ``tables.series.traits.TRAITS``, in their order,
    ``lossy`` whether anything tells of compression with loss.
    """

    name: str = field(repr=False)
    instance: Instance
    dataset: Dataset = field(repr=False)
    kind: Kind
    moments: tuple[str, ...]
    traits: tuple[Fact, ...] = field(default=(), repr=False)
    lossy: bool = False

    def unlike(self, why: str) -> Image:
        """The same image with word of why it is not to be used."""
        if self.instance.unlike:
            return self
        return replace(self, instance=replace(self.instance, unlike=why))


def plain(words: str) -> str:
    """A text as it compares: letters and digits alone, without case."""
    return re.sub(r"[\W_]+", "", words.casefold())


def differences(a: Kind, b: Kind, *, soft: bool = True) -> tuple[str, ...]:
    """In what two kinds differ, in words; without ``soft`` only what always parts."""
    rows = (row for row in PARTING if soft or not row.soft)
    found = (r.words for r in rows if not _agree(r, getattr(a, r.key), getattr(b, r.key)))
    return tuple(dict.fromkeys(found))


def _agree(row: Parting, a: Any, b: Any) -> bool:
    if a == b or (row.unknown_fits and (not a or not b)):
        return True
    if a is None or b is None or not (row.share or row.apart):
        return False
    pairs = zip(a, b, strict=True) if isinstance(a, tuple) else ((a, b),)
    return all(near(p, q, share=row.share, apart=row.apart) for p, q in pairs)


def near(a: float, b: float, *, share: float, apart: float) -> bool:
    """Whether two numbers are the same, but for rounding."""
    return abs(a - b) <= max(apart, share * max(abs(a), abs(b))) + 1e-9


def by_kind(images: Sequence[Image]) -> list[list[Image]]:
    """Images of one kind each, in their order; what is frequent and complete decides first."""
    counts = Counter(image.kind for image in images)
    order = sorted(counts, key=lambda kind: (kind.unknown, -counts[kind]))
    first: list[Kind] = []
    home: dict[Kind, int] = {}
    for kind in order:
        fits = (n for n, other in enumerate(first) if not differences(kind, other))
        home[kind] = next(fits, len(first))
        if home[kind] == len(first):
            first.append(kind)
    groups: list[list[Image]] = [[] for _ in first]
    for image in images:
        groups[home[image.kind]].append(image)
    return groups


def by_orientation(images: Iterable[Image]) -> list[list[Image]]:
    """Images whose direction cosines are the same, or missing in all."""
    groups: list[list[Image]] = []
    for image in images:
        for group in groups:
            if parallel(image.instance, group[0].instance):
                group.append(image)
                break
        else:
            groups.append([image])
    return groups


def parallel(a: Instance, b: Instance) -> bool:
    """Whether two images have the same direction cosines (within about 1 degree)."""
    if a.orientation is None or b.orientation is None:
        return a.orientation is b.orientation
    return all(
        abs(p - q) < _SAME_ORIENTATION for p, q in zip(a.orientation, b.orientation, strict=True)
    )


def lead(images: Sequence[Image]) -> Image:
    """The first image of the most frequent kind: the one that the header is taken from."""
    sound = [image for image in images if not image.instance.unlike] or list(images)
    (kind, _), *_ = Counter(image.kind for image in sound).most_common(1)
    return next(image for image in sound if image.kind == kind)
