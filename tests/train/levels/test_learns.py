"""A training of the levels in miniature: it learns, goes on to the bit, and locate can use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.errors import InputError  # noqa: E402
from myotome.locate import locate  # noqa: E402
from myotome.nets.infer import Engine  # noqa: E402
from myotome.nets.model import load  # noqa: E402
from myotome.phantom import Anatomy, Recipe, render_recipe  # noqa: E402
from myotome.phantom.body.anatomy import LEVELS  # noqa: E402
from myotome.train.export.deploy import ExportRequest, export  # noqa: E402
from myotome.train.fit import checkpoint  # noqa: E402
from myotome.train.fit.loop import Watch, train  # noqa: E402
from myotome.train.fit.presets import preset  # noqa: E402
from myotome.train.levels.pool import load_drawn  # noqa: E402
from myotome.train.tasks.levels import LEVEL_PRESETS  # noqa: E402

QUIET = Watch(write=lambda _words: None)
UNSEEN = 3


def config(**changes):
    return preset("tiny", LEVEL_PRESETS, **changes)


LEARNING = config(iterations=24, epoch=8)
QUICK = config(iterations=4, epoch=2, checkpoint_every=1, refresh=2)


def equal(one, other) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return all(torch.equal(a[key], b[key]) for key in a)


@pytest.fixture(scope="module")
def learnt(level_pool: Path, bodies, tmp_path_factory) -> Path:
    """The folder of a tiny training on samples of one phantom, validated on another."""
    folder = tmp_path_factory.mktemp("learnt")
    train(load_drawn(level_pool), LEARNING, folder, validation=bodies[1:], watch=QUIET)
    return folder


@pytest.fixture(scope="module")
def whole(level_pool: Path, tmp_path_factory):
    """The network of an uninterrupted run of QUICK."""
    return train(load_drawn(level_pool), QUICK, tmp_path_factory.mktemp("whole"), watch=QUIET)


def test_the_loss_falls_clearly(learnt: Path) -> None:
    lines = (learnt / "curve.csv").read_text("utf-8").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    cross = [float(row[2]) for row in rows]
    assert cross[-1] < cross[0] / 2
    assert all(0 <= float(row[4]) <= 1 for row in rows)  # the validation was measured


def test_the_exported_network_is_one_that_locate_takes(learnt: Path, bodies, tmp_path) -> None:
    """A few iterations find an unseen phantom's bodies, their truth being the formula's."""
    out = tmp_path / "landmarks.onnx"
    said = export(ExportRequest(checkpoint=learnt / "checkpoint.pt", out=out, threads=1))
    assert said["slices_from"] == "phantoms"
    assert {row["engine"] for row in said["rows"]} == {"torch", "openvino", "onnxruntime"}
    model = load("landmarks", tmp_path)
    assert list(model.heads) == ["coarse"]
    assert (model.card["dims"], model.card["in_channels"]) == (3, 2)
    assert model.card["spacing_mm"] == [6.0, 6.0, 6.0]
    recipe = Recipe(spacing_mm=(4.0, 2.0, 2.0), noise_hu=12.0, seed=UNSEEN, oversample=1)
    made = render_recipe(Anatomy.draw(UNSEEN), recipe)
    engines = [Engine(net, threads=1, precision="fp32") for net in (model, load("vertebrae"))]
    found = locate(made.volume, *engines)
    # where bodies lie depends on the line through them, which is this network's; what they are
    # called is the other network's word, which knows phantoms less well than people
    true = [made.truth.anatomy.level_z_mm(name) for name in LEVELS]
    mids = [level.mid_z_mm for level in found.levels.values() if level.mid_z_mm is not None]
    assert len(mids) >= 5
    for mid in mids:
        assert min(abs(mid - z) for z in true) < 8.0


@pytest.mark.parametrize("until", [1, 3])
def test_a_stopped_run_goes_on_bit_for_bit(whole, level_pool: Path, tmp_path, until: int) -> None:
    cases = load_drawn(level_pool)
    train(cases, QUICK, tmp_path, until=until, watch=QUIET)
    net = train(cases, QUICK, tmp_path, watch=QUIET)
    assert equal(net, whole)
    assert equal(train(cases, QUICK, tmp_path, watch=QUIET), whole)  # it was done already


_SCRIPT = """
import os, signal, sys
from pathlib import Path
from myotome.train.fit.checkpoint import config_of
from myotome.train.fit.loop import Watch, train
from myotome.train.levels.pool import load_drawn

words = Path(sys.argv[1], "config.json").read_text()[:-1] + ', "checkpoint_every": 1, "threads": 1}'

def say(words):
    if words.startswith("2/"):
        def cut(number):
            os.ftruncate(number, 5000)
            os.kill(os.getpid(), signal.SIGKILL)
        os.fsync = cut

import myotome.train.fit.progress as progress
progress._EVERY_S_IN_A_FILE = 0.0
cases = load_drawn(Path(sys.argv[2]))
train(cases, config_of(words), Path(sys.argv[1], "run"), watch=Watch(write=say))
"""


def test_killed_while_it_saves_it_goes_on_bit_for_bit(whole, level_pool: Path, tmp_path) -> None:
    (tmp_path / "config.json").write_text(QUICK.identity(), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path), str(level_pool)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert checkpoint.read(tmp_path / "run" / "checkpoint.pt")["done"] == 1
    assert equal(train(load_drawn(level_pool), QUICK, tmp_path / "run", watch=QUIET), whole)


def test_the_batch_statistics_are_those_of_the_averaged_weights(level_pool: Path, tmp_path) -> None:
    """Measured again at the end over the batches that follow, as plain means."""
    cases = load_drawn(level_pool)
    net = train(cases, QUICK, tmp_path / "with", watch=QUIET)
    plain = train(cases, config(**{**_changes(), "refresh": 0}), tmp_path / "without", watch=QUIET)
    weights = {k for k, v in net.named_parameters()}
    a, b = net.state_dict(), plain.state_dict()
    assert all(torch.equal(a[key], b[key]) for key in weights)
    assert any(not torch.equal(a[key], b[key]) for key in set(a) - weights)
    counted = [value for key, value in a.items() if key.endswith("num_batches_tracked")]
    assert {int(value) for value in counted} == {QUICK.refresh}


def _changes() -> dict[str, int]:
    return {"iterations": 4, "epoch": 2, "checkpoint_every": 1}


def test_what_has_no_meaning_for_levels_is_refused(level_pool: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match='"unet" is none for levels'):
        config(architecture="unet")
    with pytest.raises(InputError, match='augmentation "paper"'):
        train(load_drawn(level_pool), config(augmentation="paper"), tmp_path, watch=QUIET)
    with pytest.raises(InputError, match='"levels" is none for muscles'):
        preset("tiny", architecture="levels")


def test_a_damaged_sample_is_refused_by_name(level_pool: Path, tmp_path: Path) -> None:
    content = next(level_pool.glob("*.npz")).read_bytes()
    (tmp_path / "p~render0.npz").write_bytes(content[:900])
    with pytest.raises(InputError, match=r"p~render0.npz is not a sample of levels"):
        train(load_drawn(tmp_path), QUICK, tmp_path / "run", watch=QUIET)
    assert load_drawn(tmp_path, without={"p"}) == []
