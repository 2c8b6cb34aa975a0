"""Bundled networks: a card in words, and weights that must match the card's digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.errors import WeightsError

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
_NEEDED = ("name", "version", "sha256", "dims", "in_channels", "heads", "licence", "intended_use")
_MAX_BYTES = 64 * 2**20


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

    Refuses a missing file, a card without its required entries, and weights whose SHA-256 is
    not the one on the card (a tampered or half-copied file).
    """
    card = _card(folder / f"{name}.json", name)
    path = folder / f"{name}.onnx"
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise WeightsError(f'the weights of network "{name}" are missing.', mend=_REINSTALL)
    content = path.read_bytes()
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
        heads={head: tuple(classes) for head, classes in card["heads"].items()},
        card=card,
    )


_REINSTALL = "Reinstall Myotome, or pass a folder with matching card and weights."


def _card(path: Path, name: str) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f'the card of network "{name}" cannot be read ({type(error).__name__}).',
            mend=_REINSTALL,
        ) from error
    missing = [key for key in _NEEDED if key not in card]
    if missing:
        raise WeightsError(f'the card of network "{name}" lacks {missing}.', mend=_REINSTALL)
    return dict(card)


def available(folder: Path = WEIGHTS_FOLDER) -> tuple[str, ...]:
    """Names of the networks in ``folder``, sorted."""
    return tuple(sorted(p.stem for p in folder.glob("*.onnx")))
