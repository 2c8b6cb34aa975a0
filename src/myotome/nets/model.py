"""Bundled networks: a card in words, and weights that must match the card's digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome.errors import WeightsError
from myotome.tables.anatomy.landmark_classes import KEYS as COARSE_KEYS
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
_NEEDED = ("name", "version", "sha256", "dims", "in_channels", "heads", "licence", "intended_use")
_MAX_BYTES = 64 * 2**20
_MAX_CARD_BYTES = 2**20
_REINSTALL = "Reinstall Myotome, or pass a folder with matching card and weights."

CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "muscles": ("background", *(m.key for m in MUSCLES)),
        "compartments": ("outside", *(c.key for c in COMPARTMENTS)),
        "coarse": COARSE_KEYS,
    }
)
"""The classes of each known head, in the order that the code reads its channels by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A verified network: its ONNX bytes and its card.

    ``heads`` maps each output head to its class names, in the order of the logits' channels.
    """

    name: str
    version: str
    sha256: str
    onnx: bytes
    heads: Mapping[str, tuple[str, ...]]
    card: Mapping[str, Any]


def load(name: str, folder: Path = WEIGHTS_FOLDER) -> Model:
    """The network ``name`` from ``folder``: ``NAME.json`` (card) and ``NAME.onnx``.

    Refuses a missing or oversized file, a card without its required entries or of another
    network, classes in another order than the code reads them by, and weights whose SHA-256 is
    not the one on the card (a tampered or half-copied file).
    """
    card = _card(folder / f"{name}.json", name)
    heads = _heads(card, name)
    content = _content(folder / f"{name}.onnx", _MAX_BYTES, f'the weights of network "{name}"')
    digest = hashlib.sha256(content).hexdigest()
    if digest != card["sha256"]:
        raise WeightsError(
            f'the weights of network "{name}" are not those on its card '
            f"(sha256 {digest[:12]}, expected {str(card['sha256'])[:12]}).",
            why="The file was changed or damaged, so its results cannot be trusted.",
            mend=_REINSTALL,
        )
    return Model(
        name=name,
        version=str(card["version"]),
        sha256=digest,
        onnx=content,
        heads=heads,
        card=card,
    )


def _content(path: Path, most_bytes: int, words: str) -> bytes:
    """The bytes of one file, which is not even opened if it is too large."""
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise WeightsError(
                f"{words}: the file has {size / 2**20:.0f} MiB, more than {most_bytes >> 20}.",
                why="No network of Myotome is that large, so it is another file.",
                mend=_REINSTALL,
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise WeightsError(f"{words}: the file is missing.", mend=_REINSTALL) from error
    except OSError as error:
        kind = type(error).__name__
        raise WeightsError(
            f"{words}: the file cannot be read ({kind}).", mend=_REINSTALL
        ) from error


def _card(path: Path, name: str) -> dict[str, Any]:
    words = f'the card of network "{name}"'
    content = _content(path, _MAX_CARD_BYTES, words)
    try:
        card = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WeightsError(
            f"{words} cannot be read ({type(error).__name__}).", mend=_REINSTALL
        ) from error
    missing = [key for key in _NEEDED if key not in card] if isinstance(card, dict) else _NEEDED
    if missing:
        raise WeightsError(
            f'the card of network "{name}" lacks {", ".join(missing)}.', mend=_REINSTALL
        )
    if card["name"] != name:
        raise WeightsError(
            f'the card of network "{name}" is that of another network.',
            why="Files were renamed or mixed up, so the results would mean something else.",
            mend=_REINSTALL,
        )
    return dict(card)


def _heads(card: Mapping[str, Any], name: str) -> dict[str, tuple[str, ...]]:
    """The card's heads. Refuses classes other than those that the code reads the channels by."""
    try:
        heads = {str(head): tuple(map(str, classes)) for head, classes in card["heads"].items()}
    except (AttributeError, TypeError) as error:
        raise WeightsError(
            f'the heads on the card of network "{name}" cannot be read.', mend=_REINSTALL
        ) from error
    wrong = [head for head, classes in heads.items() if CLASSES.get(head, classes) != classes]
    if wrong:
        raise WeightsError(
            f'the classes of network "{name}" ({", ".join(wrong)}) are not in the order that this '
            "version of Myotome reads them by.",
            why="One muscle, or side, would be taken for another.",
            mend=_REINSTALL,
        )
    return heads


def available(folder: Path = WEIGHTS_FOLDER) -> tuple[str, ...]:
    """Names of the networks in ``folder``, sorted."""
    return tuple(sorted(p.stem for p in folder.glob("*.onnx")))
