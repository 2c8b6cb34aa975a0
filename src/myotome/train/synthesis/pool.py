"""Synthetic CTs for training the muscle network: a folder of them, written and read.

Labelled CTs are rendered anew, label maps without a CT into whole bodies.
"""

from __future__ import annotations

import dataclasses
import json
import os
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from myotome.errors import InputError
from myotome.train.cases.case import TrainingCase, load_entry
from myotome.train.cases.entry import CaseEntry
from myotome.train.synthesis.look import Look, draw_look
from myotome.train.synthesis.order import Order, variant
from myotome.train.synthesis.repaint import finished, rendered
from myotome.train.synthesis.where import anatomy, with_heart
from myotome.train.synthesis.whole_body import Build, built, draw_build, load_map

_MARGIN_PX, _MARGIN_SLICES = 20, 2
_ARRAYS = ("hu", "muscles", "compartments", "annotated", "organs", "dz_mm", "look")


def load_pool(folder: Path, without: Collection[str] = ()) -> list[TrainingCase]:
    """Every synthetic case in ``folder``, in order of name, but for the subjects ``without``.

    Refuses a damaged file by name.
    """
    paths = sorted(folder.glob("*.npz"))
    return [load_rendered(path) for path in paths if path.stem.split("~")[0] not in without]


def load_rendered(path: Path) -> TrainingCase:
    """One synthetic case written by :func:`save_rendered`."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            part = {key: file[key] for key in _ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"{path.name} is not a synthetic case: it is damaged.",
            mend="Delete it, and render it again with myotome render DATA -o POOL.",
        ) from error
    return TrainingCase(
        name=path.stem,
        hu=part["hu"].astype(np.float32),
        muscles=part["muscles"],
        compartments=part["compartments"],
        annotated=part["annotated"],
        organs=part["organs"],
        dz_mm=float(part["dz_mm"]),
    )


def save_rendered(case: TrainingCase, look: str, folder: Path) -> Path:
    """Write ``case`` and its drawn parameters (JSON) as ``folder/NAME.npz``, atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case.name}.npz"
    partial = folder / f".{case.name}.partial"
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            hu=np.rint(case.hu).astype(np.int16),
            muscles=case.muscles,
            compartments=case.compartments,
            annotated=case.annotated,
            organs=case.organs,
            dz_mm=np.float64(case.dz_mm),
            look=np.array(look),
        )
    os.replace(partial, path)  # noqa: PTH105 - the one call that is atomic everywhere
    return path


def looks(name: str, seed: int, variants: int, *, painted: bool = False) -> list[Look]:
    """The looks of a subject's variants; each depends on its number, not on how many.

    Every third is painted, all of them if ``painted``.
    """
    out = []
    for number in range(variants):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        out.append(draw_look(rng, painted=painted or number % 3 == 2))
    return out


def render_case(case: TrainingCase, chosen: Sequence[Look]) -> Iterator[TrainingCase]:
    """``case`` rendered once per look, as ``subject~renderN``."""
    case = with_heart(trimmed(case))
    where = anatomy(case)
    for number, look in enumerate(chosen):
        hu, muscles, compartments = rendered(case, where, look)
        yield dataclasses.replace(
            case,
            name=variant(case.subject, number),
            hu=hu,
            muscles=muscles,
            compartments=compartments,
        )


def build_of(look: Look) -> Build:
    """The body drawn with a look of a label map."""
    return draw_build(np.random.default_rng([look.seed, 1]))


def render_map(blank: TrainingCase, chosen: Sequence[Look]) -> Iterator[TrainingCase]:
    """A label map without CT as whole bodies, as ``subject~renderN``."""
    for number, look in enumerate(chosen):
        rng = np.random.default_rng(look.seed)
        case, where = built(blank, build_of(look), look)
        hu, muscles, compartments = finished(case.hu, case, where, look, rng)
        made = dataclasses.replace(
            case,
            name=variant(case.subject, number),
            hu=hu,
            muscles=muscles,
            compartments=compartments,
        )
        yield trimmed(made)


def trimmed(case: TrainingCase) -> TrainingCase:
    """Only the slices with annotations (and two beyond), only the body and a margin."""
    usable = case.usable_slices
    low = max(0, int(usable[0]) - _MARGIN_SLICES)
    k = slice(low, int(usable[-1]) + 1 + _MARGIN_SLICES)
    solid = (case.hu[k] > -300).sum(axis=0) > len(case.hu[k]) // 20
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    j = slice(max(0, int(rows[0]) - _MARGIN_PX), int(rows[-1]) + 1 + _MARGIN_PX)
    i = slice(max(0, int(columns[0]) - _MARGIN_PX), int(columns[-1]) + 1 + _MARGIN_PX)
    return dataclasses.replace(
        case,
        hu=np.ascontiguousarray(case.hu[k, j, i]),
        muscles=np.ascontiguousarray(case.muscles[k, j, i]),
        compartments=np.ascontiguousarray(case.compartments[k, j, i]),
        annotated=case.annotated[k].copy(),
        organs=np.ascontiguousarray(case.organs[k, j, i]),
    )


def render_entry(entry: CaseEntry, order: Order) -> Iterator[Path]:
    """The renderings of one case that are not there yet: of its CT, or of a whole body."""
    painted = entry.ct is None
    chosen = looks(entry.title, order.seed, order.variants, painted=painted)
    left = dict(enumerate(chosen))
    for number in range(order.done(entry.title)):
        del left[number]
    if not left:
        return
    if painted:
        made = render_map(load_map(entry), list(left.values()))
    else:
        made = render_case(load_entry(entry), list(left.values()))
    for (number, look), case in zip(left.items(), made, strict=True):
        build = dataclasses.asdict(build_of(look)) if painted else None
        record = json.dumps({**dataclasses.asdict(look), "build": build})
        named = dataclasses.replace(case, name=variant(entry.title, number))
        yield save_rendered(named, record, order.out)
