"""The content items that a structured report is made of (DICOM PS3.3 C.17.3).

They are plain datasets, as a report has thousands: highdicom copies and searches the whole tree
again and again, which takes seconds. It reads them back in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from myotome.tables.codes import Code
from myotome.write.dicom.series import code_item

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CONTAINS, PROPERTIES, MODIFIES = "CONTAINS", "HAS PROPERTIES", "HAS CONCEPT MOD"
CONTEXT = "HAS OBS CONTEXT"

_RELATION, _TYPE, _NAME = 0x0040A010, 0x0040A040, 0x0040A043
_TEXT, _CODE, _UID, _REFERENCES = 0x0040A160, 0x0040A168, 0x0040A124, 0x00081199
_MEASURED, _FLOAT, _DECIMAL, _UNIT = 0x0040A300, 0x0040A161, 0x0040A30A, 0x004008EA
_CONTENT = 0x0040A730


@dataclass(frozen=True, slots=True)
class Items:
    """Makes the items of one report. Equal codes are one dataset, written many times."""

    codes: dict[Code, Dataset] = field(default_factory=dict)

    def text(self, name: Code, words: str, relation: str = CONTAINS) -> Dataset:
        """A TEXT item."""
        item = self._item("TEXT", name, relation)
        item.add_new(_TEXT, "UT", words)
        return item

    def answer(self, name: Code, value: Code, relation: str = CONTAINS) -> Dataset:
        """A CODE item."""
        item = self._item("CODE", name, relation)
        item.add_new(_CODE, "SQ", [self._code(value)])
        return item

    def number(self, name: Code, value: float, unit: Code, relation: str = CONTAINS) -> Dataset:
        """A NUM item, exact to the last bit (Floating Point Value, PS3.3 C.18.1)."""
        from pydicom.dataset import Dataset

        measured = Dataset()
        measured.add_new(_UNIT, "SQ", [self._code(unit)])
        measured.add_new(_FLOAT, "FD", float(value))
        measured.add_new(_DECIMAL, "DS", decimal(value))
        item = self._item("NUM", name, relation)
        item.add_new(_MEASURED, "SQ", [measured])
        return item

    def uid(self, name: Code, uid: str, relation: str = CONTAINS) -> Dataset:
        """A UIDREF item."""
        item = self._item("UIDREF", name, relation)
        item.add_new(_UID, "UI", uid)
        return item

    def image(self, name: Code, reference: Dataset) -> Dataset:
        """An IMAGE item; ``reference`` as in PS3.3 table 10-3."""
        item = self._item("IMAGE", name, CONTAINS)
        item.add_new(_REFERENCES, "SQ", [reference])
        return item

    def container(
        self, name: Code, children: Iterable[Dataset], *, template: str = "", relation: str = ""
    ) -> Dataset:
        """A CONTAINER item; the root of a report has no relation."""
        from pydicom.dataset import Dataset

        item = self._item("CONTAINER", name, relation)
        item.ContinuityOfContent = "SEPARATE"
        if template:
            made_by = Dataset()
            made_by.MappingResource = "DCMR"
            made_by.MappingResourceUID = "1.2.840.10008.8.1.1"
            made_by.TemplateIdentifier = template
            item.ContentTemplateSequence = [made_by]
        return under(item, list(children))

    def _item(self, kind: str, name: Code, relation: str) -> Dataset:
        from pydicom.dataset import Dataset

        item = Dataset()
        if relation:
            item.add_new(_RELATION, "CS", relation)
        item.add_new(_TYPE, "CS", kind)
        item.add_new(_NAME, "SQ", [self._code(name)])
        return item

    def _code(self, code: Code) -> Dataset:
        known = self.codes.get(code)
        return known if known is not None else self.codes.setdefault(code, code_item(code))


def decimal(value: float) -> str:
    """As many digits as a decimal string of 16 characters holds (PS3.5 6.2).

    >>> decimal(-99.99999999999999), decimal(0.1), decimal(1e-200 / 3)
    ('-100', '0.1', '3.333333333e-201')
    """
    exact = repr(float(value))
    shorter = (f"{value:.{digits}g}" for digits in range(16, 0, -1))
    return next(words for words in (exact, *shorter) if len(words) <= 16)


def under(item: Dataset, children: Sequence[Dataset]) -> Dataset:
    """``item`` with ``children`` below it."""
    if children:
        item.add_new(_CONTENT, "SQ", list(children))
    return item
