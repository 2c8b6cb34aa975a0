"""The frame of a measurement report: document (TID 1500), observer (1004), groups (1501)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.anatomy import LEVEL, SIDE, STRUCTURE, Structure
from myotome.tables.codes.code import Code
from myotome.tables.codes.report import ALGORITHM_FAMILY, REPORT
from myotome.tables.codes.sr import ENGLISH, NAMES, PLAIN
from myotome.tables.codes.sr import REPORT as REPORT_TEMPLATE
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.write.dicom.series import NAME, NewSeries
from myotome.write.dicom.sr.groups import Place, site_of
from myotome.write.dicom.sr.items import CONTAINS, CONTEXT, MODIFIES, Item, Items, under


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a group is about. ``uid`` is fresh where "" ; ``template`` its TID."""

    tracking_id: str
    finding: Code
    uid: str = ""
    template: str = PLAIN


def document(items: Items, new: NewSeries, groups: Iterable[Item]) -> Item:
    """The root container: language, observer, procedure, groups, and the research-use comment."""
    return items.container(
        REPORT["measurement_report"],
        [
            items.answer(NAMES["language"], ENGLISH, MODIFIES),
            *_observer(items, new),
            items.answer(NAMES["procedure_reported"], REPORT["procedure"], MODIFIES),
            items.container(NAMES["measurements"], groups, relation=CONTAINS),
            items.text(REPORT["comment"], RESEARCH_USE),
        ],
        template=REPORT_TEMPLATE,
    )


def group(items: Items, heading: Heading, content: Sequence[Item]) -> Item:
    """A measurement group (TID 1501, or 1410 and 1411, which only add a reference)."""
    head = [
        items.text(NAMES["tracking_id"], heading.tracking_id, CONTEXT),
        items.uid(NAMES["tracking_uid"], heading.uid or items.own_uid(), CONTEXT),
        items.answer(NAMES["finding"], heading.finding),
    ]
    return items.container(
        NAMES["group"], [*head, *content], template=heading.template, relation=CONTAINS
    )


def finding_site(items: Items, structure: Structure, place: Place) -> Item:
    """Where a group was measured: site, laterality, and the level as topographical modifier."""
    _, side, level = place
    site = items.answer(NAMES["finding_site"], site_of(structure), MODIFIES)
    where = LEVEL.get(level) or STRUCTURE[level].type
    parts = [items.answer(NAMES["laterality"], SIDE[side], MODIFIES)] if side in SIDE else []
    return under(site, [*parts, items.answer(NAMES["modifier"], where, MODIFIES)])


def algorithm(items: Items, result: StudyResult) -> list[Item]:
    """Name, version, backend, engine and the digests of the weights (TID 4019)."""
    origin = result.provenance
    parameters = [f"backend: {result.segmentation.backend}"]
    parameters += [f"engine: {origin.engine}"] if origin.engine else []
    parameters += [f"weights {name}: sha256:{d}" for name, d in origin.weights.items()]
    return [
        items.text(NAMES["algorithm_name"], NAME, MODIFIES),
        items.text(NAMES["algorithm_version"], origin.myotome_version, MODIFIES),
        *(items.text(NAMES["algorithm_parameters"], words, MODIFIES) for words in parameters),
        items.answer(NAMES["algorithm_family"], ALGORITHM_FAMILY, MODIFIES),
    ]


def _observer(items: Items, new: NewSeries) -> list[Item]:
    """This program as the observer: no person has looked."""
    identity = uuid.uuid5(uuid.NAMESPACE_OID, f"{NAME} {new.version} {new.serial}")
    texts = (
        ("device_name", NAME),
        ("device_manufacturer", NAME),
        ("device_model", f"{NAME} {new.version}"),
        ("device_serial", new.serial),
    )
    return [
        items.answer(NAMES["observer_type"], NAMES["device"], CONTEXT),
        items.uid(NAMES["device_uid"], f"2.25.{identity.int}", CONTEXT),
        *(items.text(NAMES[key], words, CONTEXT) for key, words in texts),
    ]
