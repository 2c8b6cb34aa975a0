"""Single images that do not belong to their stack by what their headers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from myotome.read.dicom.kind import Fact, Image, near
from myotome.tables.series.traits import FEW, LEAST_IMAGES, TRAITS, Trait


def marked(stack: Sequence[Image]) -> tuple[list[Image], tuple[str, ...]]:
    """The images of one stack, the strangers among them marked, and in what the stack is mixed.

    A stranger is one of few images with another value of a fact that does not vary within a
    sound stack, or without it where it must be said (``tables.series.traits``). The second are
    the words of facts that vary among many images, or harmlessly.
    """
    found, mixed = _without_place(stack), list[str]()
    for n, row in enumerate(TRAITS):
        values = [image.traits[n] for image in stack]
        usual, strange = _strange(row, values)
        if usual is None or not strange:
            continue
        few = len(stack) >= LEAST_IMAGES and len(strange) <= FEW * len(stack)
        if not (few and row.few == "refused"):
            if (row.few if few else row.many) == "told":
                mixed.append(row.words)
            silent = [k for k in strange if values[k] is None]
            strange = silent if 2 * len(silent) < len(stack) else []
        for k in strange:
            found[k] = found[k].unlike(_why(row, values[k], usual))
    return found, tuple(mixed)


def _without_place(stack: Sequence[Image]) -> list[Image]:
    """The images, those marked that alone do not say where they lie."""
    lost = sum(image.instance.position_mm is None for image in stack)
    if not lost or len(stack) < LEAST_IMAGES or lost > FEW * len(stack):
        return list(stack)
    return [
        image if image.instance.position_mm else image.unlike("it does not say where it lies")
        for image in stack
    ]


def _strange(row: Trait, values: Sequence[Fact]) -> tuple[Fact, list[int]]:
    """The usual value and the images with another one; unknown counts only where it must be."""
    said = Counter(v for v in values if v is not None)
    if not said:
        return None, []
    (usual, _), *_ = said.most_common(1)
    strange = [
        k
        for k, value in enumerate(values)
        if (row.must if value is None else not _same(row, value, usual))
    ]
    return usual, strange


def _same(row: Trait, a: Fact, b: Fact) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return near(a, b, share=row.share, apart=row.apart)
    return a == b


def _why(row: Trait, value: Fact, usual: Fact) -> str:
    if value is None:
        return f"it has no {row.words}, unlike the rest"
    if row.shown and isinstance(value, float) and isinstance(usual, float):
        return f"its {row.words} is {value:g}{row.unit} where the rest have {usual:g}{row.unit}"
    return f"it has another {row.words} than the rest"
