"""Studies spoiled at random: nothing ends in a fault of Myotome, and no number moves unsaid.

``python -m benchmarks.mutations`` does the same to thousands, and to real CTs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("highdicom", reason="one of the studies has a segmentation: [dicom] extra")

from benchmarks.mutations.kind import Done
from benchmarks.mutations.scenes import Scene, phantom_scenes
from benchmarks.mutations.trial import KINDS, Told, attempt, draw, sound, tried
from benchmarks.mutations.verdict import judged

SEED, COUNT, MOST_SILENT = 14, 200, 2
SPACING_MM = (10.0, 5.0, 5.0)

Sound = Callable[[Scene], object]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    return phantom_scenes(tmp_path_factory.mktemp("scenes"), SPACING_MM)


@pytest.fixture(scope="module")
def told(scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    place = tmp_path_factory.mktemp("trials")

    @cache
    def as_made(scene: Scene):
        return sound(scene, place / "sound")

    def each() -> Iterator[Told]:
        for number in range(COUNT):
            drawn = draw(number, SEED, scenes)
            yield tried(drawn, as_made(drawn.scene), place / "trial", write=number % 20 == 0)

    return list(each())


def test_no_fault_of_myotome(told: list[Told]) -> None:
    assert [one.line() for one in told if one.verdict.faults] == []


def test_no_number_moves_unsaid(told: list[Told]) -> None:
    outcomes = [one.verdict.outcome for one in told]
    silent = [one.line() for one in told if one.verdict.outcome == "silent"]
    assert len(silent) <= MOST_SILENT, silent
    assert outcomes.count("refused") > COUNT / 4
    assert outcomes.count("told") > COUNT / 20
    assert outcomes.count("undetectable") < COUNT / 20


def test_the_same_number_is_the_same_mutation(scenes: list[Scene], tmp_path: Path) -> None:
    first = [draw(number, SEED, scenes) for number in range(30)]
    assert first == [draw(number, SEED, scenes) for number in range(30)]
    assert first != [draw(number, SEED + 1, scenes) for number in range(30)]
    kinds = {drawn.kind.key for drawn in (draw(n, SEED, scenes) for n in range(3000))}
    assert kinds == {kind.key for kind in KINDS}


def test_the_judge_sees_what_moved_unsaid(scenes: list[Scene], tmp_path: Path) -> None:
    """Held against the result of another body, with its own flags, the run is silent."""
    (scene,) = [one for one in scenes if one.name == "dicom"]
    target = scene.copied(tmp_path / "copy")
    right = sound(scene, tmp_path / "sound")
    ran = attempt(target.study, target.labels, None)
    assert judged(ran, right, Done(words="nothing"), tmp_path).outcome == "same"
    moved = attempt(target.other, target.labels, None)
    assert moved.result is not None
    other = judged(moved, right, Done(words="another body"), tmp_path)
    assert other.moved
    assert judged(moved, moved.result, Done(words="nothing"), tmp_path).outcome == "same"
