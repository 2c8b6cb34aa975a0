"""The door to the backends, and TotalSegmentator behind it (a stand-in: it needs weights)."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from myotome.errors import BackendError, InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.read.labels.door import read_labels
from myotome.segment.backends import backend
from myotome.segment.labels import totalsegmentator as ts
from myotome.tables.anatomy.muscles import MUSCLE

SLAB = Slab(superior_z_mm=60, inferior_z_mm=0, superior_found=True, inferior_found=True)
SHAPE = (12, 30, 40)

STAND_IN = """#!{python}
import sys
import nibabel as nib
import numpy as np

words = dict(zip(sys.argv[1::2], sys.argv[2::2]))
task = sys.argv[sys.argv.index("--task") + 1]
assert "--ml" in sys.argv
ct = nib.load(sys.argv[sys.argv.index("-i") + 1])
out = np.zeros(ct.shape, np.uint8)
# Axes are x to the left, y back, z up, as Myotome writes them.
if task == "total":
    out[25:35, 5:9, :] = 88
    out[5:15, 5:9, :] = 89
    out[25:35, 20:28, :] = 86
    out[5:15, 20:28, :] = 87
    out[36:39, 12:18, :4] = 82
    out[1:4, 12:18, :4] = 83
    out[18:22, 1:3, :] = 52
else:
    out[27:33, 5:9, 5:] = 20
    out[7:13, 5:9, 5:] = 19
    out[26:30, 20:26, 5:] = 16
    out[30:34, 20:26, 5:] = 18
    out[10:14, 20:26, 5:] = 15
    out[6:10, 20:26, 5:] = 17
    out[24:26, 0:2, 5:] = 4
    out[14:16, 0:2, 5:] = 3
{fault}
nib.save(nib.Nifti1Image(out, ct.affine), sys.argv[sys.argv.index("-o") + 1])
"""


def volume() -> Volume:
    grid = Grid.axial(SHAPE, (5.0, 4.0, 4.0), (-80.0, -60.0, 2.5))
    rng = np.random.default_rng(0)
    hu = rng.integers(-100, 200, SHAPE).astype(np.int16)
    return Volume(hu=hu, grid=grid, source_grid=grid)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a stand-in for TotalSegmentator on the PATH; ``fault`` is code that it runs."""

    def put(fault: str = "") -> None:
        program = tmp_path / ts.PROGRAM
        program.write_text(STAND_IN.format(python=sys.executable, fault=fault))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return put


def test_both_tasks_become_one_segmentation(install) -> None:
    install()
    got = backend("totalsegmentator", read=read_labels)(volume(), SLAB)
    value = {key: m.value for key, m in MUSCLE.items()}
    # Above the lowest slice of abdominal_muscles its psoas major wins, below it iliopsoas.
    assert (got.labels[5:, 6, 27:33] == value["psoas_left"]).all()
    assert (got.labels[5:, 6, 25:27] == 0).all()
    assert (got.labels[:5, 6, 25:35] == value["psoas_left"]).all()
    assert (got.labels[5:, 21, 26:34] == value["erector_spinae_left"]).all()
    assert (got.labels[5:, 27, 26:34] == 0).all()
    assert (got.labels[:4, 14, 36:39] == value["gluteus_medius_left"]).all()
    assert (got.labels[5:, 0, 24:26] == value["rectus_abdominis_left"]).all()
    assert not (got.labels[:5] == value["rectus_abdominis_left"]).any()
    assert got.k_range == (0, SHAPE[0])
    assert got.backend == "totalsegmentator"
    assert "transversus" in got.gaps["lateral_abdominals"]
    assert "iliacus" in got.gaps["psoas"]
    assert "gluteus_medius" not in got.gaps


def test_a_failing_program_is_quoted_but_no_path_is(install) -> None:
    install('print("no weights found", file=sys.stderr); sys.exit(3)')
    with pytest.raises(BackendError, match=r"exit code 3.*no weights found"):
        backend("totalsegmentator", read=read_labels)(volume(), SLAB)
    install('print("/home/DOE_JANE/ct is bad", file=sys.stderr); sys.exit(1)')
    with pytest.raises(BackendError) as refusal:
        backend("totalsegmentator", read=read_labels)(volume(), SLAB)
    assert "DOE_JANE" not in str(refusal.value)
    install("sys.exit(0)")
    with pytest.raises(BackendError, match="failed"):
        backend("totalsegmentator", read=read_labels)(volume(), SLAB)


def test_without_the_program_the_mend_is_told(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackendError, match="pip install TotalSegmentator"):
        backend("totalsegmentator", read=read_labels)(volume(), SLAB)


def test_a_program_that_cannot_start_is_a_backend_error(tmp_path: Path) -> None:
    broken = tmp_path / "TotalSegmentator"
    broken.write_text("")
    with pytest.raises(BackendError, match="cannot be started"):
        ts.totalsegmentator(read_labels, broken)(volume(), SLAB)


@pytest.mark.parametrize(
    "name", ["", "labels", "labels:", "nnunet", "totalsegmentator:x", "bundled"]
)
def test_unknown_backends_are_refused_before_any_work(name: str) -> None:
    with pytest.raises(BackendError):
        backend(name, read=read_labels)


def test_a_mapping_without_a_label_map_is_refused() -> None:
    with pytest.raises(BackendError, match="takes no mapping"):
        backend("totalsegmentator", mapping="myotome", read=read_labels)
    with pytest.raises(InputError, match="neither a known label table"):
        backend("labels:x.nii.gz", mapping="nonsense", read=read_labels)
    with pytest.raises(InputError, match="do not exist"):
        backend("labels:x.nii.gz", read=read_labels)


def test_the_bundled_network_is_fetched_by_name_when_it_is_needed() -> None:
    asked = []

    def nets(name: str):
        asked.append(name)
        return lambda batch: np.zeros((len(batch), 19, *batch.shape[2:]), np.float32)

    made = backend("bundled", nets=nets)
    assert not asked
    got = made(volume(), SLAB)
    assert asked == ["muscles"]
    assert got.backend == "bundled"
