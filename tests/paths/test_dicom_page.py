"""The page about DICOM holds: its commands are run, its example executed."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from typer.testing import CliRunner

from myotome.cli.app import app
from myotome.phantom import write_dicom
from myotome.read.labels.door import read_labels
from myotome.runtime.config import Configuration
from myotome.study import Stages, run_study
from myotome.tables.anatomy.muscles import GROUPS

pytest.importorskip("highdicom", reason="needs the [dicom] extra")

from myotome.write.dicom.pseudonym import Pseudonyms, pseudonymous
from myotome.write.dicom.seg import muscle_seg
from myotome.write.dicom.series import save
from myotome.write.dicom.source import Source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "dicom.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("myotome ")
]
KEY = b"0123456789abcdef0123456789abcdef"
TOTAL = {"psoas": "iliopsoas", "erector_spinae": "autochthon", "gluteus_medius": "gluteus_medius"}


@pytest.fixture(scope="module")
def stages_of(phantom, known_stages):
    """The real path, but what the networks would find is known."""

    original = Stages.of

    def of(config: Configuration) -> Stages:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Stages, "of", original)
            return replace(known_stages(phantom, config), needs=())

    return of


@pytest.fixture(scope="module")
def files(phantom, stages_of, tmp_path_factory) -> Path:
    """The files that the page speaks of."""
    root = tmp_path_factory.mktemp("page")
    write_dicom(phantom, root / "study")
    config = Configuration(threads=1)
    result = run_study(root / "study", config=config, stages=stages_of(config)).best
    seg = muscle_seg(result, Source.of(result))
    save(seg, root / "corrected.dcm")
    save(pseudonymous([seg], Pseudonyms(key=KEY))[0], root / "pseudonymous.dcm")
    for item in seg.SegmentSequence:
        side, words = str(item.SegmentLabel).split(" ", 1)
        group = next(g.key for g in GROUPS if g.words == words)
        item.SegmentLabel = f"{TOTAL.get(group, f'other_{item.SegmentNumber}')}_{side}"
    seg.save_as(root / "totalsegmentator.dcm")
    for item, name in zip(seg.SegmentSequence, ("Muscle A", "Muscle B"), strict=False):
        item.SegmentLabel = name
    seg.save_as(root / "theirs.dcm")
    table = re.search(r"```csv\n(.*?)```", TEXT, re.DOTALL)
    assert table is not None
    (root / "names.csv").write_text(table[1], encoding="utf-8")
    (root / "secret.key").write_bytes(KEY)
    return root


def test_the_page_shows_every_way() -> None:
    assert len(COMMANDS) >= 6
    assert {" ".join(c.split()[1:3]) for c in COMMANDS} == {"run study", "dicom import"}


@pytest.mark.parametrize("at", range(len(COMMANDS)))
def test_a_command_of_the_page_works(at, files, stages_of, tmp_path, monkeypatch) -> None:
    for path in files.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Stages, "of", staticmethod(stages_of))
    words = shlex.split(COMMANDS[at], comments=True)
    said = CliRunner().invoke(app, [*words[1:], "--threads", "1"])
    answer = json.loads(said.stdout.strip().splitlines()[-1])
    assert (said.exit_code, answer["status"]) == (0, "ok"), said.output
    out = tmp_path / words[words.index("-o") + 1]
    written = json.loads((out / "measurements.json").read_text(encoding="utf-8"))
    told = {
        (m["structure"], m["side"]): m["status"]
        for m in written["measurements"]
        if m["quantity"] == "volume" and m["level"] == "slab"
    }
    if "--dicom" in words:
        check_objects(out / "dicom", hidden="--pseudonym-key" in words)
    if "--rtstruct" in words:
        masks = read_labels(out / "segmentation.nii.gz")
        found = read_labels(out / "dicom" / "rtstruct.dcm", masks.grid)
        np.testing.assert_array_equal(found.labels > 0, masks.labels > 0)
    if "--fhir" in words:
        assert json.loads((out / "fhir.json").read_text())["resourceType"] == "Bundle"
    flags = {flag["code"] for flag in written["flags"]}
    if "corrected.dcm" in words or "pseudonymous.dcm" in words:
        assert "labels_edited" not in flags
    if "theirs.dcm" in words:
        assert told["psoas", "left"] == "measured"
        assert told["erector_spinae", "left"] == "not_measurable"
    if "totalsegmentator.dcm" in words:
        assert told["psoas", "left"] == told["erector_spinae", "left"] == "partial"
        assert told["rectus_abdominis", "right"] == "not_measurable"
        assert "labels_unused" in flags


def check_objects(folder: Path, *, hidden: bool) -> None:
    for name in re.findall(r"^\| `(\w+\.dcm)`", TEXT, re.MULTILINE):
        dataset = dcmread(folder / name)
        assert (str(dataset.PatientID)[:4] == "MYO-") == hidden
