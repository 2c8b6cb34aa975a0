"""Facts of a CT from its measurements: every number with how it was made, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from myotome.assess.person.facts import Fact, missing
from myotome.nouns.numbers.measurement import Cause, Measurement, Status
from myotome.tables.person.fact_flags import FACT_FLAG
from myotome.tables.person.scan_facts import (
    CUT_FLAGS,
    LEVEL_FLAG,
    NOT_ON_SCAN,
    OUTLINE,
    SCAN_FACTS,
    ScanFact,
)

CT = "CT"
UNKNOWN, PLAIN = "unknown", "unenhanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """How a scan was made, as far as known.

    ``contrast_*`` are "enhanced", "unenhanced" or "unknown", ``kvp`` whatever the header says,
    ``slice_mm`` the thickness.
    """

    contrast_header: str = UNKNOWN
    contrast_image: str = UNKNOWN
    kvp: object = None
    slice_mm: float | None = None


NOTHING_KNOWN = Technique()
_Key = tuple[str, str, str, str]
_Rows = Mapping[_Key, Measurement]


def scan_facts(
    measurements: Iterable[Measurement], technique: Technique = NOTHING_KNOWN
) -> tuple[tuple[Fact, ...], frozenset[str]]:
    """The facts of ``tables.person.scan_facts``, and flags that forbid or weaken them.

    ``measurements`` are those of the muscles and of body composition. What is not measurable,
    or only in part, is a missing fact with its reason; of numbers that the field of view cuts
    a flag says what they may be used for.
    """
    rows = {(m.quantity, m.structure, m.side, m.level): m for m in measurements}
    facts = [_fact(row, rows) for row in SCAN_FACTS]
    facts += [missing(key, reason) for key, reason in NOT_ON_SCAN.items()]
    facts.append(contrast_phase(technique.contrast_header, technique.contrast_image))
    for key, value in (("kvp", technique.kvp), ("slice_mm", technique.slice_mm)):
        known = isinstance(value, float | int) and not isinstance(value, bool) and value > 0
        facts.append(
            Fact(key=key, value=float(value), source=CT, by_scan=True)  # type: ignore[arg-type]
            if known
            else missing(key, "the scan does not say")
        )
    return tuple(facts), _flags(rows)


def contrast_phase(header: str, image: str) -> Fact:
    """The contrast phase by header and image: unenhanced where neither objects, else unknown.

    An enhanced scan stays unknown: neither tells its phase.
    """
    said = {"header": header, "image": image}
    known = {name: word for name, word in said.items() if word != UNKNOWN}
    names = " and ".join(known)
    words = set(known.values())
    if not known:
        return _phase(UNKNOWN, "neither header nor image tells")
    if len(words) > 1:
        return _phase(UNKNOWN, f"the header says {header}, the image looks {image}")
    if words == {PLAIN}:
        return _phase(PLAIN, f"by {names}")
    return _phase(UNKNOWN, f"enhanced by {names}; its phase is not known")


def _phase(value: str, how: str) -> Fact:
    return Fact(key="contrast_phase", value=value, source=f"{CT}, {how}", by_scan=True)


def _fact(row: ScanFact, rows: _Rows) -> Fact:
    found = rows.get((row.quantity, row.structure, row.side, row.level))
    if found is None:
        return missing(row.key, f"not measured at {row.level}")
    if found.value is None:
        return missing(row.key, found.reason)
    if found.status is Status.PARTIAL and not _judged_by_flag(row.key, found.caveats):
        return missing(row.key, f"only a part of it: {found.reason}")
    parts = [CT, row.level, row.how]
    tissue = rows.get(("area", row.window_of, row.side, row.level))
    parts += [tissue.definition] if tissue is not None and tissue.definition else []
    parts += [FACT_FLAG[code].words for code in found.caveats if _elsewhere(row, code)]
    return Fact(
        key=row.key,
        value=found.value,
        source=", ".join(parts),
        by_scan=True,
        window_hu=None if tissue is None else tissue.window_hu,
    )


def _judged_by_flag(key: str, caveats: Iterable[str]) -> bool:
    """Whether a flag of the cut says of this fact that it is forbidden or weakened."""
    flags = [FACT_FLAG[code] for code in caveats if code in CUT_FLAGS]
    return any(key.startswith(flag.forbids + flag.weakens) for flag in flags)


def _elsewhere(row: ScanFact, code: str) -> bool:
    """Whether a caveat is of another level than the flags, which are those of L3."""
    return row.level != OUTLINE[3] and code in FACT_FLAG


def _flags(rows: _Rows) -> frozenset[str]:
    """What forbids or weakens the facts at L3."""
    used = [rows.get((r.quantity, r.structure, r.side, r.level)) for r in SCAN_FACTS]
    codes = {
        code
        for m in used
        if m is not None and m.level == OUTLINE[3]
        for code in m.caveats
        if code in FACT_FLAG
    }
    outline = rows.get(OUTLINE)
    if outline is not None and outline.cause is Cause.OUT_OF_VIEW:
        codes.add(LEVEL_FLAG)
    return frozenset(codes)
