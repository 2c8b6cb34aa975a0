"""docs/models.md, made from docs/measured and the cards of the bundled networks.

Use: .venv/bin/python scripts/models_page.py

Nothing is measured here (``python -m benchmarks.models`` does that); what was not measured is
said to be so. ``docs/measured/README.md`` tells what each file holds.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

sys.path.insert(0, str(Path(__file__).resolve().parent))  # its neighbour, from anywhere

import models_tables
from models_tables import NONE, Row, number, table
from myotome.tables.quantities.published_dice import DOI, SOURCE

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WEIGHTS = ROOT / "src" / "myotome" / "weights"
TEMPLATE = "models_page.md.j2"


class Page:
    """Every part of the page as Markdown; a part is "" where it was not measured."""

    def __init__(self, measured: Path, weights: Path, pictures: Path) -> None:
        self._measured, self._pictures = measured, pictures
        self.cards = [
            json.loads(p.read_text(encoding="utf-8")) for p in sorted(weights.glob("*.json"))
        ]
        self._bytes = {p.stem: p.stat().st_size for p in weights.glob("*.onnx")}

    def read(self, name: str) -> Any:
        """The document of that name; None if it is not there."""
        path = self._measured / name
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def words_of(self, name: str) -> str:
        """A hand-written part, as it is; "" if it is not there."""
        path = self._measured / name
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""

    def picture(self, name: str, words: str) -> str:
        """The picture, or that there is none."""
        if not (self._pictures / name).is_file():
            return f"*Not pictured: `pictures/{name}` was not made.*"
        return f"![{words}](pictures/{name})"

    def stale(self, document: Row | None) -> str:
        """A sentence if ``document`` was measured with other weights than those shipped."""
        if not document:
            return ""
        ours = {card["sha256"] for card in self.cards}
        theirs = {n["sha256"] for n in document.get("networks", []) if n.get("shipped", True)}
        other = sorted(t[:12] for t in theirs - ours)
        if not other:
            return ""
        return (
            f"**Measured with other weights ({', '.join(other)}) than those shipped now.** "
            "Measure again before relying on it."
        )

    def networks(self) -> str:
        """Input, parameters, size and digest of each; parameters only if counted in this file."""
        counted = {n["name"]: n for n in (self.read("networks.json") or {}).get("networks", [])}
        rows = []
        for card in self.cards:
            found = counted.get(card["name"], {})
            same = found.get("sha256") == card["sha256"]
            size = self._bytes.get(card["name"])
            rows.append(
                (
                    f"{card['name']} {card['version']}",
                    card["input"].split(";")[0],
                    f"{found['parameters'] / 1e6:.2f} M" if same else "not counted",
                    f"{size / 1e6:.2f} MB" if size else "not there",
                    f"`{card['sha256'][:16]}…`",
                )
            )
        return table(("network", "sees", "parameters", "file", "SHA-256"), rows, words=5)

    def about(self) -> str:
        """What each card says, a paragraph each."""
        return "\n\n".join(_about(card) for card in self.cards)

    def data(self) -> str:
        """Every data set of every card, with its licence and attribution."""
        rows: dict[str, list[str]] = {}
        for card in self.cards:
            for item in card.get("data", []):
                key = (item["name"], item["licence"], item["attribution"])
                rows.setdefault("\0".join(key), []).append(card["name"])
        body = [(*key.split("\0"), ", ".join(nets)) for key, nets in sorted(rows.items())]
        return table(("data", "licence", "attribution", "used by"), body, words=4)

    def calibration(self) -> str:
        """How each candidate score stands to the real Dice."""
        path = self._measured / "calibration_standings.csv"
        if not path.is_file():
            return ""
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        first = [
            r for r in rows if r["rows of"] in ("all muscles", "studies", "blocks of 5 slices")
        ]
        body = [
            (r["rows of"], r["score"].replace("_", " "), r["n"], r["spearman"] or NONE,
             r["error"] or NONE)
            for r in first
        ]  # fmt: skip
        head = ("over", "score", "rows (number)", "rank correlation with Dice (−1 to 1)",  # noqa: RUF001
                "mean error of the expected Dice")  # fmt: skip
        return table(head, body)

    def intervals(self) -> str:
        """How many of the subjects left out the intervals held, by what is on the card."""
        path = self._measured / "intervals.csv"
        card = next((c for c in self.cards if "intervals" in c), None)
        if not path.is_file() or card is None:
            return ""
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        scaled = str(card["intervals"]["scaled"])
        body = [
            (r["compared"].replace("_", " "), r["structure"].replace("_", " "), r["n"],
             _percent(r["covered_80"]), _percent(r["covered_90"]), _percent(r["width_90"]))
            for r in rows
            if r["scaled"] == scaled and r["q90"]
        ]  # fmt: skip
        head = ("number", "of", "subjects (number)", "held by the 80 % interval, %",
                "held by the 90 % interval, %",
                "mean half width of the 90 % interval, %")  # fmt: skip
        return table(head, body, words=2)

    def curves(self) -> dict[str, list[Row]]:
        """Rows of architectures.csv by architecture; empty if there is none."""
        path = self._measured / "architectures.csv"
        if not path.is_file():
            return {}
        out: dict[str, list[Row]] = {}
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                out.setdefault(row["architecture"], []).append(row)
        return out

    def architectures(self) -> str:
        """Last and best Dice of each architecture."""
        rows = []
        for name, of in self.curves().items():
            step = next(k for k in of[0] if k != "architecture")
            dice = _seen_last(of)
            best = max((float(r[dice]) for r in of if r[dice]), default=None)
            last = next((float(r[dice]) for r in reversed(of) if r[dice]), None)
            rows.append((name, f"{of[-1][step]} {step}s".replace("ss", "s"),
                         number(last), number(best)))  # fmt: skip
        return (
            table(("architecture", "trained for", "last Dice", "best Dice"), rows) if rows else ""
        )

    def overlays(self) -> str:
        """Every sheet there is."""
        shown = sorted(p for p in self._pictures.glob("*.jpg") if not p.stem.startswith("worst_"))
        return "\n\n".join(f"**{p.stem}**\n\n![{p.stem}](pictures/{p.name})" for p in shown)


def _percent(share: str) -> str:
    return number(100 * float(share), 0) if share else NONE


def _about(card: Row) -> str:
    parts = [f"**{card['name']}**", card["intended_use"]]
    names = (("architecture", ""), ("training", "Training: "), ("labels", "Labels: "),
             ("limits", "Limits: "), ("held_out", "Held out: "),
             ("licence", "Weights: "))  # fmt: skip
    parts += [f"{words}{card[key]}" for key, words in names if isinstance(card.get(key), str)]
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def _seen_last(rows: Sequence[Row]) -> str:
    """The column with Dice on data that the run does not learn from."""
    names = [k for k in rows[0] if k and "dice" in k.lower()]
    return next((n for n in names if "train" not in n.lower()), names[0])


def draw_curves(page: Page, target: Path) -> None:
    """The learning curves as a picture, if there are any."""
    from myotome.evaluate.pictures.curves import Curve, learning_curves

    curves = []
    for name, rows in page.curves().items():
        step = next(k for k in rows[0] if k != "architecture")
        dice = _seen_last(rows)
        points = tuple((float(r[step]), float(r[dice])) for r in rows if r[dice])
        curves.append(Curve(name=name, x_name=step, columns={dice: points}))
    if curves:
        with tempfile.TemporaryDirectory() as folder:
            learning_curves(curves, Path(folder))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((Path(folder) / "learning_curves.png").read_bytes())


def render(
    measured: Path = DOCS / "measured",
    weights: Path = WEIGHTS,
    pictures: Path = DOCS / "pictures",
) -> str:
    """The whole page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown from our own files
    )
    page = Page(measured, weights, pictures)
    names = (
        "held_out",
        "shipped",
        "robustness",
        "parity",
        "calibration",
        "partial_labels",
        "speed",
        "vertebrae",
    )
    documents = {name: page.read(f"{name}.json") for name in names}
    text = environment.get_template(TEMPLATE).render(
        page=page, tables=models_tables, paper=f"{SOURCE}, doi {DOI}", number=number, **documents
    )
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def main() -> int:
    """Draw the curves and write the page."""
    page = Page(DOCS / "measured", WEIGHTS, DOCS / "pictures")
    draw_curves(page, DOCS / "pictures" / "learning_curves.png")
    target = DOCS / "models.md"
    temporary = target.with_name(".models.md.partial")
    temporary.write_text(render(), encoding="utf-8")
    temporary.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
