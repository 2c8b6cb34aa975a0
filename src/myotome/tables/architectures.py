"""The networks that can be trained: one row each. Built by ``myotome.nets.architecture``."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.errors import InputError
from myotome.tables.registry import Registry

FEWEST_BF16_CHANNELS = 16
"""torch 2.13's bf16 convolutions of 8 channels write beyond their memory on some CPUs."""

_PAPER = "channel widths are our choice, the paper gives none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """One network shape.

    ``task`` is what it can be trained for ("muscles" or "levels"). ``planes`` is 1 (the slice
    alone) or 3 (with a plane above and below, "2.5D"); every network of ``dims`` 2 takes all
    three and those of one plane look at the middle one. With ``dims`` 3 it is the number of HU
    windows of the volume. ``heads`` are the label sets it answers for. ``channels`` are the
    widths from the finest level down; ``units`` are MONAI's ``num_res_units``; ``fold`` moves
    blocks of fold x fold pixels into channels first. Sides of the input must be multiples of
    ``multiple``. ``precision`` is "fp32" where bf16 is not to be used, else "auto".

    Refuses (ValueError, at import) bf16 with a level of fewer than ``FEWEST_BF16_CHANNELS``.
    """

    key: str
    task: str = "muscles"
    family: str
    words: str
    dims: int = 2
    planes: int
    heads: tuple[str, ...]
    channels: tuple[int, ...]
    units: int = 0
    fold: int = 1
    multiple: int
    precision: str = "auto"

    def __post_init__(self) -> None:
        if self.precision != "fp32" and min(self.channels) < FEWEST_BF16_CHANNELS:
            raise ValueError(
                f"{self.key}: bf16 with {min(self.channels)} channels damages memory; use fp32"
            )


def _paper(units: int) -> Architecture:
    """MONAI's UNet as Vu et al. 2024 describe theirs: 4 encoding and 3 decoding blocks."""
    name = f"resunet{units}" if units else "unet"
    words = f"residual U-Net with {units} units" if units else "simple U-Net"
    return Architecture(
        key=name,
        family="monai_unet",
        words=f"{words} of Vu et al. 2024; {_PAPER}",
        planes=1,
        heads=("muscles",),
        channels=(16, 32, 64, 128),
        units=units,
        multiple=8,
        # bf16 convolutions of very few channels (here: one) damage memory on some CPUs
        precision="fp32",
    )


ARCHITECTURES: tuple[Architecture, ...] = (
    *(_paper(units) for units in range(5)),
    Architecture(
        key="unetplusplus",
        family="monai_unetplusplus",
        words="U-Net++, as in the prototype of Smorchkova et al. 2022; widths are our choice",
        planes=1,
        heads=("muscles",),
        channels=(16, 32, 64, 128, 192, 16),
        multiple=16,
        precision="fp32",
    ),
    Architecture(
        key="myotome",
        family="residual",
        words="2.5D residual U-Net on folded pixels with a second head for compartments",
        planes=3,
        heads=("muscles", "compartments"),
        channels=(32, 64, 128, 192),
        fold=2,
        multiple=16,
    ),
    Architecture(
        key="wide",
        family="residual",
        words="as myotome, without folding and one level deeper: about three times the work",
        planes=3,
        heads=("muscles", "compartments"),
        channels=(32, 64, 128, 192, 256),
        multiple=16,
    ),
    Architecture(
        key="tiny",
        family="residual",
        words="as myotome, folded by 4 and with the muscles alone: for tests and first tries",
        planes=3,
        heads=("muscles",),
        channels=(32, 64, 96),
        fold=4,
        multiple=16,
    ),
    Architecture(
        key="levels",
        task="levels",
        family="residual",
        words="residual U-Net in three dimensions on 6 mm voxels, in two HU windows",
        dims=3,
        planes=2,
        heads=("coarse",),
        channels=(8, 24, 40, 64, 96),
        multiple=16,
        precision="fp32",
    ),
    Architecture(
        key="tiny_levels",
        task="levels",
        family="residual",
        words="as levels, narrower and less deep: for tests and first tries",
        dims=3,
        planes=2,
        heads=("coarse",),
        channels=(8, 16, 24, 32),
        multiple=8,
        precision="fp32",
    ),
)

ARCHITECTURE = Registry("architecture", ARCHITECTURES)


def architecture(key: str) -> Architecture:
    """The row ``key``. Refuses (InputError) an unknown one."""
    if key not in ARCHITECTURE:
        raise InputError(
            f'there is no architecture "{key}".', mend=f"Use {', '.join(ARCHITECTURE)}."
        )
    return ARCHITECTURE[key]
