"""Networks, bundled or a user's own: a card in words, and weights that match its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome.errors import WeightsError
from myotome.nets.inputs import (
    NEIGHBOUR_MM,
    PIXEL_MM,
    WINDOW_LEVEL_HU,
    WINDOW_WIDTH_HU,
)
from myotome.tables.anatomy.landmark_classes import KEYS as COARSE_KEYS
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES
from myotome.tables.anatomy.vertebrae import COUNTED, ENDPLATES, RIBS

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
_NEEDED = ("name", "version", "sha256", "dims", "in_channels", "heads", "licence", "intended_use")
_MAX_BYTES = 64 * 2**20
_MAX_CARD_BYTES = 2**20
_REINSTALL = "Reinstall Myotome, or pass a folder with matching card and weights."
_EXPORT = "Give the .onnx file that `myotome train` or `myotome export` wrote, its card beside it."
_MOST_NAME = 64

Heads = Mapping[str, tuple[str, ...]]

INPUT: Mapping[str, float] = MappingProxyType(
    {
        "dims": 2,
        "in_channels": 3,
        "pixel_mm": PIXEL_MM,
        "neighbour_mm": NEIGHBOUR_MM,
        "window_level_hu": WINDOW_LEVEL_HU,
        "window_width_hu": WINDOW_WIDTH_HU,
    }
)
"""What a muscle network is shown, as its card says it."""
_INPUT_NEEDED = ("dims", "in_channels", "pixel_mm")

CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "muscles": ("background", *(m.key for m in MUSCLES)),
        "compartments": ("outside", *(c.key for c in COMPARTMENTS)),
        "coarse": COARSE_KEYS,
        "endplates": ENDPLATES,
        "ribs": RIBS,
        "vertebrae": COUNTED,
        "upright": ("upright",),
    }
)
"""The classes of each known head, in the order that the code reads its channels by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A verified network: its ONNX bytes and its card.

    ``heads`` maps each output head to its class names, in the order of the logits' channels.
    ``own`` says that a user brought it.
    """

    name: str
    version: str
    sha256: str
    onnx: bytes
    heads: Heads
    card: Mapping[str, Any]
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The files of one network, what it is called in refusals, and the mend of these."""

    onnx: Path
    card: Path
    words: str
    mend: str


def load(name: str, folder: Path = WEIGHTS_FOLDER) -> Model:
    """The network ``name`` from ``folder``: ``NAME.json`` (card) and ``NAME.onnx``.

    Refuses a missing or oversized file, a card without its required entries or of another
    network, classes in another order than the code reads them by, and weights whose SHA-256 is
    not the one on the card (a tampered or half-copied file).
    """
    place = _Place(
        onnx=folder / f"{name}.onnx",
        card=folder / f"{name}.json",
        words=f'network "{name}"',
        mend=_REINSTALL,
    )
    card = _card(place)
    if card["name"] != name:
        raise WeightsError(
            f"the card of {place.words} is that of another network.",
            why="Files were renamed or mixed up, so the results would mean something else.",
            mend=_REINSTALL,
        )
    heads = _heads(card, place)
    _refuse_other_order(heads, name)
    return _verified(place, card, heads)


def load_own(path: Path) -> Model:
    """A user's network of the muscles: the file ``path`` (.onnx), its card ``.json`` beside it.

    The card names its network, which need not be called as the file: the digest ties both
    together. Refuses what :func:`load` refuses but for the order of classes (``channels``), and
    a network that is to be shown something else than Myotome shows it.
    """
    unnamed = _Place(onnx=path, card=path.with_suffix(".json"), words="your network", mend=_EXPORT)
    if path.suffix != ".onnx":
        raise WeightsError("your network: the file does not end in .onnx.", mend=_EXPORT)
    card = _card(unnamed)
    name, version = card["name"], str(card["version"])
    if not isinstance(name, str) or not 0 < len(name) <= _MOST_NAME or not name.isprintable():
        raise WeightsError("the card of your network does not name it.", mend=_EXPORT)
    place = replace(unnamed, words=f'network "{name}"')
    if len(version) > _MOST_NAME or not version.isprintable():
        raise WeightsError(f"the version on the card of {place.words} is none.", mend=_EXPORT)
    _refuse_other_input(card, place)
    return replace(_verified(place, card, _heads(card, place)), own=True)


def _verified(place: _Place, card: Mapping[str, Any], heads: Heads) -> Model:
    content = _content(place.onnx, _MAX_BYTES, f"the weights of {place.words}", place.mend)
    digest = hashlib.sha256(content).hexdigest()
    if digest != card["sha256"]:
        raise WeightsError(
            f"the weights of {place.words} are not those on its card "
            f"(sha256 {digest[:12]}, expected {str(card['sha256'])[:12]}).",
            why="The file was changed or damaged, so its results cannot be trusted.",
            mend=place.mend,
        )
    return Model(
        name=str(card["name"]),
        version=str(card["version"]),
        sha256=digest,
        onnx=content,
        heads=heads,
        card=card,
    )


def _content(path: Path, most_bytes: int, words: str, mend: str) -> bytes:
    """The bytes of one file, which is not even opened if it is too large."""
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise WeightsError(
                f"{words}: the file has {size / 2**20:.0f} MiB, more than {most_bytes >> 20}.",
                why="No network of Myotome is that large, so it is another file.",
                mend=mend,
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise WeightsError(f"{words}: the file is missing.", mend=mend) from error
    except OSError as error:
        raise WeightsError(f"{words}: the file cannot be read.", mend=mend) from error


def _card(place: _Place) -> dict[str, Any]:
    words = f"the card of {place.words}"
    content = _content(place.card, _MAX_CARD_BYTES, words, place.mend)
    try:
        card = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{words} cannot be read.", mend=place.mend) from error
    missing = [key for key in _NEEDED if key not in card] if isinstance(card, dict) else _NEEDED
    if missing:
        raise WeightsError(f"{words} lacks {', '.join(missing)}.", mend=place.mend)
    return dict(card)


def _heads(card: Mapping[str, Any], place: _Place) -> dict[str, tuple[str, ...]]:
    """The card's heads: the name of every channel, head by head."""
    try:
        return {str(head): tuple(map(str, classes)) for head, classes in card["heads"].items()}
    except (AttributeError, TypeError) as error:
        raise WeightsError(
            f"the heads on the card of {place.words} cannot be read.", mend=place.mend
        ) from error


def _refuse_other_order(heads: Heads, name: str) -> None:
    """Refuse classes other than those that the code reads the channels by."""
    wrong = [head for head, classes in heads.items() if not _in_order(head, classes)]
    if wrong:
        raise WeightsError(
            f'the classes of network "{name}" ({", ".join(wrong)}) are not in the order that this '
            "version of Myotome reads them by.",
            why="One muscle, or side, would be taken for another.",
            mend=_REINSTALL,
        )


def _in_order(head: str, classes: tuple[str, ...]) -> bool:
    """Whether each class is at its place; one that was never learnt is called the first."""
    known = CLASSES.get(head, classes)
    return len(classes) == len(known) and all(
        one in (known[0], other) for one, other in zip(classes, known, strict=True)
    )


def _refuse_other_input(card: Mapping[str, Any], place: _Place) -> None:
    """Refuse a network that learnt from slices made otherwise than ``nets.inputs`` makes them."""
    needed = {key for key in INPUT if key in card or key in _INPUT_NEEDED}
    wrong = [key for key in INPUT if key in needed and card.get(key) != INPUT[key]]
    if wrong:
        told = ", ".join(f"{key} is not {INPUT[key]:g}" for key in wrong)
        raise WeightsError(
            f"{place.words} takes another input than Myotome gives: {told}.",
            why="It would see slices unlike those it learnt from.",
            mend="Train it with `myotome train`, which shows it what `myotome run` will.",
        )


def available(folder: Path = WEIGHTS_FOLDER) -> tuple[str, ...]:
    """Names of the networks in ``folder``, sorted."""
    return tuple(sorted(p.stem for p in folder.glob("*.onnx")))
