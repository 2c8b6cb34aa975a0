"""The configuration of one run: read at the edge, passed down, saved with the results."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypedDict

from myotome.errors import InputError
from myotome.tables.quantities.tissues import VISCERAL_WINDOWS
from myotome.write.outputs import NONE, Extras

MOST_REACH_SLICES = 10


class Options(TypedDict, total=False):
    """The fields of :class:`Configuration` as keyword arguments of :func:`myotome.run`."""

    series: str | None
    all_series: bool
    unenhanced_only: bool
    backend: str
    mapping: str | None
    network: str | Path | None
    allow_gaps: bool
    threads: int
    overwrite: bool
    visceral_window: str
    reach_slices: int
    extras: Extras


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Every choice of one run.

    ``series`` is a series key or number (None: the best usable one). ``backend`` is a row of
    ``segment.backends`` ("bundled", "totalsegmentator", "labels:PATH"), ``mapping`` the name or
    file of its label mapping, and ``network`` a user's own network (.onnx, its card beside it).
    ``visceral_window`` is the HU window of visceral fat (``tables.quantities.tissues``), and
    ``reach_slices`` how many slices on either side of a level its mean takes. ``extras`` are
    DICOM objects and FHIR beside the results.
    Refuses fewer than one thread and a window or reach that does not exist.

    >>> Configuration(backend="labels:/home/me/mine.nii.gz").record()["backend"]
    'labels'
    """

    series: str | None = None
    all_series: bool = False
    unenhanced_only: bool = False
    backend: str = "bundled"
    mapping: str | None = None
    network: str | Path | None = None
    allow_gaps: bool = False
    threads: int = 2
    overwrite: bool = False
    visceral_window: str = VISCERAL_WINDOWS[0]
    reach_slices: int = 1
    extras: Extras = NONE

    def __post_init__(self) -> None:
        if self.network is not None:
            object.__setattr__(self, "network", Path(self.network))
        if self.threads < 1:
            raise InputError(f"{self.threads} threads cannot work.", mend="Pass --threads 1.")
        if self.visceral_window not in VISCERAL_WINDOWS:
            raise InputError(
                f'"{self.visceral_window[:40]}" is no window of visceral fat.',
                mend=f"Use one of {', '.join(VISCERAL_WINDOWS)}.",
            )
        if not 0 <= self.reach_slices <= MOST_REACH_SLICES:
            raise InputError(
                f"a mean of {self.reach_slices} slices on either side is not possible.",
                mend=f"Use 0 to {MOST_REACH_SLICES}.",
            )

    def record(self) -> dict[str, object]:
        """The configuration for the provenance, without paths (they may name the patient)."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["backend"] = self.backend.partition(":")[0]
        values |= {"dicom": self.extras.dicom, "fhir": self.extras.fhir}
        del values["extras"]
        if self.network is not None:
            values["network"] = "file"  # its name and digest are among the weights
        if self.mapping is not None and ("/" in self.mapping or "." in self.mapping):
            values["mapping"] = "file"
        return values
