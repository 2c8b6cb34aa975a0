"""What a person set, carried by a SEG so that measuring its masks again keeps it.

A private attribute (PS3.5 7.8): no standard one says where a vertebra lies. Editors drop it when
they write the masks anew; the structured report in the same study tells the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from myotome.nouns.space.given import Given
from myotome.tables.outputs.documents import PRIVATE_CREATOR, PRIVATE_GIVEN, PRIVATE_GROUP

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def carry(seg: Dataset, given: Given) -> None:
    """Put ``given`` into ``seg`` as JSON; nothing where nobody set anything."""
    if given:
        words = json.dumps({"z_mm": dict(given.z_mm), "reader": given.reader}, ensure_ascii=False)
        block = seg.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
        block.add_new(PRIVATE_GIVEN, "UT", words)
