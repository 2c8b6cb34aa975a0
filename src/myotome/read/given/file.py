"""One door to levels and planes that were set, or found, before: our JSON and DICOM files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from myotome.errors import InputError
from myotome.nouns.space.given import L5_END, LUNG_BASE, Given
from myotome.read.given.check import checked
from myotome.tables.outputs.documents import FRAME

_MOST_BYTES = 1 << 20
"""Of a landmarks.json; those that Myotome writes have about 6 kB."""

_PLANES = ((LUNG_BASE, "superior"), (L5_END, "inferior"))
_META_START = 132
_MEND = "Give the landmarks.json of a results folder, or its measurements_sr.dcm."


def read_given(path: str | Path) -> Given:
    """Every level and both planes of a ``landmarks.json`` or ``measurements_sr.dcm`` of ours.

    Somebody may have changed the numbers by hand. Taken are the middle of each level and the
    planes of the slab that were found; endplates, confidence and slices are not. ``reader`` is
    the one that the file names. Refuses (InputError) what is no such file, too large, damaged,
    tells of two lung bases, or holds what :func:`checked` refuses.
    """
    source = Path(path)
    try:
        with source.open("rb") as stream:
            start = stream.read(_META_START)
            if start[128:] != b"DICM":
                return _of_json(start + stream.read(_MOST_BYTES))
    except OSError as error:
        raise InputError("the file of levels cannot be read.", mend="Check its path.") from error
    from myotome.read.given.report import read_report

    return read_report(source)


def _of_json(content: bytes) -> Given:
    if len(content) > _MOST_BYTES:
        raise InputError(f"the file of levels has more than {_MOST_BYTES >> 20} MB.", mend=_MEND)
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError("the file of levels is no JSON.", mend=_MEND) from error
    if not isinstance(document, dict) or document.get("frame") != FRAME:
        raise InputError("the file of levels is no landmarks.json of Myotome.", mend=_MEND)
    z_mm = {**_levels(document), **_planes(document)}
    told = _object(document, "set_by_hand") if "set_by_hand" in document else {}
    reader = told.get("reader", "")
    return checked(z_mm, reader if isinstance(reader, str) else "")


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)


def _levels(document: Mapping[str, Any]) -> dict[str, float]:
    rows = _object(document, "levels")
    mids = {name: _object(rows, name).get("mid_z_mm") for name in rows}
    return {name: z for name, z in mids.items() if z is not None}


def _planes(document: Mapping[str, Any]) -> dict[str, float]:
    """The planes of the slab; refuses those that were changed in one of their two places."""
    slab = _object(document, "slab")
    found = {
        plane: slab.get(f"{end}_z_mm") for plane, end in _PLANES if slab.get(f"{end}_found") is True
    }
    base = document.get("lung_base_z_mm")
    if LUNG_BASE in found and base is not None and base != found[LUNG_BASE]:
        raise InputError(
            "the file of levels has two lung bases: lung_base_z_mm and superior_z_mm of its slab.",
            mend="Change both, or leave both as they are.",
        )
    return {plane: z for plane, z in found.items() if z is not None}


def _object(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = holder.get(key)
    if not isinstance(found, dict):
        raise InputError(f"the file of levels is damaged: {key[:20]} is no object.", mend=_MEND)
    return found
