"""The loop stops and goes on exactly where it was, whatever stopped it; the maths is pinned."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.errors import InputError, OutputError  # noqa: E402
from myotome.nets.architecture import Rectifier, ResidualUNet  # noqa: E402
from myotome.nets.infer import cpu_has_bf16  # noqa: E402
from myotome.train.fit import checkpoint  # noqa: E402
from myotome.train.fit.batches import batches  # noqa: E402
from myotome.train.fit.loop import Watch, train  # noqa: E402
from myotome.train.fit.losses import (  # noqa: E402
    IGNORE,
    cross_entropy_and_dice,
    marginal_cross_entropy,
    soft_dice_loss,
)
from myotome.train.fit.presets import preset  # noqa: E402
from myotome.train.fit.recipe import resolved  # noqa: E402
from myotome.train.fit.sampling import HEADS, Sampler  # noqa: E402

QUICK = preset(
    "tiny", iterations=6, epoch=2, batch=2, checkpoint_every=4, warmup=2, plane_ji=(64, 96)
)


def quiet(*, stop=lambda: False) -> Watch:
    return Watch(write=lambda _words: None, stop=stop)


def equal(one, other) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return all(torch.equal(a[key], b[key]) for key in a)


@pytest.fixture(scope="module")
def whole(box_case, tmp_path_factory):
    """An uninterrupted run of QUICK: the network and its folder."""
    folder = tmp_path_factory.mktemp("whole")
    net = train([box_case()], QUICK, folder, validation=[box_case("v", 1)], watch=quiet())
    return net, folder


@pytest.mark.parametrize("until", [1, 4, 5])
def test_a_stopped_run_goes_on_bit_for_bit(whole, box_case, tmp_path: Path, until: int) -> None:
    cases, seen = [box_case()], [box_case("v", 1)]
    train(cases, QUICK, tmp_path, validation=seen, until=until, watch=quiet())
    net = train(cases, QUICK, tmp_path, validation=seen, watch=quiet())
    assert equal(net, whole[0])
    curves = [(folder / "curve.csv").read_text("utf-8") for folder in (tmp_path, whole[1])]
    assert curves[0] == curves[1]


def test_asked_to_stop_it_saves_where_it_is(whole, box_case, tmp_path: Path) -> None:
    asked = iter([False, True])
    cases, seen = [box_case()], [box_case("v", 1)]
    with pytest.raises(KeyboardInterrupt):
        train(cases, QUICK, tmp_path, validation=seen, watch=quiet(stop=lambda: next(asked, True)))
    assert checkpoint.read(tmp_path / "checkpoint.pt")["done"] == 2
    assert equal(train(cases, QUICK, tmp_path, validation=seen, watch=quiet()), whole[0])


def test_the_curve_has_training_and_validation_dice_per_epoch(whole) -> None:
    lines = (whole[1] / "curve.csv").read_text("utf-8").splitlines()
    assert lines[0] == "iteration,epoch,cross_entropy,train_dice,val_dice,learning_rate"
    rows = [line.split(",") for line in lines[1:]]
    assert [int(row[0]) for row in rows] == [2, 4, 6]
    assert [float(row[1]) for row in rows] == [1, 2, 3]
    assert all(0 <= float(cell) <= 1 for row in rows for cell in row[3:5])


def test_the_live_line_says_how_far_the_next_checkpoint_and_the_end(box_case, tmp_path) -> None:
    said: list[str] = []
    train([box_case()], replace(QUICK, iterations=2), tmp_path, watch=Watch(write=said.append))
    assert re.search(r"2/2 .*cross-entropy .*next checkpoint in 0 s, end in 0 s\n$", said[-1])


_SCRIPT = """
import os, resource, signal, sys
import numpy as np
from pathlib import Path
from myotome.errors import MyotomeError
from myotome.train.cases.case import TrainingCase
from myotome.train.fit.loop import Watch, train
from myotome.train.fit.checkpoint import config_of
from myotome.train.fit.progress import stopping

folder, how = Path(sys.argv[1]), sys.argv[2]
held = np.load(folder / "case.npz")
case = TrainingCase(name="box", dz_mm=4.0, **held)
config = config_of((folder / "config.json").read_text())

def say(words):
    if words.startswith("3/") and how == "term":
        os.kill(os.getpid(), signal.SIGTERM)
    if words.startswith("3/") and how == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
    if words.startswith("3/") and how == "kill":
        def cut(number):
            os.ftruncate(number, 5000)
            os.kill(os.getpid(), signal.SIGKILL)
        os.fsync = cut

import myotome.train.fit.progress as progress
progress._EVERY_S_IN_A_FILE = 0.0
try:
    with stopping() as stop:
        train([case], config, folder / "run", watch=Watch(write=say, stop=stop))
except KeyboardInterrupt:
    sys.exit(130)
except MyotomeError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize(
    ("how", "code", "done"),
    [("term", 130, 3), ("kill", -signal.SIGKILL, 2), ("full", OutputError.exit_code, 2)],
)
def test_it_survives(box_case, tmp_path: Path, how: str, code: int, done: int) -> None:
    """SIGTERM between saves, SIGKILL in the middle of a save, a disk that fills up."""
    case = box_case()
    names = ("hu", "muscles", "compartments", "annotated", "organs")
    np.savez(tmp_path / "case.npz", **{name: getattr(case, name) for name in names})
    config = replace(QUICK, checkpoint_every=2, threads=1)
    # the identity leaves out how often it is saved, so 2 is put back by hand
    words = config.identity()[:-1] + ', "checkpoint_every": 2, "threads": 1}'
    (tmp_path / "config.json").write_text(words, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path), how],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert ended.returncode == code, ended.stderr
    if how == "full":
        assert "cannot be written" in ended.stdout
        assert not list((tmp_path / "run").glob(".*.partial"))
    saved = tmp_path / "run" / "checkpoint.pt"
    assert checkpoint.read(saved)["done"] == done
    resumed = train([case], config, tmp_path / "run", watch=quiet())
    assert equal(resumed, train([case], config, tmp_path / "whole", watch=quiet()))


def test_another_architecture_configuration_or_case_is_refused(whole, box_case, tmp_path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes((whole[1] / "checkpoint.pt").read_bytes())
    with pytest.raises(InputError, match='another architecture: "tiny", not "myotome"'):
        train([box_case()], replace(QUICK, architecture="myotome"), tmp_path)
    with pytest.raises(InputError, match=r"another configuration \(learning_rate\)"):
        train([box_case()], replace(QUICK, learning_rate=1.0), tmp_path)
    with pytest.raises(InputError, match="other cases"):
        train([box_case("other")], QUICK, tmp_path)


def test_threads_and_saving_may_change_when_it_goes_on(whole, box_case, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes((whole[1] / "checkpoint.pt").read_bytes())
    net = train([box_case()], replace(QUICK, checkpoint_every=1, loaders=2), tmp_path)
    assert equal(net, whole[0])  # it was done already


def test_a_checkpoint_from_before_there_were_tasks_goes_on(whole, box_case, tmp_path) -> None:
    saved = checkpoint.read(whole[1] / "checkpoint.pt")
    old = {k: v for k, v in json.loads(saved["config"]).items() if k not in ("task", "refresh")}
    torch.save({**saved, "config": json.dumps(old)}, tmp_path / "checkpoint.pt")
    assert equal(train([box_case()], QUICK, tmp_path), whole[0])
    with pytest.raises(InputError, match=r"another configuration \(seed\)"):
        train([box_case()], replace(QUICK, seed=2), tmp_path)


def _damaged(content: bytes) -> list[bytes]:
    return [b"", b"nothing", content[: len(content) // 2], pickle.dumps({"format": os.getcwd})]


def test_damaged_and_foreign_checkpoints_are_refused(whole, box_case, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    for content in _damaged((whole[1] / "checkpoint.pt").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            train([box_case()], QUICK, tmp_path)
    torch.save({"net": 1}, path)
    with pytest.raises(InputError, match="no checkpoint"):
        checkpoint.trained(path)
    with pytest.raises(InputError, match="does not exist"):
        checkpoint.trained(tmp_path / "nowhere.pt")


def test_the_trained_network_comes_out_of_its_checkpoint(whole) -> None:
    net, config, done = checkpoint.trained(whole[1] / "checkpoint.pt", "tiny")
    assert equal(net, whole[0])
    assert (config.identity(), done) == (replace(QUICK).identity(), 6)
    with pytest.raises(InputError, match="another architecture"):
        checkpoint.trained(whole[1] / "checkpoint.pt", "wide")


def test_a_subject_in_training_and_validation_is_refused(box_case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match='"box" is in training and in validation'):
        train([box_case("box~render1")], QUICK, tmp_path, validation=[box_case()])
    with pytest.raises(InputError, match="no case"):
        train([], QUICK, tmp_path)


def test_a_folder_that_cannot_be_made_is_said(box_case, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        train([box_case()], QUICK, tmp_path / "file" / "run")


def test_loaders_draw_the_same_samples(box_case) -> None:
    config = resolved(replace(QUICK, loaders=1), [box_case()])
    torch.set_num_threads(1)
    ahead = list(batches([box_case()], config, 1, 4))
    here = list(batches([box_case()], replace(config, loaders=0), 1, 4))
    assert len(ahead) == 3
    pairs = [pair for x, y in zip(ahead, here, strict=True) for pair in zip(x, y, strict=True)]
    assert all(torch.equal(a, b) for a, b in pairs)


def test_modern_is_the_maths_that_the_bundled_network_was_trained_by(box_case, tmp_path) -> None:
    """Written out once more, iteration by iteration: the numbers must be the same to the bit."""
    config = preset("modern", batch=2, threads=1)
    torch.set_num_threads(1)  # sums of two threads differ in their last bits
    cases, heads = [box_case()], tuple(HEADS.values())
    nets = []
    for _ in range(2):
        torch.manual_seed(1)
        net = ResidualUNet(dims=2, in_channels=3, channels=(32, 64, 128, 192), heads=heads, fold=2)
        nets.append(net.to(memory_format=torch.channels_last))
    net, average = nets
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    sampler = Sampler(cases, seed=1, size=2, synthetic_share=0.3, plane_ji=(192, 256))
    for step in range(2):
        optimiser.param_groups[0]["lr"] = 3e-3 * (step + 1) / 100
        inputs, muscles, known, compartments = sampler.batch(step)
        with torch.autocast("cpu", torch.bfloat16, enabled=cpu_has_bf16()):
            logits = net(inputs)
        first, second = logits.float().split(heads, dim=1)
        loss = sum(cross_entropy_and_dice(first, muscles, known))
        every = torch.ones(second.shape[:2], dtype=torch.bool)
        loss = loss + 0.3 * marginal_cross_entropy(second, compartments, every)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        with torch.no_grad():
            keep = min(0.995, (1 + step) / (10 + step))
            for kept, new in zip(
                average.state_dict().values(), net.state_dict().values(), strict=True
            ):
                kept.lerp_(new, 1 - keep) if kept.dtype.is_floating_point else kept.copy_(new)
    assert equal(train(cases, config, tmp_path, until=2, watch=quiet()), average)


@pytest.mark.parametrize("seed", range(4))
def test_the_losses_are_what_they_say(seed: int) -> None:
    """Written out voxel by voxel."""
    rng = np.random.default_rng(seed)
    n, classes, size = 3, 5, 12
    p = rng.dirichlet(np.ones(classes), (n, size))
    known = rng.random((n, classes)) < 0.6
    known[:, 0] = True
    known[0] = True
    target = rng.integers(0, classes, (n, size))
    target[~np.take_along_axis(known, target, axis=1)] = 0
    target[rng.random((n, size)) < 0.2] = IGNORE
    cross, overlap, total = [], np.zeros(classes), np.zeros(classes)
    for row, v in np.argwhere(target != IGNORE):
        label, its = target[row, v], p[row, v]
        free = its[0] + its[1:][~known[row, 1:]].sum()
        cross.append(-np.log(free if label == 0 else its[label]))
        overlap[label] += its[label]
        total += its * known[row]
        total[label] += 1
    dice = [(2 * o + 1) / (t + 1) for o, t in zip(overlap[1:], total[1:], strict=True) if t > 1]
    logits = torch.from_numpy(np.log(p).transpose(0, 2, 1)).float().requires_grad_()
    parts = torch.from_numpy(target.astype(np.uint8)), torch.from_numpy(known)
    both = cross_entropy_and_dice(logits, *parts)
    each = [marginal_cross_entropy(logits, *parts), soft_dice_loss(logits, *parts)]
    wanted = [np.mean(cross), 1 - np.mean(dice)]
    assert [loss.item() for loss in both] == pytest.approx(wanted, rel=1e-5)
    assert [loss.item() for loss in each] == pytest.approx(wanted, rel=1e-5)
    sum(both).backward()
    assert bool(torch.isfinite(logits.grad).all())
    assert not bool(logits.grad.movedim(1, 2)[parts[0] == IGNORE].any())


@pytest.mark.parametrize("slope", [-0.4, 0.0, 0.25, 1.5])
def test_a_rectifier_is_a_prelu(slope: float) -> None:
    x = torch.randn(4, 3, 5, 6, dtype=torch.float64)
    answers = []
    for module in (Rectifier(init=slope).double(), torch.nn.PReLU(init=slope).double()):
        given = x.clone().requires_grad_()
        out = module(given)
        out.backward(torch.cos(x))
        answers.append((out.detach(), given.grad, module.weight.grad))
    for own, theirs in zip(*answers, strict=True):
        torch.testing.assert_close(own, theirs, rtol=1e-5, atol=1e-5)


def test_an_unknown_class_is_neither_foreground_nor_background() -> None:
    sure_of_two = torch.tensor([[[0.0], [0.0], [12.0]]])
    target = torch.zeros(1, 1, dtype=torch.uint8)
    all_known = torch.ones(1, 3, dtype=torch.bool)
    two_unknown = torch.tensor([[True, True, False]])
    assert float(marginal_cross_entropy(sure_of_two, target, all_known)) > 5
    assert float(marginal_cross_entropy(sure_of_two, target, two_unknown)) < 0.01


def test_dice_loss_of_a_perfect_and_of_an_empty_answer() -> None:
    target = torch.tensor([[0, 1, 1, 2]], dtype=torch.uint8)
    known = torch.ones(1, 3, dtype=torch.bool)
    perfect = torch.nn.functional.one_hot(target.long(), 3).movedim(-1, 1) * 50.0
    nothing = torch.zeros(1, 3, 4)
    nothing[:, 0] = 50
    assert float(soft_dice_loss(perfect, target, known)) < 1e-3
    assert float(soft_dice_loss(nothing, target, known)) > 0.5
