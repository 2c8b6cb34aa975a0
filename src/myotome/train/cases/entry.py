"""Where the files of one training case are, and what is said about them."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """One line of a manifest.

    ``ct``, ``labels``, ``compartments`` and ``organs`` are files or folders; ``label_table`` as
    for :func:`~myotome.segment.labels.label_table.read_table`. ``slices`` is a ``slices.json``,
    "all", "LOW-HIGH" (inclusive, along the CT file's z axis) or "labelled". ``annotated`` maps the
    muscle groups that are drawn to their own slices ("" for ``slices``); None: as the table has it.
    ``organ_ids`` turns the values of ``organs`` into TotalSegmentator's.
    """

    name: str
    subject: str
    ct: Path
    labels: Path | None = None
    label_table: str = "ours"
    compartments: Path | None = None
    organs: Path | None = None
    organ_ids: Mapping[int, int] | None = None
    slices: str = "labelled"
    annotated: Mapping[str, str] | None = None
    split: str = ""

    @property
    def title(self) -> str:
        """The name of the :class:`~myotome.train.cases.case.TrainingCase` made of it."""
        return self.name if self.name == self.subject else f"{self.subject}~{self.name}"


def entry_of_folder(folder: Path) -> CaseEntry:
    """The case in ``folder``: ``ct``, ``muscles`` (or ``labels``), maybe more, of any format.

    Known are also ``compartments``, ``totalsegmentator_labels`` or ``organs``, ``slices.json``
    and ``label_table.csv``/``.json``. Refuses a folder without a CT, or without labels.
    """
    ct, labels = _one(folder, "ct"), _one(folder, "muscles") or _one(folder, "labels")
    if ct is None or labels is None:
        raise InputError(
            f'the folder "{folder.name}" has no {"labels" if ct else "CT"}.',
            mend="A case has ct.nii.gz and muscles.nii.gz (or .nrrd, .seg.nrrd, .dcm, a folder).",
        )
    organs, atlas = _one(folder, "totalsegmentator_labels"), _one(folder, "organs")
    tables = [folder / f"label_table{suffix}" for suffix in (".csv", ".json", ".toml")]
    ranges = folder / "slices.json"
    return CaseEntry(
        name=folder.name,
        subject=folder.name,
        ct=ct,
        labels=labels,
        label_table=next((str(t) for t in tables if t.is_file()), "ours"),
        compartments=_one(folder, "compartments"),
        organs=organs or atlas,
        organ_ids=None if organs else SPL_ORGANS,
        slices=str(ranges) if ranges.is_file() else "labelled",
    )


def _one(folder: Path, stem: str) -> Path | None:
    found = [folder / f"{stem}{suffix}" for suffix in _SUFFIXES]
    found = [path for path in found if path.exists()]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise InputError(f'the folder "{folder.name}" has both {names}.', mend="Keep one of them.")
    return found[0] if found else None
