"""docs/models.md is what the measurements say, and every number on it has a unit."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "src" / "myotome" / "weights"
NUMBER = re.compile(r"^[+−]?\d[\d,]*\.?\d*$")  # noqa: RUF001 - the page's minus sign
UNITS = re.compile(r"Dice|\bmm\b|cm²|%|‰|\bs\b|\bg\b|\(number\)|−1 to 1")  # noqa: RUF001
FILES = (
    "held_out", "robustness", "parity", "calibration", "partial_labels", "speed", "vertebrae"
)  # fmt: skip


@pytest.fixture(scope="module")
def page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("models_page", ROOT / "scripts/models_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up results of every kind, of two CTs."""
    folder = tmp_path_factory.mktemp("measured")
    for name, document in _documents().items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    (folder / "architectures.csv").write_text(
        "architecture,epoch,train_dice,val_dice\nunet,1,0.5,0.4\nunet,2,0.9,0.8125\n"
        "resunet1,1,0.5,\nresunet1,2,0.9,0.7\n",
        encoding="utf-8",
    )
    (folder / "calibration_standings.csv").write_text(
        "rows of,score,n,spearman,error\nall muscles,mirror_dice,48,0.8012,0.0412\n",
        encoding="utf-8",
    )
    (folder / "seen.md").write_text("- the *wall* over the ribs is | patchy\n", encoding="utf-8")
    return folder


def _spread(mean: float) -> dict[str, object]:
    return {"n": 2, "mean": mean, "sd": 0.01, "median": mean, "worst": 0.611,
            "worst_subject": "b", "worst_z_mm": None}  # fmt: skip


def _documents() -> dict[str, object]:
    spreads = dict.fromkeys(("dice_slices", "dice_volumes", "assd_mm", "hd95_mm"), _spread(0.9125))
    counts = {f"{a}_{b}": 1 for a in ("lost", "invented") for b in ("volumes", "slices")}
    structure = {**spreads, **counts, "swapped_percent": {**_spread(0.1), "worst": 0.25}}
    muscle = {"structure": "psoas", "found": "both", "dice": 0.9125, "error_percent": -4.44,
              "reference_g": 250.0}  # fmt: skip
    scored = {
        "networks": [
            {"subject": s, "sha256": "ab" * 32, "unseen": True, "shipped": False} for s in "ab"
        ],
        "flags": {"a": ["side_asymmetry"], "b": []},
        "warnings": [],
        "worst": "The worst.",
        "structures": [
            {"structure": "psoas", "side": "each", **structure},
            {"structure": "psoas", "side": "both", **structure},
            {"structure": "all", "side": "each", **structure},
        ],
        "muscles": [
            {"subject": s, "side": side, **muscle}
            for s in "ab"
            for side in ("left", "right", "both")
        ],
        "whole_path": [
            {"subject": "a", "structure": "total", "reference_g": 2000.0, "error_percent": 2.75}
        ],
        "zones": [
            {"subject": "a", "by": by, "zone": zone, "dice": dice}
            for by, dice in (("network", 0.8765), ("second reader", 0.9432))
            for zone in ("to L2", "above L1")
        ],
        "compartments": [
            {"subject": "a", "structure": "bone", "dice": 0.95, "error_percent": 2.0}
        ],
        "l3": [
            {"subject": "a", "quantity": "sat", "found_cm2": 101.0, "reference_cm2": 100.0,
             "error_percent": 1.0, "same_slice_error_percent": 0.5, "level_error_mm": -0.4}
        ],
    }  # fmt: skip
    seen = [{"subject": s, "sha256": "ab" * 32, "unseen": False, "shipped": True} for s in "ab"]
    masses = {"psoas": -7.7, "psoas_left": -7.7, "total": 3.21}
    run = {"subject": "a", "change": "noise_20", "muscles": masses, "muscles_same_slab": masses,
           "lost": ["psoas_left"], "swapped_percent": 0.5, "level_moved_mm": 33.0,
           "renamed": True, "locate_flags": []}  # fmt: skip
    way = {"subject": "a", "way": "ORT", "dice": 0.9, "differing_per_thousand": 2.0,
           "largest_mass_change_percent": 0.3, "segment_s": 2.0}  # fmt: skip
    return {
        "held_out.json": scored,
        "shipped.json": {**scored, "networks": seen},
        "robustness.json": {"networks": scored["networks"], "rows": [run]},
        "parity.json": {"networks": [], "reference_way": "ORT", "int8": None,
                        "not_here": ["OpenVINO bf16"], "rows": [way]},
        "calibration.json": {"made_from": "two scans", "error": 0.0333},
        "partial_labels.json": {"what": "On a phantom.", "rows": [
            {"training": "dropped", "subjects": 2, "mean_dice": 0.8, "dice": {"psoas": 0.8}}]},
        "speed.json": {"networks": [], "slices": 150, "whole_command_s": 7.77,
                       "machine": {"cpu": "x", "cores": 2, "load": 1.0},
                       "stages_s": {"locate": 1.0, "segment": 1.5}},
        "vertebrae.json": [
            {"scan": "a", "variant": "whole", "errors": {"L3": 1.5, "L4": -1.0}, "flags": []},
            {"scan": "b", "variant": "whole", "errors": {"L3": 34.25, "L4": 36.0}, "flags": []},
        ],
        "networks.json": {"networks": [{"name": "muscles", "sha256": "00", "parameters": 1}]},
    }  # fmt: skip


def _tables(text: str) -> list[list[list[str]]]:
    """Tables of a Markdown page as rows of cells, heads first, without the ruled line."""
    found: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("| "):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif not line.startswith("|--") and found[-1]:
            found.append([])
    return [t for t in found if t]


def _without_unit(text: str) -> list[str]:
    """Columns with bare numbers under a head without a unit."""
    out = []
    for head, *rows in _tables(text):
        for column, name in enumerate(head):
            parts = [part.strip() for row in rows for part in re.split(r"[,(]", row[column])]
            if any(NUMBER.match(p) for p in parts) and not UNITS.search(name):
                out.append(name)
    return out


def test_the_page_is_what_the_script_makes_of_the_measurements(page: ModuleType) -> None:
    written = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert written == page.render(), "run scripts/models_page.py"


def test_every_number_has_a_unit(page: ModuleType, measured: Path) -> None:
    for text in (page.render(), page.render(measured=measured)):
        assert len(_tables(text)) >= 2
        assert _without_unit(text) == []


def test_a_number_without_unit_would_be_found() -> None:
    assert _without_unit("| muscle | error |\n|---|--:|\n| psoas | +4.0 |\n") == ["error"]


def test_tables_are_whole(page: ModuleType, measured: Path) -> None:
    tables = _tables(page.render(measured=measured))
    assert len(tables) == 18
    for head, *rows in tables:
        assert {len(row) for row in rows} == {len(head)}


def test_nothing_measured_is_said(page: ModuleType, tmp_path: Path) -> None:
    text = page.render(measured=tmp_path, pictures=tmp_path)
    for name in FILES:
        assert f"docs/measured/{name}.json` is not there" in text
    for name in ("architectures.csv", "seen.md"):
        assert f"docs/measured/{name}` is not there" in text
    assert "0.611" not in text


def test_each_measurement_is_shown(page: ModuleType, measured: Path) -> None:
    text = page.render(measured=measured, pictures=measured)
    assert "is not there" not in text
    assert "- the *wall* over the ribs is | patchy\n" in text  # verbatim
    scores = ("0.912 (0.010)", "0.611 (b)", "0.868, 0.837", "0.955")
    masses = ("−4.4 % of 250 g", "+2.8 % of 2000 g")  # noqa: RUF001
    for shown in (*scores, *masses):
        assert shown in text
    for shown in ("| 1 of 2 | 99.2 % |", "| 17.9 mm |", "| 1 of 2 | – |"):  # noqa: RUF001
        assert shown in text
    for shown in ("left psoas of a", "a (NOT flagged)", "0 of 1 runs", "0.8012", "0.812", "7.8 s"):
        assert shown in text
    assert "| OpenVINO bf16 | not on this machine |" in text
    assert "| int8 | not measured |" in text
    assert "Not pictured" in text


def test_other_weights_than_those_shipped_are_told(page: ModuleType, measured: Path) -> None:
    text = page.render(measured=measured)
    assert "Measured with other weights (abababababab)" in text  # shipped.json's
    assert text.count("Measured with other weights") == 1  # leave-one-out networks are others


def test_parameters_of_another_file_are_not_shown(page: ModuleType, measured: Path) -> None:
    muscles = next(line for line in page.render(measured=measured).splitlines()
                   if line.startswith("| muscles "))  # fmt: skip
    assert "not counted" in muscles


def test_every_data_set_has_its_licence_and_attribution(page: ModuleType) -> None:
    text = page.render()
    for path in WEIGHTS.glob("*.json"):
        for item in json.loads(path.read_text(encoding="utf-8"))["data"]:
            assert f"| {item['name']} | {item['licence']} | {item['attribution']} |" in text
