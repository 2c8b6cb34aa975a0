"""Where the files of one training case are, and what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from myotome.errors import InputError

_SUFFIXES = (".nii.gz", ".nii", ".seg.nrrd", ".nrrd", ".dcm", "")
SPL_ORGANS: Mapping[int, int] = {
    1: 5,
    2: 1,
    3: 2,
    4: 3,
    7: 7,
    8: 4,
    9: 6,
    10: 20,
    11: 52,
    12: 63,
    13: 64,
    15: 65,
}
"""Values of an atlas's ``organs.nii.gz`` whose organs have a TotalSegmentator id."""

SOME_RIB, SACRUM_WITH_S1_ID, UNKNOWN_ID = 252, 253, 254
"""Beyond TotalSegmentator's ids: a rib without a number, an undivided sacrum, not known."""

SPL_BONES: Mapping[int, int] = {
    16: 67,
    18: 88,
    19: 89,
    20: 80,
    21: 81,
    22: 84,
    23: 85,
    24: SOME_RIB,
    25: 77,
    27: UNKNOWN_ID,
}
"""The same atlas's bones, muscles and vessels; 27 is a vertebra without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """One line of a manifest.

    ``ct``, ``labels``, ``compartments``, ``organs`` and ``vertebrae`` are files or folders;
    ``ct`` is None for a label map without one. ``label_table`` is as for
    :func:`~myotome.segment.labels.label_table.read_table`. ``slices`` is a ``slices.json``,
    "all", "LOW-HIGH" (inclusive, along the CT file's z axis) or "labelled". ``annotated`` maps the
    muscle groups that are drawn to their own slices ("" for ``slices``); None: as the table has it.
    ``organ_ids`` turns the values of ``organs`` into TotalSegmentator's (None: they are), and
    ``bone_ids`` those that only the levels are learnt from. ``vertebrae`` counts from 1, the
    whole sacrum, upwards: 2 is L5, 10 is T9. ``borders`` is a ``borders.json``: where the labels
    are disputed.
    """

    name: str
    subject: str
    ct: Path | None
    labels: Path | None = None
    label_table: str = "ours"
    compartments: Path | None = None
    organs: Path | None = None
    organ_ids: Mapping[int, int] | None = None
    bone_ids: Mapping[int, int] | None = None
    vertebrae: Path | None = None
    slices: str = "labelled"
    annotated: Mapping[str, str] | None = None
    borders: Path | None = None
    split: str = ""

    @property
    def title(self) -> str:
        """The name of the :class:`~myotome.train.cases.case.TrainingCase` made of it."""
        return self.name if self.name == self.subject else f"{self.subject}~{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a case must have to be of use, in words and as a question."""

    words: str
    met: Callable[[CaseEntry], bool]


LABELLED = Need(
    words="ct, and labels or compartments",
    met=lambda e: e.ct is not None and (e.labels is not None or e.compartments is not None),
)
"""To learn muscles from."""

MAPPED = Need(
    words="organs or vertebrae",
    met=lambda e: e.organs is not None or e.vertebrae is not None,
)
"""To learn levels from, with a CT or without."""


def usable(entry: CaseEntry) -> bool:
    """Whether any task can use it."""
    return LABELLED.met(entry) or MAPPED.met(entry)


def entry_of_folder(folder: Path) -> CaseEntry:
    """The case in ``folder``: ``ct``, ``muscles`` (or ``labels``), maybe more, of any format.

    Known are also ``compartments``, ``totalsegmentator_labels`` or ``organs``, ``vertebrae``,
    ``slices.json``, ``borders.json`` and ``label_table.csv``/``.json``. ``labels`` without a CT are
    TotalSegmentator's. Refuses a folder without a CT, or without labels.
    """
    ct, labels = _one(folder, "ct"), _one(folder, "muscles")
    organs, atlas = _one(folder, "totalsegmentator_labels"), _one(folder, "organs")
    if ct is None:
        organs = organs or _one(folder, "labels")
    else:
        labels = labels or _one(folder, "labels")
    tables = [folder / f"label_table{suffix}" for suffix in (".csv", ".json", ".toml")]
    ranges, borders = folder / "slices.json", folder / "borders.json"
    entry = CaseEntry(
        name=folder.name,
        subject=folder.name,
        ct=ct,
        labels=labels,
        label_table=next((str(t) for t in tables if t.is_file()), "ours"),
        compartments=_one(folder, "compartments"),
        organs=organs or atlas,
        organ_ids=None if organs else SPL_ORGANS,
        bone_ids=None if organs else SPL_BONES,
        vertebrae=_one(folder, "vertebrae"),
        slices=str(ranges) if ranges.is_file() else "labelled",
        borders=borders if borders.is_file() else None,
    )
    if not usable(entry):
        raise InputError(
            f'the folder "{folder.name}" has no {"labels" if ct else "CT"}.',
            mend="A case has ct.nii.gz and muscles.nii.gz (or .nrrd, .seg.nrrd, .dcm, a folder).",
        )
    return entry


def _one(folder: Path, stem: str) -> Path | None:
    found = [folder / f"{stem}{suffix}" for suffix in _SUFFIXES]
    found = [path for path in found if path.exists()]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise InputError(f'the folder "{folder.name}" has both {names}.', mend="Keep one of them.")
    return found[0] if found else None
