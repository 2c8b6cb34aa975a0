"""Re-enact Vu et al. 2024: every table and figure, beside the printed one.

    python examples/vu2024/run.py                    # synthetic people, phantoms; some minutes
    python examples/vu2024/run.py --table MINE.csv --evaluation EVAL --raters R1 R2 --curve C.csv

Without arguments nobody was measured: the people are drawn from the paper's own tables 3 and 4,
and readers and network are phantoms' outlines disturbed by a known rule (readers.py). The page
says so wherever it matters. Anything real that is given takes the place of what is simulated.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path

from myotome.errors import MyotomeError
from myotome.evaluate.run import evaluate_cli
from myotome.evaluate.scores.options import Options
from myotome.phantom import cli_phantom
from myotome.stats.paper.reenact import Sources, is_drawn, reenact
from myotome.stats.simulate.cohort import simulate_cohort, write_cohort
from myotome.stats.simulate.request import CohortRequest

sys.path.insert(0, str(Path(__file__).parent))
from readers import NETWORK, READERS, draw

PHANTOMS = 15
"""As many studies as the paper's test set; the first six are outlined by all readers."""
SHARED = 6
MEASURED = Path(__file__).resolve().parents[2] / "docs" / "measured" / "architectures.csv"
SPACING_MM = (10.0, 1.5, 1.5)


def main() -> int:
    """Simulate what is not given, and write the page."""
    given = _arguments()
    work: Path = given.out / "data"
    work.mkdir(parents=True, exist_ok=True)
    try:
        sources = _people(given, work)
        sources = _curves(given, _outlines(given, sources, work), work)
        said = reenact(sources, given.out / "paper", overwrite=True)
    except MyotomeError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{len(said['tables'])} tables, {len(said['figures'])} figures: "
          f"{given.out / 'paper' / 'comparison.html'}")  # fmt: skip
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Re-enact Vu et al. 2024.")
    parser.add_argument("--out", type=Path, default=Path("out/vu2024"))
    parser.add_argument("--people", type=int, default=20_000, help="to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phantoms", type=int, default=PHANTOMS)
    parser.add_argument("--table", type=Path, help="your people, instead of drawn ones")
    parser.add_argument("--evaluation", type=Path, help="results of `myotome evaluate`")
    parser.add_argument("--raters", type=Path, nargs="+", help="a folder of label maps per reader")
    parser.add_argument("--curve", type=Path, action="append", help="curve.csv of a training")
    return parser.parse_args()


def _people(given: argparse.Namespace, work: Path) -> Sources:
    """The table given, or a cohort with the paper's leak: 90 of 295 studies trained the network."""
    if given.table is not None:
        drawn = is_drawn(given.table)
        return Sources(table=given.table, drawn=drawn, table_words="From the table given.")
    path = work / "cohort.csv"
    request = CohortRequest(
        people=given.people,
        seed=given.seed,
        training_share=90 / 295,
        rejected_share=8 / 303,
        repeated_share=0.02,
    )
    write_cohort(simulate_cohort(request), path)
    return Sources(
        table=path,
        drawn=True,
        table_words=(
            f"{given.people} synthetic people (seed {given.seed}) drawn from tables 3 and 4. As in "
            "the paper 90 of 295 trained the network and 8 of 303 studies were rejected; both are "
            "left out here."
        ),
    )


def _outlines(given: argparse.Namespace, sources: Sources, work: Path) -> Sources:
    """The evaluation and the readers given, or those of phantoms."""
    evaluation, raters = given.evaluation, tuple(given.raters or ())
    words = {"evaluation_words": "", "raters_words": ""}
    if evaluation is None or not raters:
        truths = _phantoms(given, work)
    if evaluation is None:
        evaluation = work / "evaluation"
        for number, truth in enumerate(truths):
            draw(truth, work / "network" / truth.name, NETWORK, number)
        options = Options(figures=False)
        evaluate_cli(work / "network", work / "truth", evaluation, options=options, overwrite=True)
        words["evaluation_words"] = (
            f"{len(truths)} phantoms: the reference is their truth, the automatic outline that "
            f"truth moved in or out by {NETWORK.bias_mm} \N{PLUS-MINUS SIGN} {NETWORK.sd_mm} mm, a "
            f"muscle of a slice forgotten in {100 * NETWORK.forgets:.0f} %. No network was run: "
            "the numbers show the method, not how well anything segments."
        )
    if not raters:
        few = truths[:SHARED]
        for reader in READERS:
            for number, truth in enumerate(few):
                draw(truth, work / reader.name / truth.name, reader, 100 + number)
        raters = tuple(work / reader.name for reader in READERS)
        words["raters_words"] = (
            f"{len(READERS)} readers of {len(few)} phantoms who do not exist: outlines disturbed "
            "by known amounts (readers.py); the paper's six trainees labelled six studies."
        )
    return replace(sources, evaluation=evaluation, raters=raters, **words)


def _curves(given: argparse.Namespace, sources: Sources, work: Path) -> Sources:
    """The curves given, or those of five networks of 0 to 4 residual units on real CTs."""
    if given.curve or not MEASURED.is_file():
        return replace(sources, curves=tuple(given.curve or ()))
    with MEASURED.open(encoding="utf-8", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    paths = []
    for name in dict.fromkeys(row[0] for row in rows):
        paths.append(work / f"{name}.csv")
        with paths[-1].open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head[1:], *(r[1:] for r in rows if r[0] == name)])
    return replace(
        sources,
        curves=tuple(paths),
        curves_words=(
            "Real: networks of 0 to 4 residual units on three CTs, validated on a fourth, for a "
            "hundredth of the paper's training (docs/measured/architectures.md). Only the order "
            "is worth comparing."
        ),
    )


def _phantoms(given: argparse.Namespace, work: Path) -> list[Path]:
    """The label maps of phantoms, made once."""
    out = []
    for seed in range(given.phantoms):
        truth = work / "truth" / f"phantom{seed:02d}.nii.gz"
        if not truth.is_file():
            folder = work / "phantoms" / f"phantom{seed:02d}"
            if not (folder / "muscles.nii.gz").is_file():
                cli_phantom(
                    folder, format="nifti", spacing_mm=SPACING_MM, seed=seed,
                    contrast="unenhanced", noise_hu=10.0, faults=(), axes="RAS",
                )  # fmt: skip
            truth.parent.mkdir(parents=True, exist_ok=True)
            truth.write_bytes((folder / "muscles.nii.gz").read_bytes())
        out.append(truth)
    return out


if __name__ == "__main__":
    sys.exit(main())
