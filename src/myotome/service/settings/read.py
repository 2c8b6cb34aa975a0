"""The settings as a whole, read once from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from myotome.errors import InputError
from myotome.service.settings.dicom import Archive, Receive
from myotome.service.settings.node import Node, Studies, Work
from myotome.service.settings.web import Web
from myotome.tables.option import option_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of them. A section that is left out has its defaults."""

    node: Node
    receive: Receive = field(default_factory=Receive)
    studies: Studies = field(default_factory=Studies)
    work: Work = field(default_factory=Work)
    send: tuple[Archive, ...] = ()
    web: Web = field(default_factory=Web)

    def __post_init__(self) -> None:
        names = [archive.name for archive in self.send]
        if len(set(names)) < len(names):
            raise InputError("two archives of [[send]] have one name.", mend="Rename one.")
        if self.send and not self.work.dicom:
            raise InputError(
                "results are to be sent, but work.dicom is false: there would be none to send.",
                mend="Leave out work.dicom, or [[send]].",
            )


SECTIONS: Mapping[str, type[Any]] = {
    "node": Node,
    "receive": Receive,
    "studies": Studies,
    "work": Work,
    "send": Archive,
    "web": Web,
}


def read_settings(path: Path) -> Settings:
    """The settings in a TOML file. Refuses (InputError) what is unknown, mistyped or unsafe."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the settings cannot be read.", mend="Check --config.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the settings are no TOML: {error}.") from error
    unknown = sorted(found.keys() - SECTIONS.keys())
    if unknown:
        raise InputError(
            f"the settings have a section that nothing reads: [{unknown[0][:40]}].",
            mend=f"Sections are {', '.join(SECTIONS)}.",
        )
    if "node" not in found:
        raise InputError("the settings lack [node] with its folder.")
    made = {name: _section(name, found[name]) for name in SECTIONS if name in found}
    return Settings(**made)


def _section(name: str, told: Any) -> Any:
    kind = SECTIONS[name]
    if kind is Archive:
        if not isinstance(told, list):
            raise InputError("send must be written [[send]], once for each archive.")
        return tuple(_made(kind, name, one) for one in told)
    return _made(kind, name, told)


def _made(kind: type[Any], section: str, told: Any) -> Any:
    """One section from its table of the file."""
    if not isinstance(told, dict):
        raise InputError(f"{section} must be a section: [{section}].")
    known = {one.name: one for one in fields(kind)}
    unknown = sorted(told.keys() - known.keys())
    if unknown:
        raise InputError(
            f"[{section}] has a setting that nothing reads: {unknown[0][:40]}.",
            mend=f"Settings are {', '.join(known)}.",
        )
    hints = get_type_hints(kind)
    values = {
        key: _value(f"{section}.{key}", hints[key], value, known[key].metadata)
        for key, value in told.items()
    }
    try:
        return kind(**values)
    except TypeError as error:
        lacking = [n for n, f in known.items() if n not in values and _required(f)]
        raise InputError(f"[{section}] lacks {', '.join(lacking)}.") from error


def _required(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


_KINDS: Mapping[Any, tuple[tuple[type[Any], ...], str]] = {
    str: ((str,), "a text"),
    Path: ((str,), "a text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
    tuple[str, ...]: ((list,), "a list of texts"),
}


def _value(name: str, hint: Any, value: Any, metadata: Mapping[Any, Any]) -> Any:
    """One value, of the type that its field has. Refuses (InputError) others, and too low ones."""
    kinds, words = _KINDS[hint]
    if not _is_one(value, kinds):
        raise InputError(f"{name} must be {words}.")
    option = option_of(metadata)
    if option is not None and option.low is not None and not value >= option.low:
        raise InputError(f"{name} must be at least {option.low}.")
    if isinstance(value, str) and "\0" in value:
        raise InputError(f"{name} must be a text without zero bytes.")
    make = {Path: Path, float: float, tuple[str, ...]: tuple}.get(hint)
    return value if make is None else make(value)


def _is_one(value: Any, kinds: tuple[type[Any], ...]) -> bool:
    """Whether a value is of these types; true is no number, and lists hold texts."""
    if isinstance(value, bool) and bool not in kinds:
        return False
    if isinstance(value, list) and not all(isinstance(one, str) for one in value):
        return False
    return isinstance(value, kinds)
