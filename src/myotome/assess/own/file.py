"""The file of an own reference: written as JSON, read back, refused where it is malformed."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from myotome.assess.own.curves import BmiTerm, LmsCurve, OwnQuantity, OwnReference
from myotome.errors import InputError
from myotome.tables.citable.references import target_unit, target_words
from myotome.tables.citable.targets import target_of
from myotome.tables.codes.quantities import UNIT

KIND, VERSION = "myotome-reference", 1
CONTRASTS = ("unenhanced", "arterial", "portal", "mixed", "")
_LARGEST_BYTES = 20_000_000
_MEND = "Make it with `myotome stats reference`."

_TEXT = {"type": "string", "maxLength": 2000}
_NUMBER = {"type": "number"}
_NUMBERS = {"type": "array", "minItems": 2, "maxItems": 2000, "items": _NUMBER}


def _object(**properties: Any) -> dict[str, Any]:
    optional = ("bmi", "target")
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


SCHEMA: Mapping[str, Any] = _object(
    kind={"const": KIND},
    version={"const": VERSION},
    name={"type": "string", "minLength": 1, "maxLength": 80},
    population={"type": "string", "minLength": 1, "maxLength": 2000},
    contrast={"enum": list(CONTRASTS)},
    limits=_TEXT,
    method=_TEXT,
    source_sha256=_TEXT,
    program=_TEXT,
    research_use=_TEXT,
    quantities={
        "type": "array",
        "minItems": 1,
        "items": _object(
            column={"type": "string", "minLength": 1, "maxLength": 200},
            words=_TEXT,
            unit={"enum": sorted(UNIT)},
            target=_TEXT,
            curves={
                "type": "array",
                "minItems": 1,
                "maxItems": 2,
                "items": _object(
                    sex={"enum": ["F", "M"]},
                    n={"type": "integer", "minimum": 1},
                    shape=_TEXT,
                    age_years=_NUMBERS,
                    mu=_NUMBERS,
                    sigma=_NUMBERS,
                    nu=_NUMBERS,
                    covariance={
                        "type": "array",
                        "items": {"type": "array", "items": _NUMBER, "maxItems": 10},
                    },
                    bmi=_object(
                        middle=_NUMBER, log_mu_per_kg_m2=_NUMBER, low=_NUMBER, high=_NUMBER
                    ),
                ),
            },
        ),
    },
)
"""JSON Schema of the file; ``_sound`` checks what a schema cannot."""


def text_of(reference: OwnReference, research_use: str) -> str:
    """The file of a reference."""
    document: dict[str, Any] = {
        "kind": KIND,
        "version": VERSION,
        "research_use": research_use,
        **{name: getattr(reference, name) for name in _WORDS},
        "quantities": [_told(one) for one in reference.quantities],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_reference(path: Path) -> OwnReference:
    """The reference of a file. Refuses (InputError) what is not one, or cannot be true."""
    if not path.is_file():
        raise InputError("The reference file does not exist.", mend="Check the path.")
    if path.stat().st_size > _LARGEST_BYTES:
        raise InputError("The reference file is larger than any reference.", mend=_MEND)
    content = path.read_bytes()
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError("The reference file is no JSON.", mend=_MEND) from error
    _check(document)
    quantities = tuple(_quantity(row) for row in document["quantities"])
    columns = [one.column for one in quantities]
    if len(set(columns)) < len(columns):
        raise InputError("The reference file gives a column twice.", mend=_MEND)
    return OwnReference(
        **{name: document[name] for name in _WORDS},
        quantities=quantities,
        sha256=hashlib.sha256(content).hexdigest(),
    )


_WORDS = ("name", "population", "contrast", "limits", "method", "source_sha256", "program")
_LINES = ("age_years", "mu", "sigma", "nu")


def _told(one: OwnQuantity) -> dict[str, Any]:
    curves = []
    for curve in one.curves:
        row: dict[str, Any] = {name: getattr(curve, name) for name in ("sex", "n", "shape")}
        row |= {name: list(getattr(curve, name)) for name in _LINES}
        row["covariance"] = [list(cells) for cells in curve.covariance]
        if curve.bmi is not None:
            row["bmi"] = {name: getattr(curve.bmi, name) for name in BmiTerm.__slots__}
        curves.append(row)
    words = {name: getattr(one, name) for name in ("column", "words", "unit", "target")}
    return {**words, "curves": curves}


def _check(document: Any) -> None:
    from jsonschema import Draft202012Validator

    error = next(iter(Draft202012Validator(SCHEMA).iter_errors(document)), None)
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "its top"
        raise InputError(
            f"The reference file does not fit its schema at {place} ({error.validator}).",
            why=f"A {KIND} file of version {VERSION} is wanted.",
            mend=_MEND,
        )


def _quantity(row: Mapping[str, Any]) -> OwnQuantity:
    curves = tuple(_curve(curve) for curve in row["curves"])
    if len({curve.sex for curve in curves}) < len(curves):
        raise InputError("The reference file has two curves of one sex.", mend=_MEND)
    target = target_of(row["column"])
    if target and row["unit"] != target_unit(target):
        raise InputError(
            "The reference file gives a column in another unit than Myotome measures it.",
            why=f"{target_words(target)} is in {target_unit(target)}.",
            mend=_MEND,
        )
    return OwnQuantity(
        column=row["column"],
        words=row["words"],
        unit=row["unit"],
        target=target,
        curves=curves,
    )


def _curve(row: Mapping[str, Any]) -> LmsCurve:
    bmi = BmiTerm(**row["bmi"]) if "bmi" in row else None
    curve = LmsCurve(
        sex=row["sex"],
        n=row["n"],
        shape=row["shape"],
        covariance=tuple(tuple(map(float, cells)) for cells in row["covariance"]),
        bmi=bmi,
        **{name: tuple(map(float, row[name])) for name in _LINES},
    )
    if not _sound(curve):
        raise InputError(
            "The reference file holds a curve that cannot be true.",
            why="Ages must rise, mu and sigma be above 0, and all have one length.",
            mend=_MEND,
        )
    return curve


def _sound(curve: LmsCurve) -> bool:
    lines = [getattr(curve, name) for name in _LINES]
    cells = 6 if curve.bmi is None else 10
    ages = curve.age_years
    return (
        {len(line) for line in (*lines, curve.covariance)} == {len(ages)}
        and all(math.isfinite(x) for line in lines for x in line)
        and all(math.isfinite(x) for row in curve.covariance for x in row)
        and all(len(row) == cells for row in curve.covariance)
        and all(a < b for a, b in pairwise(ages))
        and ages[0] >= 0
        and min(curve.mu) > 0
        and min(curve.sigma) > 0
        and max(map(abs, curve.nu)) < 50
        and (curve.bmi is None or _sound_bmi(curve.bmi))
    )


def _sound_bmi(bmi: BmiTerm) -> bool:
    finite = all(map(math.isfinite, (bmi.middle, bmi.log_mu_per_kg_m2, bmi.low, bmi.high)))
    return finite and 0 < bmi.low < bmi.high
