"""Pseudonymous copies of our DICOM objects: PS3.15 Annex E, Basic Profile with options."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from myotome.errors import OutputError
from myotome.tables.outputs.deidentification import (
    BIRTH,
    CHARACTERISTICS,
    DEVICE_METHOD,
    DEVICE_TEXTS,
    EMPTIED_SEQUENCES,
    EMPTY_WHEN_REMOVED,
    KEPT_UIDS,
    METHODS,
    OWN_MOMENTS,
    SEQUENCES,
    TEXTS,
    UNKNOWN_DATE,
    UNKNOWN_TIME,
)
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

_TEXT_VRS = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT"})
_STANDARD_ROOT = "1.2.840.10008."
_LEAST_DAYS, _MOST_DAYS = 365, 3650
_AGE = ("121033", "DCM")
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonyms:
    """The same secret key gives the same pseudonyms, so studies of one person stay together.

    ``key`` has at least 16 bytes and belongs to the sender; without it nobody can compute a
    pseudonym from a name. ``retain_device`` keeps serial numbers and station names.
    """

    key: bytes = field(repr=False)
    retain_device: bool = True

    def __post_init__(self) -> None:
        if len(self.key) < _SHORTEST_KEY:
            raise OutputError(
                f"the key for pseudonyms has {len(self.key)} bytes.",
                why="A short key can be guessed, and with it the persons behind the pseudonyms.",
                mend=f"Use at least {_SHORTEST_KEY} random bytes.",
            )

    def digest(self, kind: str, value: str) -> bytes:
        """32 bytes that only the holder of the key can compute."""
        return hmac.new(self.key, f"{kind}\0{value}".encode(), hashlib.sha256).digest()

    def patient(self, dataset: Dataset) -> str:
        """Such as "MYO-0123456789AB": from the patient's id; without one, from the study."""
        known = str(dataset.get("PatientID") or "")
        source = f"{dataset.get('IssuerOfPatientID') or ''}\0{known}"
        if not known:
            source = str(dataset.get("StudyInstanceUID", ""))
        return f"MYO-{self.digest('patient', source).hex()[:12].upper()}"

    def uid(self, value: str) -> str:
        """The UID that stands for ``value`` everywhere (PS3.5 B.2, from a UUID)."""
        return f"2.25.{uuid.UUID(bytes=self.digest('uid', value)[:16], version=5).int}"

    def shift(self, patient: str) -> timedelta:
        """By how much all dates and times of one person are moved: 1 to 10 years back."""
        number = int.from_bytes(self.digest("shift", patient)[:8], "big")
        days = _LEAST_DAYS + number % (_MOST_DAYS - _LEAST_DAYS)
        return -timedelta(days=days, seconds=number // _MOST_DAYS % 86400)


def pseudonymous(datasets: Sequence[Dataset], pseudonyms: Pseudonyms) -> list[Dataset]:
    """Copies of our objects in which nothing names the person, the visit or the place.

    References among the objects and to the source images are kept: every UID is replaced by the
    same other UID everywhere. Dates and times are moved, and those of our own work become the
    study's; texts that Myotome did not write are removed, ages from 90 on become 90, private
    attributes go. The objects stay valid.
    Source: PS3.15 Table E.1-1. Pixels and the PDF are kept as they are: Myotome writes nothing
    identifying into them.
    """
    return [_one(dataset, pseudonyms) for dataset in datasets]


def _one(dataset: Dataset, pseudonyms: Pseudonyms) -> Dataset:
    copy = _copied(dataset)
    patient = pseudonyms.patient(dataset)
    cleaner = _Cleaner(pseudonyms, pseudonyms.shift(patient))
    cleaner.root(copy)
    _hide_own_moments(copy)
    copy.SpecificCharacterSet = "ISO_IR 192"
    copy.PatientName = copy.PatientID = patient
    _declare(copy, pseudonyms)
    meta = getattr(copy, "file_meta", None)
    if meta is not None:
        meta.MediaStorageSOPInstanceUID = copy.SOPInstanceUID
        for keyword in ("SourceApplicationEntityTitle", "PrivateInformation"):
            if keyword in meta:
                del meta[keyword]
        for element in [e for e in meta if e.tag.is_private]:
            del meta[element.tag]
    return copy


def _hide_own_moments(dataset: Dataset) -> None:
    """Tell the moved moment of the study instead of our own, moved by the same span."""
    day, moment = str(dataset.get("StudyDate") or ""), str(dataset.get("StudyTime") or "")
    day, moment = (day, moment or UNKNOWN_TIME) if day else (UNKNOWN_DATE, UNKNOWN_TIME)
    told = {"DA": day, "TM": moment, "DT": day + moment}
    for holder in (dataset, *dataset.get("ContributingEquipmentSequence", ())):
        for keyword in OWN_MOMENTS:
            if keyword in holder and not holder[keyword].is_empty:
                holder[keyword].value = told[holder[keyword].VR]


def _copied(dataset: Dataset) -> Dataset:
    """A plain dataset: the library's own classes check what they are given."""
    from pydicom.dataset import Dataset

    copy = Dataset()
    for element in dataset:
        copy.add(deepcopy(element))
    if hasattr(dataset, "file_meta"):
        copy.file_meta = deepcopy(dataset.file_meta)
    return copy


def _declare(dataset: Dataset, pseudonyms: Pseudonyms) -> None:
    """Say that and how the object was de-identified (PS3.3 C.12.1, C.7.1.1)."""
    from pydicom.dataset import Dataset

    methods = [m for m in METHODS if pseudonyms.retain_device or m.code != DEVICE_METHOD]
    items = []
    for method in methods:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator = method.code, "DCM"
        item.CodeMeaning = method.meaning
        items.append(item)
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = ["Myotome", *(m.words[:64] for m in methods)]
    dataset.DeidentificationMethodCodeSequence = items
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"


@dataclass(frozen=True, slots=True)
class _Cleaner:
    """Cleans one dataset in place."""

    pseudonyms: Pseudonyms
    shift: timedelta

    def root(self, dataset: Dataset) -> None:
        """Clean the outermost level: stricter, what is not known goes away."""
        for element in list(dataset):
            keyword = element.keyword
            foreign = element.VR == "SQ" and keyword not in SEQUENCES
            if element.tag.is_private or not keyword or foreign:
                del dataset[element.tag]
            elif element.VR == "SQ" and keyword in EMPTIED_SEQUENCES:
                element.value = []
            elif keyword in BIRTH or self._is_foreign(element):
                self._drop(dataset, element)
        self._values(dataset)
        self._items(dataset)

    def nested(self, dataset: Dataset) -> None:
        """Clean an item of a sequence: what is not known is emptied, so that types hold."""
        for element in list(dataset):
            if element.tag.is_private or not element.keyword:
                del dataset[element.tag]
            elif element.VR == "PN":
                element.value = "Removed" if element.keyword == "PersonName" else ""
            elif self._is_foreign(element):
                element.value = ""
        self._values(dataset)
        self._items(dataset)

    def _items(self, dataset: Dataset) -> None:
        for element in dataset:
            if element.VR == "SQ":
                for item in element.value:
                    self.nested(item)

    def _is_foreign(self, element: DataElement) -> bool:
        """Whether it is a text that may say anything."""
        keyword = element.keyword
        if keyword in DEVICE_TEXTS:
            return not self.pseudonyms.retain_device
        if keyword in TEXTS or keyword in CHARACTERISTICS:
            return False
        return str(element.VR) in _TEXT_VRS

    @staticmethod
    def _drop(dataset: Dataset, element: DataElement) -> None:
        if element.keyword in EMPTY_WHEN_REMOVED or element.keyword in ("PatientName", "PatientID"):
            element.value = ""
        else:
            del dataset[element.tag]

    def _values(self, dataset: Dataset) -> None:
        """Replace UIDs, move dates and times, cap ages."""
        times = {e.keyword: e for e in dataset if e.VR == "TM" and e.value}
        for element in list(dataset):
            if element.VR == "UI":
                self._uids(element)
            elif element.VR == "DA" and element.value:
                self._date(element, times.pop(_time_of(element.keyword), None))
            elif element.VR == "DT" and element.value:
                element.value = self._moved_dt(str(element.value))
            elif element.VR == "AS" and element.value:
                element.value = _capped_age(str(element.value))
        for element in times.values():
            element.value = self._moved("20000101", str(element.value))[1]
        _cap_reported_age(dataset)

    def _uids(self, element: DataElement) -> None:
        keep_device = self.pseudonyms.retain_device and element.keyword in DEVICE_TEXTS
        if element.keyword in KEPT_UIDS or keep_device or not element.value:
            return
        many = not isinstance(element.value, str)
        values = [self._uid(str(v)) for v in (element.value if many else [element.value])]
        element.value = values if many else values[0]

    def _uid(self, value: str) -> str:
        return value if value.startswith(_STANDARD_ROOT) else self.pseudonyms.uid(value)

    def _date(self, element: DataElement, time: DataElement | None) -> None:
        day, moment = self._moved(str(element.value), str(time.value) if time else "")
        element.value = day
        if time is not None:
            time.value = moment

    def _moved(self, day: str, moment: str) -> tuple[str, str]:
        """Date and time of day, moved together; empty where they cannot be read."""
        found = re.fullmatch(r"(\d{8})", day.replace(".", "").replace("-", "").strip())
        clock = re.match(r"(\d{2})(\d{2})?(\d{2})?(\.\d{1,6})?", moment.replace(":", ""))
        if found is None:
            return "", ""
        parts = [int(g or 0) for g in clock.groups()[:3]] if clock else [0, 0, 0]
        try:
            start = datetime.strptime(found[1], "%Y%m%d")  # noqa: DTZ007  (DICOM local time)
            moved = start + timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])
            moved += self.shift
        except (ValueError, OverflowError):
            return "", ""
        # without a time of day the date itself is moved by whole days
        if not clock:
            moved = start + timedelta(days=self.shift.days)
        return f"{moved.year:04d}{moved:%m%d}", f"{moved:%H%M%S}" if clock else ""

    def _moved_dt(self, value: str) -> str:
        """A DT, moved; a fraction of a second and the offset from UTC are left out."""
        found = re.match(r"(\d{8})(\d*)", value)
        return "".join(self._moved(found[1], found[2])) if found else ""


def _time_of(keyword: str) -> str:
    return keyword.removesuffix("Date") + "Time"


def _capped_age(value: str) -> str:
    years = int(value[:3]) if re.fullmatch(r"\d{3}Y", value) else 0
    return f"{OLDEST_AGE_SHOWN_YEARS:03d}Y" if years > OLDEST_AGE_SHOWN_YEARS else value


def _cap_reported_age(dataset: Dataset) -> None:
    """A structured report may say the subject's age as a number (DCM 121033)."""
    for concept in dataset.get("ConceptNameCodeSequence") or ():
        if (concept.get("CodeValue"), concept.get("CodingSchemeDesignator")) != _AGE:
            continue
        for measured in dataset.get("MeasuredValueSequence") or ():
            unit = next(iter(measured.get("MeasurementUnitsCodeSequence") or ()), None)
            in_years = unit is not None and unit.get("CodeValue") == "a"
            if in_years and float(measured.NumericValue) > OLDEST_AGE_SHOWN_YEARS:
                measured.NumericValue = str(OLDEST_AGE_SHOWN_YEARS)
                if "FloatingPointValue" in measured:
                    measured.FloatingPointValue = float(OLDEST_AGE_SHOWN_YEARS)
