"""Everything one run found, before and after it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from myotome.nouns.numbers.assessment import Assessment
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement, SliceArea
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person
from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.series import Catalogue, Judged


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyResult:
    """One measured series of one study.

    ``judged`` lists every series with its verdict, ``chosen`` is the key of the measured one.
    ``contrast_header`` is "enhanced", "unenhanced" or "unknown" (the image's own judgement is
    in ``landmarks.contrast_image``). ``flags`` gathers those of all stages, in stage order.
    ``measurements`` hold muscles and body composition, ``assessed`` what citations say of them.
    ``study_key`` and ``subject_key`` are pseudonyms, the same in every run with the same salt: of
    the study's UID (without one: of the input's digest) and of the patient's ID ("" without one).
    ``out_dir`` is None until the results were written.
    """

    catalogue: Catalogue
    judged: tuple[Judged, ...]
    chosen: str
    volume: Volume
    landmarks: Landmarks
    slab: Slab
    segmentation: Segmentation
    measurements: tuple[Measurement, ...]
    slice_areas: tuple[SliceArea, ...]
    contrast_header: str
    person: Person
    flags: tuple[Flag, ...]
    provenance: Provenance
    assessed: Assessment | None = None
    study_key: str = ""
    subject_key: str = ""
    out_dir: Path | None = None

    @property
    def scan(self) -> Scan:
        """What the numbers were made of."""
        return Scan(
            volume=self.volume,
            segmentation=self.segmentation,
            landmarks=self.landmarks,
            slab=self.slab,
        )

    @property
    def levels(self) -> Mapping[str, LevelSlice]:
        """The slice that each level was measured and is shown on, or why there is none."""
        return self.slab.levels
