"""Which of our structures a label stands for: a preset, or the user's CSV, JSON or TOML file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome.errors import InputError
from myotome.segment.labels.mapping import read_mapping
from myotome.tables.anatomy.mappings import BY_NAME, LabelMapping
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLE
from myotome.tables.anatomy.names import (
    BY_LABEL_WORD,
    FILLERS,
    LEFT_WORDS,
    PRESET_CAVEATS,
    PROGRAMS,
    RIGHT_WORDS,
)

IGNORE, UNKNOWN = "ignore", "unknown"
"""Targets beside muscles and compartments: "another structure" and "may be anything"."""

COMPARTMENT_VALUES: Mapping[str, int] = {c.key: c.value for c in COMPARTMENTS}
_GROUP_KEYS = frozenset(g.key for g in GROUPS)
COMPARTMENTS_ALONE = "compartments"
"""The table of a map whose values are Myotome's compartments, not muscles."""
_OTHERS = "*"
_SWAPPED = ":swapped"
_WHOLE_BODY = frozenset({"totalsegmentator"})
"""Presets whose programs name many structures, all of which but our muscles are none of ours."""
_MAX_BYTES = 1 << 20
_EXAMPLE = 'For example, in CSV: a line "label,target", then "PsoasL,psoas_left" and "*,ignore".'


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTable:
    """Labels of a file as our structures.

    ``names`` (in :func:`plain` form) and ``values`` map to a muscle key, a compartment key,
    "ignore" or "unknown"; ``other_names`` and ``other_values`` are the target of all else, None
    to refuse it. With ``words`` the usual names are understood without a row. ``caveats`` say,
    by muscle group, how far a label is not exactly ours, ``gaps`` by muscle or group what these
    labels cannot give. With ``parts`` also the usual names of single layers are understood,
    several of which become one muscle.
    """

    name: str
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    values: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    other_names: str | None = None
    other_values: str | None = None
    words: bool = False
    caveats: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    gaps: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    exchanged: bool = False
    parts: bool = False

    def of_name(self, name: str, value: int | None = None) -> str | None:
        """The target of a named segment, None if it is not known.

        A table of values alone knows segments by their ``value``, whatever they are called.
        A side at the end may come from codes, while the table was made from labels alone.
        """
        words = plain(name)
        label = words.removesuffix(" left").removesuffix(" right")
        target = self.names.get(words, self.names.get(label))
        if target is None and self.words:
            target = (understood(name, parts=self.parts) or (None,))[0]
        elif target is None and value is not None:
            target = self.values.get(value)
        return self._sided(target or self.other_names)

    def of_value(self, value: int) -> str | None:
        """The target of a value of a map without names, None if it is not known."""
        return self._sided(self.values.get(value, self.other_values))

    def caveats_of(self, names: Iterable[str], targets: Iterable[str]) -> dict[str, str]:
        """Muscle group to caveat, for the labels that a map holds."""
        groups = {MUSCLE[t].group for t in targets if t in MUSCLE}
        known = {g: text for g, text in self.caveats.items() if g in groups}
        left = [n for n in names if self.words and plain(n) not in self.names]
        meant = [understood(n, parts=self.parts) for n in left]
        told = [m for m in meant if m is not None and m[1] and m[0] in MUSCLE]
        return known | {MUSCLE[target].group: caveat for target, caveat in told}

    def swapped(self) -> LabelTable:
        """The same table with left and right exchanged."""
        return replace(self, exchanged=not self.exchanged)

    def _sided(self, target: str | None) -> str | None:
        if target is None or not self.exchanged or target not in MUSCLE:
            return target
        muscle = MUSCLE[target]
        return f"{muscle.group}_{'right' if muscle.side == 'left' else 'left'}"


def plain(name: str) -> str:
    """Lower case, one space for every run of anything else; ``PsoasL`` is two words.

    >>> plain("Psoas_Left (v2)")
    'psoas left v2'
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", parted.lower()).split())


def understood(name: str, *, parts: bool = False) -> tuple[str, str] | None:
    """Target and caveat of a usual name, in any case, order and spelling of the side.

    With ``parts`` also of a single layer of a muscle.

    >>> understood("left psoas"), understood("QUADRATUS-LUMBORUM R")
    (('psoas_left', ''), ('quadratus_lumborum_right', ''))
    >>> understood("psoas") is None  # which side?
    True
    """
    rest, sides = _parted(name)
    row = BY_LABEL_WORD.get(rest)
    if row is None or (row.part and not parts):
        return None
    if row.key not in _GROUP_KEYS:
        return row.key, row.caveat
    return (f"{row.key}_{sides.pop()}", row.caveat) if len(sides) == 1 else None


def resembles(name: str) -> str:
    """The words of a muscle that occur in a name, "" if there are none.

    >>> resembles("psoas copy"), resembles("Liver")
    ('psoas', '')
    """
    rest = f" {_parted(name)[0]} "
    found = [w for w, row in BY_LABEL_WORD.items() if row.key in _GROUP_KEYS and f" {w} " in rest]
    return max(found, key=len, default="")


def of_program(names: Iterable[str]) -> str:
    """The mapping of the program that gives such names, "" if any may."""
    rests = {_parted(name)[0] for name in names}
    return next((mapping for word, mapping in PROGRAMS.items() if word in rests), "")


def _parted(name: str) -> tuple[str, set[str]]:
    """A name without fillers and sides, and the sides that it tells."""
    words = plain(name).split()
    sides = {
        side for side, known in (("left", LEFT_WORDS), ("right", RIGHT_WORDS)) if known & set(words)
    }
    return " ".join(w for w in words if w not in LEFT_WORDS | RIGHT_WORDS | FILLERS), sides


def read_table(given: str | Path | None = None) -> LabelTable:
    """The table that ``given`` names; None and "ours" are the values 1 to 12 and usual names.

    ``given`` is a preset ("ours", "names", "compartments" or a mapping such as
    "totalsegmentator"), or a file:
    CSV with the columns label and target; JSON with their label as key and our target as value;
    JSON or TOML as for ``myotome run --mapping``. ``*`` stands for every other label. With
    ``:swapped`` after it left and right are exchanged. Refuses unknown targets.
    """
    name = "ours" if given is None or str(given) == "" else str(given)
    if name.endswith(_SWAPPED):
        return read_table(name.removesuffix(_SWAPPED)).swapped()
    if name == "names":
        return LabelTable(name=name, words=True)
    if name == COMPARTMENTS_ALONE:
        own = {c.value: c.key for c in COMPARTMENTS}
        return LabelTable(name=name, values=MappingProxyType(own), words=True)
    if name == "ours" or name in BY_NAME:
        return _preset(BY_NAME["myotome" if name == "ours" else name], name)
    path = Path(name)
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise InputError(
            f'"{path.name}" is neither a known label table nor a file.',
            mend=f"Known are ours, names, {COMPARTMENTS_ALONE}, {', '.join(BY_NAME)}.",
        )
    return _file(path)


def _preset(row: LabelMapping, name: str) -> LabelTable:
    values = dict.fromkeys(row.others or (), IGNORE) | dict(row.muscles)
    caveats = {g: text for g, text in row.gaps.items() if g in _GROUP_KEYS}
    caveats |= {group: text for (of, group), text in PRESET_CAVEATS.items() if of == row.name}
    return LabelTable(
        name=name,
        values=MappingProxyType(values),
        other_values=IGNORE if row.others is None else None,
        other_names=IGNORE if name in _WHOLE_BODY else None,
        words=True,
        caveats=MappingProxyType(caveats),
        gaps=row.gaps,
    )


def _file(path: Path) -> LabelTable:
    if path.suffix == ".csv":
        return _from_rows(path.name, _csv_rows(path))
    if path.suffix == ".toml":
        return _of_values(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f'the label table "{path.name}" is no JSON.', mend=_EXAMPLE) from error
    if isinstance(content, dict) and isinstance(content.get("labels"), dict):
        return _of_values(path)
    if not isinstance(content, dict) or not content:
        raise InputError(f'the label table "{path.name}" is empty.', mend=_EXAMPLE)
    return _from_rows(path.name, content.items())


def _of_values(path: Path) -> LabelTable:
    return replace(_preset(read_mapping(path), path.name), words=False)


def _csv_rows(path: Path) -> list[tuple[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except (ValueError, OSError, csv.Error) as error:
        raise InputError(f'the label table "{path.name}" cannot be read.', mend=_EXAMPLE) from error
    if not rows or not {"label", "target"} <= set(rows[0]):
        raise InputError(
            f'the label table "{path.name}" has no columns "label" and "target".', mend=_EXAMPLE
        )
    return [(str(row["label"] or ""), row["target"]) for row in rows]


def _from_rows(name: str, rows: Iterable[tuple[str, Any]]) -> LabelTable:
    names: dict[str, str] = {}
    values: dict[int, str] = {}
    others: str | None = None
    for label, given in rows:
        target = _target(label, given, name)
        key = plain(label)
        if label.strip() == _OTHERS:
            others = target
        elif not key or names.get(key, target) != target:
            raise InputError(
                f'the label table "{name}" has "{label}" twice, or a line without a label.'
            )
        else:
            names[key] = target
        if label.strip().isdecimal():
            values[int(label)] = target
    return LabelTable(
        name=name,
        names=MappingProxyType(names),
        values=MappingProxyType(values),
        other_names=others,
        other_values=others,
    )


def _target(label: str, given: Any, name: str) -> str:
    text = str(given or "").strip()
    if text in MUSCLE or text in COMPARTMENT_VALUES or text in (IGNORE, UNKNOWN):
        return text
    known = (understood(text) or ("",))[0]
    if known:
        return known
    group = text if text in _GROUP_KEYS else ""
    raise InputError(
        f'the label table "{name}" maps "{label}" to "{text}".',
        why="A muscle needs its side." if group else "That is none of our structures.",
        mend=f"Use {group}_left or {group}_right."
        if group
        else f"Use {', '.join((*MUSCLE, *COMPARTMENT_VALUES, IGNORE, UNKNOWN))}.",
    )
