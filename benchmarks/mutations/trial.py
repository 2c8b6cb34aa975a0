"""One mutation: drawn by its number, done to a copy, run as the command line runs it, judged."""

from __future__ import annotations

import contextlib
import io
import json
import resource
import shutil
import signal
import time
import traceback
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

import numpy as np
import typer

from benchmarks.mutations import contents, drawn, folders, headers, nifti, places, values
from benchmarks.mutations.kind import Done, Kind
from benchmarks.mutations.networks import remembering
from benchmarks.mutations.scenes import Scene
from benchmarks.mutations.verdict import Ran, Verdict, judged
from myotome.cli.answer import answering, reply
from myotome.nouns.study.result import StudyResult
from myotome.runtime.config import Configuration
from myotome.study import run_study

KINDS: tuple[Kind, ...] = (
    *contents.KINDS,
    *folders.KINDS,
    *headers.KINDS,
    *values.KINDS,
    *places.KINDS,
    *nifti.KINDS,
    *drawn.KINDS,
)
GIVEN_UP_S = 150


class TooLong(BaseException):
    """The run was given up: nothing inside may take it for a fault of the input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Which study is spoiled in which way: all of it follows from the seed and the number."""

    number: int
    seed: int
    scene: Scene
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One mutation and what became of it, in one line."""

    drawn: Drawn
    done: Done
    ran: Ran
    verdict: Verdict

    def line(self) -> str:
        verdict = self.verdict
        what = f"{self.drawn.number} {self.drawn.scene.name} {self.drawn.kind.key}"
        faults = f" FAULTS {verdict.faults}" if verdict.faults else ""
        moved = f" {verdict.moved[0]}" if verdict.outcome == "silent" else ""
        told = f" {'; '.join(verdict.told)[:150]}"
        return f"{what} [{self.done.words}] {self.ran.code} {verdict.outcome}{moved}{told}{faults}"


def draw(number: int, seed: int, scenes: list[Scene]) -> Drawn:
    """A study, then a way of spoiling that fits it."""
    rng = np.random.default_rng([seed, number])
    scene = scenes[_weighted([s.weight for s in scenes], rng)]
    fitting = [kind for kind in KINDS if scene.fits(kind)]
    kind = fitting[_weighted([kind.weight for kind in fitting], rng)]
    return Drawn(number=number, seed=seed, scene=scene, kind=kind)


def _weighted(weights: list[float], rng: np.random.Generator) -> int:
    return int(rng.choice(len(weights), p=np.array(weights) / sum(weights)))


def attempt(
    study: Path, labels: Path | None, out: Path | None, *, keep: bool = False, debug: bool = False
) -> Ran:
    """Run what ``myotome run`` runs, in this process, and keep what it says."""
    words, said = io.StringIO(), io.StringIO()
    result, code, start = None, 0, time.process_time()
    backend = f"labels:{labels}" if labels else "bundled"
    with (
        contextlib.redirect_stdout(words),
        contextlib.redirect_stderr(said),
        _limited(),
        remembering(keep=keep),
    ):
        try:
            with answering(debug):
                config = Configuration(threads=1, backend=backend)
                outcome = run_study(study, config=config, out=out)
                result = outcome.best
                reply(status="ok", **outcome.summary())
        except typer.Exit as stop:
            code = stop.exit_code
        except TooLong:
            code = -1
        except BaseException:
            code = -2
            traceback.print_exc()
    lines = words.getvalue().strip().splitlines()
    return Ran(
        code=code,
        answer=json.loads(lines[-1]) if lines else {},
        said=said.getvalue(),
        seconds=time.process_time() - start,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        result=result,
    )


@contextlib.contextmanager
def _limited():  # type: ignore[no-untyped-def]
    def give_up(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TooLong

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(GIVEN_UP_S)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def sound(scene: Scene, folder: Path) -> StudyResult:
    """The result of the study as it was made. It must be measured."""
    target = scene.copied(folder)
    ran = attempt(target.study, target.labels, None, keep=True)
    shutil.rmtree(folder)
    if ran.result is None:
        raise ValueError(f"the sound study {scene.name} is refused: {ran.answer.get('error')}")
    return ran.result


def tried(
    drawn: Drawn, sound_one: StudyResult, folder: Path, *, write: bool, debug: bool = False
) -> Told:
    """Spoil a copy in ``folder``, run it, judge it, and remove everything again."""
    rng = np.random.default_rng([drawn.seed, drawn.number, 1])
    target = drawn.scene.copied(folder)
    done = drawn.kind.make(target, rng)
    out = folder / "out" if write else None
    ran = attempt(done.path or target.study, target.labels, out, debug=debug)
    left = [*folder.glob("out/*"), *folder.glob(".*"), *folder.glob("out/.*")]
    ran = replace(ran, left=tuple(path.name for path in left))
    told = Told(drawn=drawn, done=done, ran=ran, verdict=judged(ran, sound_one, done, folder))
    for path in folder.rglob("*"):
        if not path.is_symlink() and path.is_file():
            path.chmod(0o600)
    shutil.rmtree(folder)
    return told
