"""The measurement groups of a report, one per structure, side and level.

Source: DICOM PS3.16 TID 1410 (planar), 1411 (volumetric) and 1501 (without a region), 300 (NUM).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.anatomy import STRUCTURE
from myotome.tables.codes.quantities import UNIT
from myotome.tables.codes.report import PARTIAL, REPORT, STATUS
from myotome.tables.codes.sr import NAMES, PLAIN, PLANAR, VOLUMETRIC
from myotome.tables.quantities.quantities import QUANTITY
from myotome.write.dicom.sr.groups import Group, concept_of, groups, unit_of
from myotome.write.dicom.sr.items import CONTAINS, MODIFIES, PROPERTIES, Item, Items, under
from myotome.write.dicom.sr.segments import Region, Segments, level_z_mm
from myotome.write.dicom.sr.template import Heading, algorithm, finding_site, group

Limit = tuple[str, float | str]
"""(row of ``codes_report.REPORT``, value): one thing to know of a number."""

SLAB = "slab"
_UNITS = {"coverage": "%", "expected_dice": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a group refers to: nothing, a whole segment or one frame of it."""

    template: str = PLAIN
    items: Sequence[Item] = ()
    region: Region | None = None


def measurement_groups(items: Items, result: StudyResult, segments: Segments) -> Iterator[Item]:
    """Every measurement of ``result``, once, with its unit and all there is to know of it.

    A slab group of a muscle refers to its segment (TID 1411), a group at a level to the frame
    of its segment there (TID 1410); a group without a segment, such as the sum of both sides,
    is a plain one (TID 1501). What holds for all numbers of a group is said once, for the group.
    A number that is not measurable is a coded answer with its reason, and no number; what is
    absent, as is usual there, has no item: it is no failure.
    """
    maker = algorithm(items, result)
    told = [row for row in result.measurements if row.status is not Status.ABSENT]
    for one in groups(told):
        reference = _reference(items, one, result, segments)
        yield _group(items, one, reference, maker if reference.template == VOLUMETRIC else ())


def limits(row: Measurement) -> tuple[Limit, ...]:
    """What there is to know of a number besides its value."""
    found: list[Limit] = []
    if row.status is Status.PARTIAL:
        found.append(("status", str(row.status)))
    if row.covered_percent is not None:
        found.append(("coverage", row.covered_percent))
    if row.expected_dice is not None:
        found.append(("expected_dice", row.expected_dice))
    # what the code of the quantity says already is not said again
    own = "" if row.definition == QUANTITY[row.quantity].meaning else row.definition
    texts = (("reason", row.reason), ("definition", own))
    found += [(key, words) for key, words in texts if words]
    return (*found, *(("caveat", code) for code in row.caveats))


def _group(items: Items, one: Group, reference: Reference, maker: Sequence[Item]) -> Item:
    rows = one.measurements
    shared = _shared(rows)
    structure = STRUCTURE[one.structure]
    whole = reference.template == VOLUMETRIC and reference.region
    heading = Heading(
        # a segment's own id for a group on the whole of it, so that both are found together
        tracking_id=whole.tracking_id if whole else one.words,
        uid=whole.tracking_uid if whole else "",
        finding=structure.type,
        template=reference.template,
    )
    content = [
        finding_site(items, structure, (one.structure, one.side, one.level)),
        *maker,
        *(_row(items, row, shared) for row in rows),
        *(_limit(items, limit, CONTAINS) for limit in shared),
        *reference.items,
    ]
    return group(items, heading, content)


def _shared(rows: Sequence[Measurement]) -> list[Limit]:
    """What holds for all rows; the expected Dice does if no two differ, as it is the outline's."""
    said = [limits(row) for row in rows]
    common = set.intersection(*map(set, said))
    dice = {limit for each in said for limit in each if limit[0] == "expected_dice"}
    held = common | dice if len(dice) == 1 else common
    return list(dict.fromkeys(limit for each in said for limit in each if limit in held))


def _reference(items: Items, one: Group, result: StudyResult, segments: Segments) -> Reference:
    region = segments.region(one.structure, one.side)
    if region is None:
        return Reference()
    if one.level == SLAB and region.own:
        whole = segments.whole(items, region)
        return Reference(template=VOLUMETRIC, items=whole, region=region)
    z_mm = level_z_mm(result, one.level)
    frame = [] if z_mm is None else segments.frame(items, region, z_mm)
    return Reference(template=PLANAR, items=frame, region=region) if frame else Reference()


def _row(items: Items, row: Measurement, shared: Sequence[Limit]) -> Item:
    """A number; or its name, "Measurement failure" and the reason, which nobody reads as 0."""
    coded = concept_of(row)
    if row.value is None:
        item = items.answer(coded.concept, STATUS[str(row.status)])
    else:
        item = items.number(coded.concept, row.value, unit_of(row))
    modifiers = (("derivation", coded.derivation), ("method", coded.method))
    return under(
        item,
        [
            *(items.answer(NAMES[key], code, MODIFIES) for key, code in modifiers if code),
            *(_limit(items, x, PROPERTIES) for x in limits(row) if x not in shared),
            *_range(items, row),
        ],
    )


def _range(items: Items, row: Measurement) -> Iterator[Item]:
    """The 90 % interval of one number, in its unit, and the number of subjects behind it."""
    if row.interval is None:
        return
    told = (
        ("low_90", row.interval.low_90, unit_of(row)),
        ("high_90", row.interval.high_90, unit_of(row)),
        ("interval_subjects", row.interval.n, UNIT[""]),
    )
    for key, value, unit in told:
        yield items.number(REPORT[key], value, unit, PROPERTIES)


def _limit(items: Items, limit: Limit, relation: str) -> Item:
    """One thing to know: of a group, or of one number with the relation ``PROPERTIES``."""
    key, value = limit
    name = REPORT[key]
    if key == "status":
        return items.answer(name, PARTIAL, relation)
    if isinstance(value, str):
        return items.text(name, value, relation)
    return items.number(name, value, UNIT[_UNITS[key]], relation)
