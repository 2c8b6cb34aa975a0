"""Every architecture of the table: what it takes, what it gives, and what the paper says."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")
pytest.importorskip("monai", reason="training needs the [train] extra")

from torch import nn  # noqa: E402

from myotome.errors import InputError  # noqa: E402
from myotome.nets.architecture import OfMiddlePlane, build, input_of  # noqa: E402
from myotome.nets.model import CLASSES  # noqa: E402
from myotome.tables.architectures import ARCHITECTURE, ARCHITECTURES, architecture  # noqa: E402

PAPER = ("unet", "resunet1", "resunet2", "resunet3", "resunet4")
ROWS = [pytest.param(row, id=row.key) for row in ARCHITECTURES if row.dims == 2]
SOLID = [pytest.param(row, id=row.key) for row in ARCHITECTURES if row.dims == 3]


def count(net: nn.Module, kind: type) -> int:
    return sum(isinstance(module, kind) for module in net.modules())


@pytest.mark.parametrize("row", ROWS)
def test_each_takes_three_planes_and_gives_logits_of_its_heads(row) -> None:
    net = build(row, seed=1).eval()
    side = max(32, row.multiple)
    with torch.no_grad():
        logits = net(torch.rand(1, 3, side, side + row.multiple))
    classes = sum(len(CLASSES[head]) for head in row.heads)
    assert logits.shape == (1, classes, side, side + row.multiple)
    assert row.heads[0] == "muscles"  # its 13 channels come first, as segmentation reads them
    assert input_of(net) == (2, 3, row.multiple)


@pytest.mark.parametrize("row", ROWS)
def test_a_network_of_one_plane_looks_at_the_middle_alone(row) -> None:
    net = build(row, seed=1).eval()
    x = torch.rand(1, 3, 32, 32)
    other = x.clone()
    other[:, [0, 2]] = 0
    with torch.no_grad():
        same = torch.equal(net(x), net(other))
    assert same == (row.planes == 1)


@pytest.mark.parametrize("row", SOLID)
def test_each_of_three_dimensions_takes_two_windows_of_a_volume(row) -> None:
    net = build(row, seed=1).eval()
    with torch.no_grad():
        logits = net(torch.rand(1, 2, 16, 48, 64))
    assert logits.shape == (1, len(CLASSES["coarse"]), 16, 48, 64)
    assert row.heads == ("coarse",)
    assert input_of(net) == (3, 2, row.multiple)


def test_no_level_of_few_channels_is_computed_in_bf16() -> None:
    for row in ARCHITECTURES:
        assert row.precision == "fp32" or min(row.channels) >= 16, row.key
    with pytest.raises(ValueError, match="bf16 with 8 channels"):
        replace(ARCHITECTURE["levels"], precision="auto")


@pytest.mark.parametrize("row", [*ROWS, *SOLID])
def test_the_seed_decides_the_weights(row) -> None:
    if row.family != "residual" and row.key != "unet":
        pytest.skip("as unet")
    one, same, other = (build(row, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("units", range(5))
def test_the_papers_networks_have_4_encoding_and_3_decoding_blocks(units: int) -> None:
    """Vu et al. 2024: 4 encoding and 3 decoding blocks, batch norm, PReLU, 13 classes.

    MONAI's UNet halves by strided convolutions and doubles by transposed ones, so there are
    three of each (and strided shortcuts, one per strided residual block); an encoding block of
    n units has n convolutions beside its shortcut.
    """
    row = architecture(PAPER[units])
    net = build(row, seed=1)
    strided = [m for m in net.modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2)]
    assert len(strided) == (6 if units else 3)
    assert count(net, nn.ConvTranspose2d) == 3
    assert count(net, nn.BatchNorm2d) == (4 * max(1, units) + 3 + (2 if units else -1))
    assert count(net, nn.InstanceNorm2d) == 0
    assert count(net, nn.PReLU) > 0
    assert len(row.channels) == 4
    assert row.planes == 1
    assert sum(len(CLASSES[head]) for head in row.heads) == 13


def test_more_units_are_more_weights() -> None:
    sizes = [sum(p.numel() for p in build(architecture(k), 1).parameters()) for k in PAPER]
    assert sizes == sorted(sizes)


def test_of_several_outputs_the_last_is_taken() -> None:
    class Two(nn.Module):
        def forward(self, x):
            return [x, 2 * x]

    x = torch.rand(1, 3, 4, 4)
    assert torch.equal(OfMiddlePlane(Two(), multiple=2)(x), 2 * x[:, 1:2])


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="resunet4"):
        architecture("resnet")
    assert len(ARCHITECTURE) == len(ARCHITECTURES)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "monai.networks.nets", None)
    with pytest.raises(InputError, match="monai"):
        build(architecture("unet"), 1)
