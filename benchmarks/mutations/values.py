"""The values of slices scaled, shifted, saturated, turned and exchanged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from benchmarks.mutations.kind import Done, Kind, Target
from benchmarks.mutations.stack import Array, stack_of

WITHIN = "a scanner may be off by as much, and the image has no second scale to hold it against"
SOFT = "a softer kernel gives such images, and they show the same body"
ONE_SLICE = "neighbouring slices differ by as much in sound scans"
FREE = {
    **{(f"{add:+g} HU", "all"): WITHIN for add in (-12, 12)},
    **{("blurred by 1 pixels", many): SOFT for many in ("some", "all")},
}
"""By words and extent."""
Change = Callable[[Array, Generator], tuple[Array, str]]


def _scaled(hu: Array, rng: Generator) -> tuple[Array, str]:
    factor = float(rng.choice([-1, 0.5, 0.8, 0.9, 0.95, 1.05, 1.1, 1.25, 2]))
    return hu * factor, f"times {factor:g}"


def _shifted(hu: Array, rng: Generator) -> tuple[Array, str]:
    add = float(rng.choice([-1024, -200, -100, -50, -24, -12, 12, 24, 50, 100, 200, 1024]))
    return hu + add, f"{add:+g} HU"


def _saturated(hu: Array, rng: Generator) -> tuple[Array, str]:
    if rng.random() < 0.5:
        top = float(rng.choice([0, 30, 60, 100, 200]))
        return np.minimum(hu, top), f"cut off above {top:g} HU"
    bottom = float(rng.choice([-300, -150, -50, 0]))
    return np.maximum(hu, bottom), f"cut off below {bottom:g} HU"


def _blank(hu: Array, rng: Generator) -> tuple[Array, str]:
    value = float(rng.choice([-2000, -1024, 0, 40, 3071]))
    return np.full_like(hu, value), f"all {value:g} HU"


def _noisy(hu: Array, rng: Generator) -> tuple[Array, str]:
    sd = float(rng.choice([50, 100, 300]))
    return hu + rng.normal(0, sd, hu.shape).astype(np.float32), f"noise of {sd:g} HU"


def _coarse(hu: Array, rng: Generator) -> tuple[Array, str]:
    step = float(rng.choice([16, 64, 256]))
    return np.floor(hu / step) * step, f"in steps of {step:g} HU"


def _blurred(hu: Array, rng: Generator) -> tuple[Array, str]:
    sigma = float(rng.choice([1, 3]))
    return ndimage.gaussian_filter(hu, (0, sigma, sigma)), f"blurred by {sigma:g} pixels"


def _swapped_bytes(hu: Array, rng: Generator) -> tuple[Array, str]:
    del rng
    return hu.astype(np.int16).byteswap().astype(np.float32), "bytes exchanged"


def _mirrored(hu: Array, rng: Generator) -> tuple[Array, str]:
    del rng
    return hu[:, :, ::-1], "mirrored"


def _over(hu: Array, rng: Generator) -> tuple[Array, str]:
    del rng
    return hu[:, ::-1], "front to back"


def _turned(hu: Array, rng: Generator) -> tuple[Array, str]:
    turns = int(rng.integers(1, 4)) if hu.shape[1] == hu.shape[2] else 2
    return np.rot90(hu, turns, (1, 2)), f"turned by {90 * turns} degrees"


def _rolled(hu: Array, rng: Generator) -> tuple[Array, str]:
    by = int(rng.integers(5, hu.shape[2] // 2))
    return np.roll(hu, by, int(rng.integers(1, 3))), f"rolled by {by} pixels"


def _block(hu: Array, rng: Generator) -> tuple[Array, str]:
    side = hu.shape[1] // 4
    y, x = (int(v) for v in rng.integers(side, 2 * side, 2))
    hu[:, y : y + side, x : x + side] = float(rng.choice([-1024, 0, 3071]))
    return hu, "a block painted over"


def _on_slices(target: Target, rng: Generator, *, change: Change, many: str) -> Done:
    stack = stack_of(target)
    count = len(stack.hu)
    first, some = 0, count
    if many != "all":
        some = 1 if many == "one" else int(rng.integers(2, max(3, count // 2)))
        first = int(rng.integers(count - some + 1))
    changed, words = change(stack.hu[first : first + some].copy(), rng)
    stack.hu[first : first + some] = changed
    stack.save(stack.hu)
    return Done(
        words=f"{words}: slices {first} to {first + some - 1} of {count}",
        undetectable=FREE.get((words, many), ""),
    )


def _another_slice(target: Target, rng: Generator) -> Done:
    stack = stack_of(target)
    to, of = (int(n) for n in rng.integers(len(stack.hu), size=2))
    stack.hu[to] = stack.hu[of]
    stack.save(stack.hu)
    return Done(
        words=f"slice {to} shows slice {of}",
        undetectable=ONE_SLICE if abs(to - of) <= 2 else "",
    )


def _another_person(target: Target, rng: Generator) -> Done:
    stack, other = stack_of(target), stack_of(target, target.other)
    to = int(rng.integers(len(stack.hu)))
    of = min(to, len(other.hu) - 1)
    if other.hu[of].shape != stack.hu[to].shape:
        return Done(words="nothing: the other person's images have another size")
    stack.hu[to] = other.hu[of]
    stack.save(stack.hu)
    return Done(words=f"slice {to} shows another person's")


def _order(target: Target, rng: Generator) -> Done:
    stack = stack_of(target)
    way = str(rng.choice(["reversed", "shuffled", "rotated", "two"]))
    count = len(stack.hu)
    order = np.arange(count)
    if way == "reversed":
        order = order[::-1]
    elif way == "shuffled":
        order = rng.permutation(count)
    elif way == "rotated":
        order = np.roll(order, int(rng.integers(3, count - 3)))
    else:
        one, two = (int(n) for n in rng.integers(count, size=2))
        order[[one, two]] = order[[two, one]]
        way = f"slices {one} and {two} exchanged"
        near = abs(one - two) <= 2
        stack.save(stack.hu[order])
        return Done(words=way, undetectable=ONE_SLICE if near else "")
    stack.save(stack.hu[order])
    return Done(words=f"slices {way}")


_CHANGES: tuple[tuple[str, Change], ...] = (
    ("scaled", _scaled),
    ("shifted", _shifted),
    ("saturated", _saturated),
    ("blank", _blank),
    ("noisy", _noisy),
    ("coarse", _coarse),
    ("blurred", _blurred),
    ("bytes_swapped", _swapped_bytes),
    ("mirrored", _mirrored),
    ("upside_down", _over),
    ("turned", _turned),
    ("rolled", _rolled),
    ("block", _block),
)

KINDS = (
    *(
        Kind(
            key=f"values_{key}_{many}",
            needs="planes",
            make=partial(_on_slices, change=change, many=many),
            weight=0.5,
        )
        for key, change in _CHANGES
        for many in ("one", "some", "all")
    ),
    Kind(key="slice_of_elsewhere", needs="planes", make=_another_slice),
    Kind(key="slice_of_another", needs="planes", make=_another_person),
    Kind(key="slices_reordered", needs="planes", make=_order, weight=1.5),
)
