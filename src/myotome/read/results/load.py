"""The one door to results that were written earlier: ``myotome.load``."""

from __future__ import annotations

from pathlib import Path

from myotome.nouns.study.loaded import LoadedResult
from myotome.read.results import assessed, masks, numbers, places, study
from myotome.read.results.fields import Fields, damaged
from myotome.read.results.folder import Folder

_ASSESSMENT = "assessment.json"


def load(folder: str | Path, *, with_masks: bool = True) -> LoadedResult:
    """What ``myotome run``, ``slice`` or ``dicom import`` wrote into ``folder``, as nouns.

    Everything but the CT, which a results folder does not hold; see
    :class:`myotome.nouns.study.loaded.LoadedResult` for what is equal to the result that was
    written, and for folders of older versions. Without ``with_masks`` the label maps, which are as
    large as the CT, are left out (None) and not looked at.

    Only JSON, CSV and NIfTI files of fixed names in the folder itself are read, none larger than
    64 MB (masks: 2**30 voxels); nothing is changed and nothing run. Refuses (InputError, naming
    the file) a folder that is missing, foreign, unfinished, incomplete or of a later format, a
    refused study, links, files that are damaged or contradict each other.
    """
    found = Folder.of(Path(folder))
    document, spots = found.measurements(), found.json("landmarks.json")
    made = found.json("provenance.json")
    chosen = document.text("series")
    _require_together(document, made)
    flags = numbers.flags(document)
    located = tuple(flag for flag in flags if flag.stage == "locate")
    muscles = masks.muscles(found) if with_masks else None
    return LoadedResult(
        out_dir=found.path,
        chosen=chosen,
        series=study.series(found.rows("series.csv"), chosen),
        files=study.files(found.rows("files.csv")),
        study_key=document.text("study_key", older=True),
        subject_key=document.text("subject_key", older=True),
        measurements=numbers.measurements(document),
        slice_areas=numbers.slice_areas(found.rows("slices.csv")),
        flags=flags,
        landmarks=places.landmarks(spots, document, located),
        slab=places.slab(spots, document),
        slab_weights=masks.slab_weights(found),
        muscles=muscles,
        compartments=None if muscles is None else masks.compartments(found, muscles),
        backend=document.text("backend"),
        gaps=made.words("backend_gaps"),
        confidence=numbers.confidence(document),
        contrast_header=places.contrast(document.inner("contrast"), "header"),
        hu_scale=study.hu_scale(document),
        person=study.person(document),
        assessed=assessed.assessment(found.json(_ASSESSMENT)) if found.has(_ASSESSMENT) else None,
        provenance=study.provenance(made, found),
    )


def _require_together(document: Fields, made: Fields) -> None:
    """Refuse files of two runs in one folder."""
    for key in ("myotome_version", "series", "backend"):
        if document.text(key) != made.text(key):
            raise damaged("provenance.json", "is of another run than measurements.json")
