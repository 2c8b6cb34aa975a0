"""Results of one phantom person at four visits, whose muscles and planes are exactly known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from myotome import Person, run
from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.interval import HalfWidth, Spread
from myotome.phantom import Phantom, write_dicom
from myotome.phantom.body.anatomy import Anatomy
from myotome.phantom.render import Recipe, render_recipe
from myotome.runtime.config import Configuration
from myotome.study import Stages
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES

PSOAS = next(number for number, group in enumerate(GROUPS) if group.key == "psoas")
SMALLER = tuple(0.80 if number == PSOAS else 0.98 for number in range(len(GROUPS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A results folder and the phantom it was measured on."""

    folder: Path
    truth: Phantom


def _recipe(*, cut_mm: float = 0.0, slice_mm: float = 6.0, contrast: str = "unenhanced") -> Recipe:
    whole = Anatomy().scan_z_mm
    edges = None if not cut_mm else (whole[0] - cut_mm, whole[1])
    return Recipe(spacing_mm=(slice_mm, 2.5, 2.5), z_mm=edges, contrast=contrast)


VISITS: Mapping[str, tuple[Anatomy, Recipe]] = {
    "before": (Anatomy(), _recipe()),
    # lies elsewhere on the table, on slices of 5 mm, with smaller psoas
    "after": (Anatomy(l3_mid_z_mm=-300.0, muscle_scale=SMALLER), _recipe(slice_mm=5.0)),
    "cropped": (Anatomy(), _recipe(cut_mm=130.0)),
    "enhanced": (Anatomy(), _recipe(contrast="venous")),
    "taller": (Anatomy(height_scale=1.15), _recipe()),
}


@pytest.fixture(scope="session")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Visit]:
    """The visit of that name, measured when it is first asked for."""
    made: dict[str, Visit] = {}

    def find(name: str) -> Visit:
        if name not in made:
            made[name] = _measured(*VISITS[name], tmp_path_factory.mktemp(name))
        return made[name]

    return find


def _measured(anatomy: Anatomy, recipe: Recipe, where: Path) -> Visit:
    truth = render_recipe(anatomy, recipe)
    write_dicom(truth, where / "study")
    sure = Confidence(
        raw={muscle.key: 0.9 for muscle in MUSCLES},
        expected_dice={muscle.key: 0.8 for muscle in MUSCLES},
        calibrated_on="three scans",
        spread=Spread(
            rows={("volume", "psoas"): HalfWidth(q80=0.02, q90=0.04, n=14)},
            scaled=False,
            made_from="14 scans",
            n=14,
        ),
    )
    labels = replace(truth.segmentation, confidence=sure)
    stages = replace(
        Stages.of(Configuration()),
        locate=lambda _volume: truth.truth.landmarks,
        segment=lambda _volume, _slab: labels,
    )
    person = Person(sex="F", age_years=61, height_cm=168)
    run(where / "study", out=where / "out", person=person, stages=stages)
    return Visit(folder=where / "out", truth=truth)
