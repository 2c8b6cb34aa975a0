"""A node between a modality and an archive that are not ours: dcmtk's storescu, and Orthanc."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pydicom
import pytest

from myotome.phantom import render, write_dicom

pytest.importorskip("sqlalchemy")
pytest.importorskip("fastapi")
SETTINGS = """
[node]
folder = "{folder}"
[receive]
port = 0
free_mb = 0
callers = ["MODALITY"]
[studies]
quiet_s = 2
[work]
threads = 1
[web]
port = 0
[[send]]
name = "orthanc"
host = "127.0.0.1"
port = {port}
ae_title = "ORTHANC"
"""


def test_a_study_comes_from_a_modality_and_its_results_are_in_the_archive(
    tmp_path: Path, orthanc
) -> None:
    storescu = shutil.which("storescu")
    if storescu is None:
        pytest.skip("needs storescu (Debian: dcmtk)")
    study = tmp_path / "study"
    write_dicom(render(spacing_mm=(5.0, 1.6, 1.6)), study)
    images = sorted(study.rglob("*.dcm"))
    first = pydicom.dcmread(images[0])
    config = tmp_path / "node.toml"
    config.write_text(SETTINGS.format(folder=tmp_path / "node", port=orthanc.dicom_port))
    with (tmp_path / "log.txt").open("wb") as log_file:
        node = subprocess.Popen(
            [sys.executable, "-m", "myotome.cli.app", "serve", "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=log_file,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    assert node.stdout is not None
    try:
        told = json.loads(node.stdout.readline())
        send = [storescu, "-aet", "MODALITY", "-aec", "MYOTOME", "127.0.0.1"]
        subprocess.run([*send, str(told["dicom_port"]), *map(str, images)], check=True)
        wanted = {"SEG", "SR", "OT", "DOC"}
        found: set[str] = set()
        for _ in range(600):
            found = {str(s.Modality) for s in orthanc.series(first.StudyInstanceUID)}
            if wanted <= found:
                break
            time.sleep(1)
        assert wanted <= found, (tmp_path / "log.txt").read_text()
    finally:
        node.terminate()
        assert node.wait(timeout=60) == 0
    assert json.loads(node.stdout.readlines()[-1]) == {"status": "ok"}
    node.stdout.close()
    log = (tmp_path / "log.txt").read_text()
    for secret in (first.PatientName, first.PatientID, first.StudyInstanceUID):
        assert str(secret) not in log
    assert len(list((tmp_path / "node").glob("results/*/r001/measurements.csv"))) == 1
