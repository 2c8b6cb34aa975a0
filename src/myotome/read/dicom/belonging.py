"""Which parts of one series, or of several, belong together, and what was left out of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.study.series import Instance
from myotome.read.dicom.geometry import Lineup, angle_deg, line_up, spacing
from myotome.read.dicom.kind import Image, differences, lead, parallel

_MOST_STACKS = 40
"""Of more stacks in one series, none are tried for belonging together."""
_FINER = 0.75
"""Parts fill each other's gaps if the whole has steps shorter than this share of either's."""
_APART = 1.5
"""Slices further apart than this times their thickness leave unscanned space between them."""
_FREE = 0.4
"""A place is free if it lies this share of a step from all that are taken."""
_STRAY_SHARE = 0.1
_FEWEST_HOSTS = 5
_TURNED_DEG = 15.0
"""An image turned further than this was made to lie otherwise, as a localizer is."""
_LEAST_PLACES = 3
"""Fewer places elsewhere are no part of a scan: images that watch for contrast, for example."""


def rejoined(stacks: list[list[Image]]) -> list[list[Image]]:
    """Stacks whose images fill each other's gaps put together again, if their kind allows it."""
    stacks = list(stacks)
    while len(stacks) <= _MOST_STACKS:
        pair = next(
            ((a, b) for a, b in combinations(stacks, 2) if _fill_each_other(a, b)),
            None,
        )
        if pair is None:
            break
        stacks = [s for s in stacks if s is not pair[0] and s is not pair[1]]
        stacks.append([*pair[0], *pair[1]])
    return stacks


def _fill_each_other(a: list[Image], b: list[Image]) -> bool:
    if min(len(a), len(b)) < 2 or not parallel(a[0].instance, b[0].instance):
        return False
    if differences(lead(a).kind, lead(b).kind, soft=False):
        return False
    whole = _even_step([*a, *b])
    if whole is None or all(_complete(part, whole) for part in (a, b)):
        return False
    steps = [_even_step(part) for part in (a, b)]
    return all(s is None or whole < _FINER * s for s in steps)


def _even_step(images: Sequence[Image]) -> float | None:
    """The step of images that lie evenly, each at a place of its own; else None."""
    lineup = line_up([image.instance for image in images])
    if lineup is None:
        return None
    found = spacing(lineup.offsets_mm)
    return found.step_mm if found.is_even and not found.repeats else None


def with_strays(stacks: list[list[Image]]) -> list[list[Image]]:
    """Few images of another kind join the stack that lacks an image where they lie.

    There they are marked as unlike: the stack is not whole without them, and wrong with them.
    """
    stacks = sorted(stacks, key=len, reverse=True)
    kept: list[list[Image]] = []
    for stack in stacks:
        for host in kept:
            why = _stray_in(stack, host)
            if why:
                host.extend(image.unlike(why) for image in stack)
                break
        else:
            kept.append(list(stack))
    return kept


def _stray_in(few: list[Image], host: list[Image]) -> str:
    """Why ``few`` are strangers in ``host``; "" if they do not belong there at all."""
    sound = [image for image in host if not image.instance.unlike]
    if len(sound) < _FEWEST_HOSTS or len(few) > max(1, _STRAY_SHARE * len(sound)):
        return ""
    one, other = lead(few), lead(sound)
    same_class = (one.kind.sop_class_uid, one.kind.modality) == (
        other.kind.sop_class_uid,
        other.kind.modality,
    )
    places = _Places.of(sound)
    if not same_class or places is None or not places.lack([i.instance for i in few]):
        return ""
    found = differences(one.kind, other.kind)
    if not found and not parallel(one.instance, other.instance):
        found = ("direction",)
    return f"it differs from the rest in {' and '.join(found)}" if found else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Places:
    """Where the slices of a stack lie along its normal, in mm from the first."""

    lineup: Lineup
    step_mm: float

    @classmethod
    def of(cls, images: Sequence[Image]) -> _Places | None:
        lineup = line_up([image.instance for image in images])
        step = None if lineup is None else spacing(lineup.offsets_mm).step_mm
        if lineup is None or not step:
            return None
        return cls(lineup=lineup, step_mm=step)

    def of_others(self, instances: Sequence[Instance]) -> NDArray[np.float64] | None:
        """The places of other images, None if they are unknown or the images are turned."""
        found = line_up(instances)
        if found is None or angle_deg(found.normal, self.lineup.normal) > _TURNED_DEG:
            return None
        positions = np.asarray([i.position_mm for i in instances], dtype=np.float64)
        return np.asarray((positions - self.lineup.origin_mm) @ self.lineup.normal)

    def free(self, places: NDArray[np.float64], step_mm: float | None = None) -> NDArray[np.bool_]:
        """Which of ``places`` are not taken, for slices ``step_mm`` apart (None: as here)."""
        taken = self.lineup.offsets_mm
        apart = np.abs(places[:, None] - taken[None, :]).min(axis=1)
        return np.asarray(apart > _FREE * min(self.step_mm, step_mm or self.step_mm))

    def lack(self, instances: Sequence[Instance]) -> bool:
        """Whether the images all lie where the stack has a hole or would go on."""
        places = self.of_others(instances)
        if places is None or not self.free(places).all():
            return False
        reach = (len(places) + 0.6) * self.step_mm
        low, high = self.lineup.offsets_mm[[0, -1]]
        return bool((places >= low - reach).all() and (places <= high + reach).all())


def left_out(stack: list[Image], stacks: Sequence[list[Image]]) -> tuple[int, tuple[str, ...]]:
    """How many images of the series lie elsewhere in other stacks, and in what those differ.

    Images at the places of ``stack`` are another phase or reconstruction and nothing is lost
    with them; those of another type (localizers) are no part of the scan.
    """
    own, places = lead(stack), _Places.of(stack)
    count, words = 0, list[str]()
    for other in stacks:
        theirs = lead(other)
        if other is stack or places is None or theirs.kind.purpose != own.kind.purpose:
            continue
        there = places.of_others([image.instance for image in other])
        if there is None:
            continue
        step = float(np.median(np.diff(np.sort(there)))) if len(there) > 1 else None
        free = there[places.free(there, step)]
        if len(np.unique(np.round(free, 1))) < _LEAST_PLACES:
            continue
        count += len(free)
        words += differences(own.kind, theirs.kind) or ("acquisition or phase",)
    return count, tuple(dict.fromkeys(words))


def going_on(stacks: Sequence[list[Image]]) -> list[tuple[int, ...]]:
    """Which stacks of one kind, each of another series, are one scan: sets of their indices.

    All together first, else pairs. One scan is an even stack with a place for every image.
    """
    everyone = tuple(range(len(stacks)))
    if len(stacks) < 2:
        return []
    if _is_one(stacks, everyone):
        return [everyone]
    if len(stacks) > _MOST_STACKS:
        return []
    return [pair for pair in combinations(everyone, 2) if _is_one(stacks, pair)]


def _is_one(stacks: Sequence[list[Image]], which: Sequence[int]) -> bool:
    images = [image for n in which for image in stacks[n]]
    first = images[0].instance
    if len(images) < _FEWEST_HOSTS or not all(parallel(i.instance, first) for i in images):
        return False
    whole = _even_step(images)
    return whole is not None and not any(_complete(stacks[n], whole) for n in which)


def _complete(part: Sequence[Image], whole_step_mm: float) -> bool:
    """Whether a stack has no gaps that a finer whole could fill: it is a scan of its own."""
    step, thickness = _even_step(part), lead(part).kind.thickness_mm
    if step is None or len(part) < 2 or whole_step_mm >= _FINER * step:
        return False
    return bool(thickness) and step <= _APART * (thickness or 0.0)
