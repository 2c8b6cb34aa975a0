"""Groups of the report that are no measurement: person, contrast, levels, flags, citations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from myotome.nouns.numbers.assessment import (
    Assessment,
    CriteriaAnswer,
    CutOffAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.nouns.space.given import L5_END, LUNG_BASE, SetBy
from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.anatomy import LEVEL
from myotome.tables.codes.code import Code
from myotome.tables.codes.quantities import UNIT
from myotome.tables.codes.report import PERSON, PLANE, REPORT, SET_BY, SEX, STATUS, VERDICT
from myotome.tables.codes.sr import NAMES
from myotome.write.dicom.sr.groups import told_criteria, told_cutoffs
from myotome.write.dicom.sr.items import CONTEXT, PROPERTIES, Item, Items, under
from myotome.write.dicom.sr.template import Heading, algorithm, group

_DOI = "https://doi.org/"


def person_group(items: Items, facts: Sequence[ToldFact]) -> Item:
    """The person's characteristics that numbers and answers rest on, each with its source."""
    known = [_fact(items, fact) for fact in facts if fact.key in PERSON]
    return _named(items, "person", REPORT["patient_characteristics"], known)


def notes_group(items: Items, result: StudyResult) -> Item:
    """Contrast phase by header and image, and every quality flag, with the algorithm."""
    texts = [
        ("contrast_header", result.contrast_header),
        ("contrast_image", result.landmarks.contrast_image),
    ]
    texts += [
        ("quality_flag", f"{flag.code} ({flag.severity}): {flag.message}") for flag in result.flags
    ]
    content = [*algorithm(items, result), *_texts(items, *texts)]
    return _named(items, "whole result", REPORT["study_notes"], content)


def level_groups(items: Items, landmarks: Landmarks) -> Iterator[Item]:
    """Where each vertebra was found, how surely, and who says so."""
    for name, level in landmarks.levels.items():
        if level.mid_z_mm is None or name not in LEVEL:
            continue
        place = items.number(REPORT["level_z"], level.mid_z_mm, UNIT["mm"])
        sure = items.number(REPORT["level_confidence"], level.confidence, UNIT[""])
        who = _set_by(items, level.set_by, landmarks.given.reader)
        yield _named(items, f"level {name}", LEVEL[name], [place, sure, *who])


def plane_groups(items: Items, result: StudyResult) -> Iterator[Item]:
    """Where the planes of the slab lie that are in the scan, and who says so."""
    slab, reader = result.slab, result.landmarks.given.reader
    planes = (
        (LUNG_BASE, slab.superior_found, slab.superior_z_mm, slab.superior_set_by),
        (L5_END, slab.inferior_found, slab.inferior_z_mm, slab.inferior_set_by),
    )
    for name, found, z_mm, by in planes:
        if found:
            place = items.number(REPORT["level_z"], z_mm, UNIT["mm"])
            content = [place, *_set_by(items, by, reader)]
            yield _named(items, f"plane {name}", PLANE[name], content)


def _set_by(items: Items, by: SetBy, reader: str) -> list[Item]:
    """Who set a level; a person who gave a name is its observer (TID 1003)."""
    told = [items.answer(REPORT["level_set_by"], SET_BY[by])]
    if by is not SetBy.USER or not reader:
        return told
    return [
        items.answer(NAMES["observer_type"], NAMES["person"], CONTEXT),
        items.person(NAMES["person_name"], reader, CONTEXT),
        *told,
    ]


def answer_groups(items: Items, assessed: Assessment) -> Iterator[Item]:
    """Criteria, cut-offs and references, each with its citation; none of them a diagnosis.

    What asks for tests that nobody did is left out.
    """
    for criteria in told_criteria(assessed):
        yield _named(items, criteria.words, REPORT["criteria"], _criteria(items, criteria))
    for cutoff in told_cutoffs(assessed):
        yield _named(items, cutoff.finding, REPORT["cut_off"], _cutoff(items, cutoff))
    for reference in assessed.references:
        name = f"{reference.words} among {reference.name}"
        yield _named(items, name, REPORT["reference"], _reference(items, reference))


def _named(items: Items, name: str, finding: Code, content: Sequence[Item]) -> Item:
    return group(items, Heading(tracking_id=name, finding=finding), content)


def _fact(items: Items, fact: ToldFact) -> Item:
    """A fact with its source; an age from 90 on is a text, as it may not be told."""
    name = PERSON[fact.key]
    if fact.value is None:
        item = items.answer(name, STATUS["unknown"])
    elif fact.key == "sex":
        item = items.answer(name, SEX[str(fact.value)])
    elif isinstance(fact.value, str) and not _is_number(fact.value):
        item = items.text(name, f"{fact.value} {fact.unit}")
    else:
        item = items.number(name, float(fact.value), UNIT[fact.unit])
    said = (("fact_source", fact.source), ("reason", fact.reason))
    return under(item, [items.text(REPORT[key], words, PROPERTIES) for key, words in said if words])


def _is_number(words: str) -> bool:
    return words.replace(".", "", 1).isdecimal()


def _texts(items: Items, *rows: tuple[str, str]) -> list[Item]:
    return [items.text(REPORT[key], words) for key, words in rows if words]


def _criteria(items: Items, row: CriteriaAnswer) -> list[Item]:
    needs = f"needs {'; '.join(row.needs)}" if row.needs else ""
    return [
        items.answer(REPORT["criteria"], VERDICT[row.met]),
        *_texts(
            items,
            ("answer_words", f"by {row.words}: {row.conclusion}"),
            ("reason", needs),
            *(("caveat", words) for words in row.caveats),
            *(("comment", words) for words in row.notes),
            ("citation", _cited(row.citation, row.doi)),
        ),
    ]


def _cutoff(items: Items, row: CutOffAnswer) -> list[Item]:
    content = [items.answer(REPORT["cut_off"], VERDICT[row.verdict])]
    if row.limit is not None:
        rule = f"{row.fact_words} {row.operator} {row.limit:g} {row.unit}".strip()
        content.append(items.number(REPORT["limit"], row.limit, UNIT[row.unit]))
        content.append(items.text(REPORT["definition"], rule))
    return content + _texts(
        items,
        ("reason", row.reason),
        *(("caveat", words) for words in row.caveats),
        ("population", row.population),
        ("citation", _cited(row.citation, row.doi)),
    )


def _reference(items: Items, row: ReferencePlace) -> list[Item]:
    numbers = (("z_score", row.z, ""), ("percentile", row.percentile, "%"))
    content = [
        items.number(REPORT[key], value, UNIT[unit])
        for key, value, unit in numbers
        if value is not None
    ]
    return content + _texts(
        items,
        ("answer_words", row.said),
        ("reason", row.reason),
        ("population", row.population),
        ("caveat", row.limits),
        ("citation", _cited(row.name, row.doi)),
    )


def _cited(words: str, doi: str) -> str:
    return f"{words}, {_DOI}{doi}" if doi else words
