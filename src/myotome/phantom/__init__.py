"""A synthetic abdomen whose muscles, fat, bones and organs are known by formula.

``render(Anatomy())`` gives a :class:`Phantom`: CT, labels and :class:`Truth`. ``write_nifti``
and ``write_dicom`` put it on disk, the latter with any of ``FAULTS``.
"""

from myotome.phantom.body.anatomy import Anatomy
from myotome.phantom.body.tissues import CONTRASTS
from myotome.phantom.dicom.study import WrittenStudy, acquire, write_dicom
from myotome.phantom.faults import (
    BREAKS,
    EXTRA_SERIES,
    FAULTS,
    SYNTAXES,
    FaultRow,
    Faults,
    faults_named,
)
from myotome.phantom.nifti import NiftiForm, truth_table, write_nifti
from myotome.phantom.render import Phantom, Recipe, render, render_recipe
from myotome.phantom.truth import Truth
from myotome.phantom.words import cli_phantom

__all__ = [
    "BREAKS",
    "CONTRASTS",
    "EXTRA_SERIES",
    "FAULTS",
    "SYNTAXES",
    "Anatomy",
    "FaultRow",
    "Faults",
    "NiftiForm",
    "Phantom",
    "Recipe",
    "Truth",
    "WrittenStudy",
    "acquire",
    "cli_phantom",
    "faults_named",
    "render",
    "render_recipe",
    "truth_table",
    "write_dicom",
    "write_nifti",
]
