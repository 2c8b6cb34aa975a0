"""Split the images of one series into stacks that each can be one volume.

First by what must never be mixed (patient, frame of reference, image size, orientation, kind of
image, thickness, kernel; :mod:`myotome.tables.series.traits`), compared as facts and not as texts;
then, only where places repeat or are uneven, by the exact header, acquisition, phase and time. A
series whose slices lie evenly is never torn apart by a number that changes per rotation or by the
rounding of its headers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from myotome.read.dicom.belonging import rejoined, with_strays
from myotome.read.dicom.geometry import Spacing, line_up, spacing
from myotome.read.dicom.kind import Image, by_kind, by_orientation

_FEW_PARTS = 3
"""A series is split into this many parts at most, or as many as images share one place."""
_FEWEST_FOR_FRAMES = 4


def split(images: Sequence[Image]) -> list[list[Image]]:
    """The stacks of one series, each sorted by name; no image is lost, none is in two.

    An image that lies where a stack lacks one, but is of another kind, joins that stack and says
    in what it is unlike (``Instance.unlike``).
    """
    stacks: list[list[Image]] = []
    for same_kind in by_kind(_framed(sorted(images, key=_order))):
        for parallel in by_orientation(same_kind):
            stacks += _by_moment(parallel, moment=0)
    joined = with_strays(rejoined(stacks))
    return [sorted(stack, key=_order) for stack in joined]


def _order(image: Image) -> tuple[str, int]:
    return image.name, image.instance.frame or 0


def _framed(images: list[Image]) -> list[Image]:
    """The images without their frames of reference if almost each has its own, as if made up."""
    frames = Counter(image.kind.frame_uid for image in images)
    if len(images) < _FEWEST_FOR_FRAMES or 2 * len(frames) <= len(images):
        return images
    return [replace(image, kind=replace(image.kind, frame_uid="")) for image in images]


def _spacing(images: Sequence[Image]) -> Spacing | None:
    lineup = line_up([i.instance for i in images])
    return None if lineup is None else spacing(lineup.offsets_mm)


def _by_moment(images: list[Image], moment: int) -> list[list[Image]]:
    """Split by the first moment that makes the parts more even; then go on within the parts."""
    whole = _spacing(images)
    if whole is None or not whole.irregularity or moment >= len(images[0].moments):
        return [images] if whole is None or not whole.repeats else _by_runs(images, whole)
    parts = list(_grouped(images, lambda i: i.moments[moment]).values())
    if len(parts) > 1 and _better(whole, parts):
        return [s for part in parts for s in _by_moment(part, moment + 1)]
    return _by_moment(images, moment + 1)


def _grouped(images: list[Image], key: Callable[[Image], Hashable]) -> dict[Hashable, list[Image]]:
    groups: dict[Hashable, list[Image]] = defaultdict(list)
    for image in images:
        groups[key(image)].append(image)
    return groups


def _better(whole: Spacing, parts: list[list[Image]]) -> bool:
    """True if the parts are more even than the whole and are no mere crumbs of it.

    Without repeats the whole may just have a gap; then only two or three real parts count, or
    every rotation of a step-and-shoot scan would become a stack and hide the gap.
    """
    judged = [_spacing(part) for part in parts]
    after = sum(s.irregularity for s in judged if s is not None)
    if after >= whole.irregularity or len(parts) > max(_FEW_PARTS, whole.most_at_one_place):
        return False
    if whole.repeats:
        return len(max(parts, key=len)) >= 3
    return min(len(p) for p in parts) >= 10


def _by_runs(images: list[Image], whole: Spacing) -> list[list[Image]]:
    """Phases without any mark: runs of instance numbers that pass the same places again.

    A few slices sent twice make short overlaps, not phases, and stay where they are.
    """
    numbered = [i for i in images if i.instance.instance_number is not None]
    lineup = line_up([i.instance for i in numbered])
    if lineup is None or len(numbered) != len(images):
        return [images]
    place = dict(zip(lineup.order, lineup.offsets_mm, strict=True))
    by_number = sorted(range(len(images)), key=lambda n: (images[n].instance.instance_number, n))
    runs: list[list[int]] = [[]]
    taken: set[int] = set()
    for n in by_number:
        spot = round(float(place[n]) * 10)
        if spot in taken:
            runs.append([])
            taken = set()
        taken.add(spot)
        runs[-1].append(n)
    shortest = min(len(r) for r in runs)
    phases = 2 <= len(runs) <= whole.most_at_one_place and shortest >= 3
    if not phases or whole.repeats < (len(runs) - 1) * shortest // 2:
        return [images]
    return [[images[n] for n in run] for run in runs]
