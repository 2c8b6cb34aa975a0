"""What a results folder holds, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from myotome.nouns.numbers.assessment import Assessment
from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement, SliceArea
from myotome.nouns.space.hu_scale import HuScale
from myotome.nouns.space.label_map import LabelMap
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.study.person import Person
from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.series import FileEntry, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDecision:
    """One series of the study as ``series.csv`` accounts for it: a row, without its images.

    ``rank`` 1 is the best usable one (None: refused), ``measured`` is true of one alone.
    ``reasons`` are the rules and sentences in words. ``images`` counts slices or files;
    ``study_key`` and ``subject_key`` are pseudonyms. ``header`` holds the technical facts as
    they are written, by the fields' names (``tables.series.header``), those that are empty left
    out.
    """

    key: str
    verdict: Verdict
    rank: int | None
    measured: bool
    reasons: str
    format: str
    modality: str
    description: str
    images: int
    study_key: str
    subject_key: str
    header: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlabWeights:
    """What is needed to count volumes from the masks: one entry per slice ``k`` of the masks.

    ``weights`` is the share of each slice in the slab (0..1), ``z_mm`` the z (LPS) of the slice
    that was measured (thin slices that were averaged share one; None: left out). Volume in ml =
    sum over k of (voxels of the label on k * weight of k) * ``voxel_ml``. ``pixel_cm2`` is the
    area of one pixel of the measured slices.
    """

    weights: tuple[float, ...]
    z_mm: tuple[float | None, ...]
    voxel_ml: float
    pixel_cm2: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedResult:
    """One measured series of one study, as its results folder tells of it.

    There is **no volume**: a results folder does not hold the CT. So there is no segmentation on
    the measured grid either, but the masks as they were written, on the CT's own grid in
    canonical order: ``muscles`` (values ``tables.anatomy.muscles.MUSCLES``, the slices of the
    slab and all others) and ``compartments`` (None for a backend without; both None if they were
    not asked for). ``backend``, ``gaps`` and ``confidence`` are those of their maker.

    All else has the names it has in :class:`myotome.nouns.study.result.StudyResult`, and is equal
    to it, but for this: areas and mean HU of ``slice_areas`` have six significant digits;
    ``landmarks.flags`` are those of ``flags`` that locating raised; where the person's facts came
    from is not told, and one of 90 or more has no age, which ``person.notes`` says; ``assessed``
    has no curves, no ``shown``, and the caveats of a cut-off as one text; a measurement's
    ``cause`` is not known; ``provenance.stage_seconds`` lacks the writing.

    Of folders of older versions, what they do not hold is empty: ``study_key`` and
    ``subject_key`` "", ``slab_weights`` and ``hu_scale`` None, ``levels`` without entries, of a
    measurement ``window_hu`` and ``slices`` None, of a flag ``level`` and ``structure`` "". Their
    statuses stay as they were written: what is "absent" today was "not_measurable" then.
    """

    out_dir: Path
    chosen: str
    series: tuple[SeriesDecision, ...]
    files: tuple[FileEntry, ...]
    study_key: str
    subject_key: str
    measurements: tuple[Measurement, ...]
    slice_areas: tuple[SliceArea, ...]
    flags: tuple[Flag, ...]
    landmarks: Landmarks
    slab: Slab
    slab_weights: SlabWeights | None
    muscles: LabelMap | None
    compartments: LabelMap | None
    backend: str
    gaps: Mapping[str, str]
    confidence: Confidence | None
    contrast_header: str
    hu_scale: HuScale | None
    person: Person
    assessed: Assessment | None
    provenance: Provenance

    @property
    def levels(self) -> Mapping[str, LevelSlice]:
        """The slice that each level was measured on, or why there is none; empty if not told."""
        return self.slab.levels
