"""Reading a mapping of values: a JSON or TOML file that the user wrote."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome.errors import InputError
from myotome.tables.anatomy.mappings import LabelMapping
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE

_KEYS = ("labels", "others", "gaps", "source")
_EXAMPLE = "For example, in TOML: [labels] psoas_left = 5, erector_spinae_left = [7, 9]."
ANY = "any"


def read_mapping(path: Path) -> LabelMapping:
    """The mapping in a JSON or TOML file; see :func:`parse`. Refuses what cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (ValueError, OSError) as error:
        raise InputError("the mapping file cannot be read.", mend=_EXAMPLE) from error
    return parse(content)


def parse(content: Any) -> LabelMapping:
    """The mapping in the content of a file.

    A file has a table ``labels`` from muscle key to value(s); optional are ``others`` (values
    to leave out, or "any"), ``gaps`` (muscle or group key to a sentence) and ``source``.
    Refuses (InputError) unknown muscles and keys, and values used twice.

    >>> parse({"labels": {"psoas_left": 5, "psoas_right": [6, 7]}}).muscles[7]
    'psoas_right'
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("labels"), Mapping):
        raise InputError("the mapping has no table of labels.", mend=_EXAMPLE)
    unknown = sorted(set(content) - set(_KEYS))
    if unknown:
        raise InputError(
            f"the mapping has unknown keys: {', '.join(unknown)}.", mend=f"Use {', '.join(_KEYS)}."
        )
    return LabelMapping(
        name="own",
        muscles=MappingProxyType(_muscles(content["labels"])),
        others=_others(content.get("others", [])),
        gaps=MappingProxyType(_gaps(content.get("gaps", {}))),
        source=str(content.get("source", "the user's mapping file")),
    )


def _muscles(labels: Mapping[str, Any]) -> dict[int, str]:
    out: dict[int, str] = {}
    for key, given in labels.items():
        if key not in MUSCLE:
            raise InputError(f'"{key}" is no muscle of Myotome.', mend=f"Use {', '.join(MUSCLE)}.")
        for value in given if isinstance(given, list) else [given]:
            if not _is_value(value) or value == 0:
                raise InputError(
                    f'{key} has the value "{value}", not a whole number above 0.', mend=_EXAMPLE
                )
            if value in out:
                raise InputError(f"the value {value} stands for two muscles.", mend=_EXAMPLE)
            out[value] = key
    if not out:
        raise InputError("the mapping names no muscle.", mend=_EXAMPLE)
    return out


def _others(given: Any) -> frozenset[int] | None:
    if given == ANY:
        return None
    if not isinstance(given, list) or not all(_is_value(v) for v in given):
        raise InputError(
            'the mapping\'s "others" is not a list of values.', mend=f'Or write "{ANY}".'
        )
    return frozenset(given)


def _gaps(given: Any) -> dict[str, str]:
    known = {*MUSCLE, *(group.key for group in GROUPS)}
    if not isinstance(given, Mapping) or not all(isinstance(v, str) for v in given.values()):
        raise InputError('the mapping\'s "gaps" is not a table of sentences.')
    wrong = sorted(set(given) - known)
    if wrong:
        raise InputError(
            f"the mapping has gaps for unknown muscles: {', '.join(wrong)}.",
            mend=f"Use {', '.join(sorted(known))}.",
        )
    return dict(given)


def _is_value(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535
