"""The cases of the counting network: CTs with points in a data folder, and phantoms."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from myotome.errors import InputError
from myotome.nouns.space.volume import Volume
from myotome.phantom import Anatomy, render
from myotome.phantom.body.anatomy import LEVELS
from myotome.phantom.truth import Truth
from myotome.read.assemble import assemble
from myotome.read.input.files import opened
from myotome.read.listing import listed
from myotome.tables.anatomy.vertebrae import COUNTED
from myotome.train.vertebrae.points import (
    Coarse,
    SpineCase,
    Vertebra,
    read_points,
    spine_case,
)
from myotome.train.vertebrae.targets import SACRUM

_PHANTOM_SURE = 0.9


def cases_in(data: Path, coarse: Coarse, without: Collection[str] = ()) -> Iterator[SpineCase]:
    """Every ``data/vertebrae/NAME.json`` with its CT, but for the names in ``without``.

    The file's "ct" is the CT's place below ``data``. Refuses (InputError) a folder without
    such files, and a CT that lies elsewhere.
    """
    files = sorted((data / "vertebrae").glob("*.json"))
    if not files:
        raise InputError(
            "there are no points of vertebrae in that folder.", mend="It needs vertebrae/NAME.json."
        )
    for path in files:
        if path.stem not in without:
            points = read_points(path)
            yield spine_case(path.stem, read_ct(data, path), points, coarse)


def read_ct(data: Path, points: Path) -> Volume:
    """The CT that a file of points belongs to."""
    place = (data / str(json.loads(points.read_text(encoding="utf-8"))["ct"])).resolve()
    if not place.is_relative_to(data.resolve()):
        raise InputError(f"the CT of {points.name} lies outside the data folder.")
    with opened(place) as source:
        _, judged = listed(source)
        return assemble(judged[0].series)


def phantom_case(seed: int, coarse: Coarse) -> SpineCase:
    """A phantom drawn from ``seed``, with the vertebrae that its formula has."""
    anatomy = Anatomy.draw(seed)
    made = render(anatomy)
    return spine_case(f"phantom{seed}", made.volume, vertebrae_of(made.truth), coarse)


def vertebrae_of(truth: Truth) -> tuple[Vertebra, ...]:
    """The vertebrae of a phantom in view of its scan. It has no ribs to speak of."""
    levels = truth.landmarks.levels
    centres = [c for level in levels.values() if (c := level.centre_xy_mm) is not None]
    x, y = (sum(c[axis] for c in centres) / len(centres) for axis in (0, 1))
    top, bottom = truth.scan_z_mm
    out = []
    for name in COUNTED:
        if name not in LEVELS:
            continue
        superior, inferior = truth.anatomy.endplates_z_mm(name)
        middle = truth.anatomy.level_z_mm(name)
        if not bottom < middle < top:
            continue
        last = name == SACRUM
        out.append(
            Vertebra(
                name=name,
                centre_mm=(x, y, middle),
                superior_z_mm=superior if superior < top else None,
                inferior_z_mm=inferior if inferior > bottom and not last else None,
                whole=bottom < inferior and superior < top and not last,
                sure=_PHANTOM_SURE,
            )
        )
    return tuple(out)
