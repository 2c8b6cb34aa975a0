"""What a network thinks of its labels beside what they are worth, on scans with a reference.

The scans should be ones that the network did not learn from. Each may also be given worse than
it is (``WORSE``), so that there are poor labels to learn from, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.evaluate.calibration.scan import Scan
from myotome.evaluate.calibration.sizes import Outlined, Size, sizes
from myotome.nets.infer import Engine
from myotome.nets.model import Model
from myotome.nouns.numbers.confidence import Confidence
from myotome.segment.bundled.confidence import CLASSES, probability_sums, raw_scores
from myotome.segment.bundled.predict import Network, predict
from myotome.segment.cleanup import clean
from myotome.segment.foreign import without_foreign
from myotome.tables.anatomy.muscles import BY_VALUE, MUSCLE, MUSCLES
from myotome.voxels.borders import UNKNOWN

Float32 = NDArray[np.float32]
Labels = NDArray[np.uint8]

BLOCK_SLICES = 5
_LEAST_ML = 1.0
"""Blocks with less of a muscle than this, by reference and labels together, are left out."""

_SWAP = np.array([0, *(MUSCLE[m.opposite].value for m in MUSCLES)])
"""Label value (or channel) to that of the other side."""

_SWAPPED = np.arange(UNKNOWN + 1, dtype=np.uint8)
_SWAPPED[:CLASSES] = _SWAP
"""The same of a reference, where what is disputed stays so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One muscle of one scan: candidate ``scores`` (higher is surer) and its real ``dice``.

    ``variant`` is "" for the scan as it is, else a key of ``WORSE``. ``block`` is None for the
    whole muscle, else the number of a run of ``BLOCK_SLICES`` slices.
    """

    subject: str
    variant: str
    muscle: str
    block: int | None
    scores: Mapping[str, float | None]
    dice: float

    @property
    def group(self) -> str:
        """The muscle's group."""
        return MUSCLE[self.muscle].group


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What a network made of a scan (or of its ``variant``), and how sure it was, mirrored too."""

    scan: Scan
    variant: str
    labels: Labels
    looks: tuple[_Look, _Look]

    @property
    def looked(self) -> NDArray[np.intp]:
        """The slices that the network looked at."""
        return np.array(sorted(self.looks[0].sums), np.intp)


def look(scan: Scan, network: Network, variants: Sequence[str]) -> Iterator[Seen]:
    """The scan as it is, and as each of ``variants`` (keys of ``WORSE``), through ``network``."""
    for variant in ("", *variants):
        spoilt = WORSE[variant](scan) if variant else scan
        seen, mirrored = _Look(), _Look()
        made = predict(spoilt.volume, spoilt.slab, network, judge=seen)
        made = clean(without_foreign(made, spoilt.volume))
        predict(spoilt.volume, spoilt.slab, _mirrored(network), judge=mirrored)
        yield Seen(scan=spoilt, variant=variant, labels=made.labels, looks=(seen, mirrored))


def rows(scan: Scan, network: Network, variants: Sequence[str]) -> Iterator[Row]:
    """Rows of the scan as it is, and of each of ``variants`` (keys of ``WORSE``)."""
    for seen in look(scan, network, variants):
        yield from rows_of(seen)


def sizes_of(seen: Seen) -> Iterator[Size]:
    """Volumes and areas by the network beside the reader's, where it looked and all was drawn.

    How sure the network was is told over all slices that it looked at, as in use.
    """
    usable = np.zeros_like(seen.scan.annotated)
    usable[seen.looked] = seen.scan.annotated[seen.looked]
    return sizes(
        Outlined(
            subject=seen.scan.subject,
            volume=seen.scan.volume,
            slab=seen.scan.slab,
            labels=seen.labels,
            reference=seen.scan.reference,
            usable=usable,
            raw=seen.looks[0].verdict().raw,
        )
    )


def rows_of(seen: Seen) -> Iterator[Row]:
    """One row per muscle, and per block of slices of it, on the slices where it was drawn."""
    scan, looks, looked = seen.scan, seen.looks, seen.looked
    counts = _counts(scan.reference, seen.labels)
    least = _LEAST_ML / scan.volume.grid.voxel_ml
    for muscle in MUSCLES:
        usable = looked[scan.annotated[looked, muscle.value]]
        runs = [usable[n : n + BLOCK_SLICES] for n in range(0, len(usable), BLOCK_SLICES)]
        for block, ks in ((None, usable), *enumerate(runs)):
            reference, made, both = counts[:, ks, muscle.value].sum(axis=1)
            if not made or reference + made < 2 * least:
                continue  # nothing that a score could belong to
            yield Row(
                subject=scan.subject,
                variant=seen.variant,
                muscle=muscle.key,
                block=block,
                scores=_scores(looks, ks, muscle.value),
                dice=float(2 * both / (reference + made)),
            )


def _counts(reference: Labels, labels: Labels) -> NDArray[np.int64]:
    """``(3, k, 13)`` voxels: of the reference, of the labels, of both; none that is disputed."""
    out = np.zeros((3, len(labels), CLASSES), np.int64)
    for k, (known, made) in enumerate(zip(reference, labels, strict=True)):
        told = known != UNKNOWN
        for n, values in enumerate((known[told], made[told], made[known == made])):
            out[n, k] = np.bincount(values, minlength=CLASSES)
    return out


class _Look:
    """A judge that keeps, slice by slice, whatever a candidate score needs."""

    def __init__(self) -> None:
        self.sums: dict[int, NDArray[np.float64]] = {}
        self.entropy: dict[int, NDArray[np.float64]] = {}
        self.winner: dict[int, Labels] = {}

    def see(self, k: int, logits: Float32) -> None:
        self.sums[k] = probability_sums(logits)
        self.entropy[k] = _rim_entropy(logits)
        self.winner[k] = logits.argmax(axis=0).astype(np.uint8)

    def verdict(self) -> Confidence:
        raw = raw_scores(np.sum(list(self.sums.values()), axis=0))
        return Confidence(raw=raw, expected_dice=dict.fromkeys(raw))


def _rim_entropy(logits: Float32) -> NDArray[np.float64]:
    """``(2, 13)``: entropy (share of its maximum) summed over each label's rim, rim pixels."""
    winner = logits.argmax(axis=0)
    p = np.exp(logits - logits.max(axis=0))
    p /= p.sum(axis=0)
    entropy = -(p * np.log(p + 1e-12)).sum(axis=0) / np.log(CLASSES)
    rim = ndimage.maximum_filter(winner, 3) != ndimage.minimum_filter(winner, 3)
    return np.stack(
        [np.bincount(winner[rim], weights=w, minlength=CLASSES) for w in (entropy[rim], None)]
    )


def _scores(
    looks: tuple[_Look, _Look], ks: NDArray[np.intp], value: int
) -> dict[str, float | None]:
    seen, mirrored = looks
    sums = np.sum([seen.sums[k] for k in ks], axis=0)
    entropy, rim = np.sum([seen.entropy[k] for k in ks], axis=0)[:, value]
    masks = [seen.winner[k] == value for k in ks]
    flipped = [mirrored.winner[k] == value for k in ks]
    size, other = sums[1, value], sums[1, _SWAP[value]]
    return {
        "expected_dice": raw_scores(sums)[BY_VALUE[value].key],
        "mean_probability": float(sums[2, value] / size) if size else None,
        "rim_certainty": float(1 - entropy / rim) if rim else None,
        "mirror_dice": _dice(zip(masks, flipped, strict=True)),
        "slice_dice": _dice(pairwise(masks)),
        "symmetry": float(min(size, other) / max(size, other)) if size else None,
    }


def _dice(pairs: Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]) -> float | None:
    total = both = 0
    for a, b in pairs:
        total += int(a.sum()) + int(b.sum())
        both += int((a & b).sum())
    return 2 * both / total if total else None


def _mirrored(network: Network) -> Network:
    """The network on the mirrored body, its answer mirrored back and its sides swapped."""

    def answer(batch: Float32) -> Float32:
        logits = network(np.ascontiguousarray(batch[..., ::-1]))[:, :CLASSES, :, ::-1]
        return np.ascontiguousarray(logits[:, _SWAP])

    return answer


Hu = NDArray[np.float32]


def _spoil(effect: Callable[[Hu, tuple[float, float, float]], Hu]) -> Callable[[Scan], Scan]:
    """The scan with other values; the reference stays."""

    def apply(scan: Scan) -> Scan:
        volume = scan.volume
        hu = effect(volume.hu.astype(np.float32), volume.grid.spacing_mm)
        return replace(
            scan, volume=replace(volume, hu=np.clip(np.rint(hu), -1024, 3071).astype(np.int16))
        )

    return apply


def _noise(sd_hu: float, grain_mm: float) -> Callable[[Hu, tuple[float, float, float]], Hu]:
    def effect(hu: Hu, spacing_mm: tuple[float, float, float]) -> Hu:
        rng = np.random.default_rng(0)
        grain = rng.normal(size=hu.shape).astype(np.float32)
        sigma = (0, grain_mm / spacing_mm[1], grain_mm / spacing_mm[2])
        grain = ndimage.gaussian_filter(grain, sigma)
        return np.asarray(hu + grain * (sd_hu / float(grain.std())), np.float32)

    return effect


def _blur(sigma_mm: float) -> Callable[[Hu, tuple[float, float, float]], Hu]:
    def effect(hu: Hu, spacing_mm: tuple[float, float, float]) -> Hu:
        _, dj, di = spacing_mm
        return np.asarray(
            ndimage.gaussian_filter(hu, (0, sigma_mm / dj, sigma_mm / di)), np.float32
        )

    return effect


def _thick(slice_mm: float) -> Callable[[Hu, tuple[float, float, float]], Hu]:
    """Planes as blurred as slices of ``slice_mm`` are: the SD of a box is its width / sqrt 12."""

    def effect(hu: Hu, spacing_mm: tuple[float, float, float]) -> Hu:
        sigma = slice_mm / spacing_mm[0] / 12**0.5
        return np.asarray(ndimage.gaussian_filter1d(hu, sigma, axis=0), np.float32)

    return effect


def _streaks(half_hu: float) -> Callable[[Hu, tuple[float, float, float]], Hu]:
    """Bands of +-``half_hu`` that fan out from one point, as from metal beside the spine."""

    def effect(hu: Hu, _: tuple[float, float, float]) -> Hu:
        j, i = np.ogrid[: hu.shape[1], : hu.shape[2]]
        angle = np.arctan2(j - 0.55 * hu.shape[1], i - 0.4 * hu.shape[2])
        return np.asarray(hu + half_hu * np.sign(np.sin(14 * angle)), np.float32)

    return effect


def _contrast(share: float) -> Callable[[Hu, tuple[float, float, float]], Hu]:
    return lambda hu, _: np.where(hu > -300, np.float32(share) * hu, hu)


def _mirror(scan: Scan) -> Scan:
    """The other side's body: harder only if the network prefers a side."""
    volume = scan.volume
    return replace(
        scan,
        volume=replace(volume, hu=np.ascontiguousarray(volume.hu[..., ::-1]), fov=None),
        reference=_SWAPPED[scan.reference[..., ::-1]],
    )


def _narrow(scan: Scan) -> Scan:
    """A round field of view of 0.8 of the body's width: what lies outside is lost."""
    volume = scan.volume
    body = np.flatnonzero((volume.hu[len(volume.hu) // 2] > -300).sum(axis=0) >= 30)
    j, i = np.ogrid[: volume.hu.shape[1], : volume.hu.shape[2]]
    middle = float(body.mean()), volume.hu.shape[1] / 2
    _, dj, di = volume.grid.spacing_mm
    radius_mm = 0.4 * len(body) * di
    lost = np.hypot((j - middle[1]) * dj, (i - middle[0]) * di) > radius_mm
    hu, reference = volume.hu.copy(), scan.reference.copy()
    hu[:, lost] = -1024
    reference[:, lost] = 0
    return replace(scan, volume=replace(volume, hu=hu, fov=~lost), reference=reference)


WORSE: Mapping[str, Callable[[Scan], Scan]] = {
    "noise 40 HU": _spoil(_noise(40, 0.8)),
    "noise 80 HU": _spoil(_noise(80, 0.8)),
    "blurred 2 mm": _spoil(_blur(2.0)),
    "blurred 4 mm": _spoil(_blur(4.0)),
    "slices 10 mm": _spoil(_thick(10.0)),
    "+40 HU": _spoil(lambda hu, _: hu + 40),
    "-40 HU": _spoil(lambda hu, _: hu - 40),
    "contrast 0.7": _spoil(_contrast(0.7)),
    "contrast 0.5": _spoil(_contrast(0.5)),
    "streaks 40 HU": _spoil(_streaks(40.0)),
    "streaks 80 HU": _spoil(_streaks(80.0)),
    "mirrored": _mirror,
    "field of view 0.8": _narrow,
}
"""Ways to make a scan worse, by name."""


def network(path: Path, *, threads: int = 1) -> Engine:
    """The engine of a muscle network given as an ONNX file alone (a leave-one-out network)."""
    content = path.read_bytes()
    model = Model(
        name=path.stem,
        version="",
        sha256=hashlib.sha256(content).hexdigest(),
        onnx=content,
        heads={},
        card={},
    )
    return Engine(model, threads=threads)
