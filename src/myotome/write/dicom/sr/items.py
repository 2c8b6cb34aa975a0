"""The content items that a structured report is made of (DICOM PS3.3 C.17.3), as bytes.

A report has thousands of items. As datasets they take seconds: libraries copy, search and check
the whole tree again and again. So each is encoded at once, explicit VR little endian with
explicit lengths (PS3.5 7.1.2, 7.5), and the tree is read back as a dataset where somebody looks.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from myotome.tables.codes.code import Code
from myotome.write.dicom.series import code_item
from myotome.write.dicom.uids import any_identity, derived_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Item = bytes
"""The encoded elements of one content item, without the item's own tag and length."""

CONTAINS, PROPERTIES, MODIFIES = "CONTAINS", "HAS PROPERTIES", "HAS CONCEPT MOD"
CONTEXT = "HAS OBS CONTEXT"

_RELATION, _TYPE, _NAME, _SEPARATE = 0x0040A010, 0x0040A040, 0x0040A043, 0x0040A050
_TEXT, _CODE, _UID, _REFERENCES = 0x0040A160, 0x0040A168, 0x0040A124, 0x00081199
_PERSON = 0x0040A123
_MEASURED, _FLOAT, _DECIMAL, _UNIT = 0x0040A300, 0x0040A161, 0x0040A30A, 0x004008EA
_TEMPLATE, _CONTENT = 0x0040A504, 0x0040A730
_RESOURCE, _RESOURCE_UID, _IDENTIFIER = 0x00080105, 0x00080118, 0x0040DB00

_LONG_LENGTH = frozenset({"SQ", "UT"})
_ITEM = struct.Struct("<HHI")
_ITEM_TAG = (0xFFFE, 0xE000)


@dataclass(frozen=True, slots=True)
class Items:
    """Makes the items of one report. Each code is checked and encoded once.

    ``root`` is the UID that those of single items are made of.
    """

    root: str = field(default_factory=any_identity)
    codes: dict[Code, Item] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def own_uid(self) -> str:
        """A UID for the next thing in the report that needs one."""
        return derived_uid(self.root, str(next(self.numbers)))

    @property
    def schemes(self) -> set[str]:
        """The designators of all coding schemes used so far."""
        return {code.scheme for code in self.codes}

    def text(self, name: Code, words: str, relation: str = CONTAINS) -> Item:
        """A TEXT item."""
        return self._item("TEXT", name, relation) + _element(_TEXT, "UT", words.encode("utf-8"))

    def answer(self, name: Code, value: Code, relation: str = CONTAINS) -> Item:
        """A CODE item."""
        return self._item("CODE", name, relation) + _sequence(_CODE, [self._code(value)])

    def number(self, name: Code, value: float, unit: Code, relation: str = CONTAINS) -> Item:
        """A NUM item, exact to the last bit (Floating Point Value, PS3.3 C.18.1)."""
        measured = (
            _sequence(_UNIT, [self._code(unit)])
            + _element(_FLOAT, "FD", struct.pack("<d", value))
            + _element(_DECIMAL, "DS", decimal(value).encode("ascii"))
        )
        return self._item("NUM", name, relation) + _sequence(_MEASURED, [measured])

    def uid(self, name: Code, uid: str, relation: str = CONTAINS) -> Item:
        """A UIDREF item."""
        return self._item("UIDREF", name, relation) + _element(_UID, "UI", uid.encode("ascii"))

    def person(self, name: Code, person: str, relation: str = CONTAINS) -> Item:
        """A PNAME item."""
        return self._item("PNAME", name, relation) + _element(_PERSON, "PN", person.encode("utf-8"))

    def image(self, name: Code, reference: Dataset) -> Item:
        """An IMAGE item; ``reference`` as in PS3.3 table 10-3."""
        return _sequence(_REFERENCES, [encoded(reference)]) + self._item("IMAGE", name, CONTAINS)

    def container(
        self, name: Code, children: Iterable[Item], *, template: str = "", relation: str = ""
    ) -> Item:
        """A CONTAINER item; the root of a report has no relation."""
        item = self._item("CONTAINER", name, relation) + _element(_SEPARATE, "CS", b"SEPARATE")
        if template:
            made_by = (
                _element(_RESOURCE, "CS", b"DCMR")
                + _element(_RESOURCE_UID, "UI", b"1.2.840.10008.8.1.1")
                + _element(_IDENTIFIER, "CS", template.encode("ascii"))
            )
            item += _sequence(_TEMPLATE, [made_by])
        return under(item, list(children))

    def _item(self, kind: str, name: Code, relation: str) -> Item:
        related = _element(_RELATION, "CS", relation.encode("ascii")) if relation else b""
        typed = _element(_TYPE, "CS", kind.encode("ascii"))
        return related + typed + _sequence(_NAME, [self._code(name)])

    def _code(self, code: Code) -> Item:
        known = self.codes.get(code)
        return known if known is not None else self.codes.setdefault(code, encoded(code_item(code)))


def decimal(value: float) -> str:
    """As many digits as a decimal string of 16 characters holds (PS3.5 6.2).

    >>> decimal(-99.99999999999999), decimal(0.1), decimal(1e-200 / 3)
    ('-100', '0.1', '3.333333333e-201')
    """
    exact = repr(float(value))
    shorter = (f"{value:.{digits}g}" for digits in range(16, 0, -1))
    return next(words for words in (exact, *shorter) if len(words) <= 16)


def under(item: Item, children: Sequence[Item]) -> Item:
    """``item`` with ``children`` below it. Asked once for each item, and last: tags ascend."""
    return item + _sequence(_CONTENT, children) if children else item


def encoded(dataset: Dataset) -> Item:
    """A small dataset as it is written, checked by the library."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset

    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = False, True
    write_dataset(stream, dataset, "ISO_IR 192")
    return stream.getvalue()


def decoded(item: Item) -> Dataset:
    """The dataset of an encoded item. What is below is read where it is asked for, not now."""
    from pydicom.filereader import read_dataset

    return read_dataset(io.BytesIO(item), is_implicit_VR=False, is_little_endian=True)


def _element(tag: int, vr: str, value: bytes) -> bytes:
    """One element; values of odd length are padded (PS3.5 6.2)."""
    if len(value) % 2:
        value += b"\0" if vr == "UI" else b" "
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode("ascii")
    form = "<HI" if vr in _LONG_LENGTH else "<H"
    length = (0, len(value)) if vr in _LONG_LENGTH else (len(value),)
    return head + struct.pack(form, *length) + value


def _sequence(tag: int, items: Iterable[Item]) -> bytes:
    return _element(tag, "SQ", b"".join(_ITEM.pack(*_ITEM_TAG, len(i)) + i for i in items))
