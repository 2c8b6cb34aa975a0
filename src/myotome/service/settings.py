"""The settings of a node: one TOML file, read once, every value typed and checked."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from myotome.errors import InputError
from myotome.tables.option import asked, option_of

_TITLE_LENGTH = 16
_EVERYWHERE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """``[node]``: where everything lies, and how the node calls itself."""

    folder: Path = field(metadata=asked("Folder of the node; it holds images of patients."))
    database: str = field(
        default="",
        metadata=asked("postgresql://USER@HOST/NAME; without it SQLite in the folder."),
    )
    ae_title: str = field(default="MYOTOME", metadata=asked("AE title of the node."))

    def __post_init__(self) -> None:
        require_title(self.ae_title, "node.ae_title")

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.database or f"sqlite:///{(self.folder / 'node.db').resolve()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """``[receive]``: who may send, and how much."""

    enabled: bool = field(default=True, metadata=asked("Whether images are received."))
    host: str = field(default="127.0.0.1", metadata=asked("Address to listen on."))
    port: int = field(default=11112, metadata=asked("Port to listen on, 0: any free one.", low=0))
    callers: tuple[str, ...] = field(
        default=(), metadata=asked("AE titles that may send; none: any.")
    )
    addresses: tuple[str, ...] = field(
        default=("127.0.0.0/8", "::1/128"),
        metadata=asked("Addresses or networks that may connect."),
    )
    most_associations: int = field(default=20, metadata=asked("Senders at once.", low=1))
    most_instance_mb: int = field(default=1024, metadata=asked("Size of one image, MB.", low=1))
    most_pdu_kb: int = field(default=256, metadata=asked("Size of one PDU, KB.", low=16))
    most_mb_per_s: float = field(
        default=0.0, metadata=asked("All senders together, MB/s; 0: no limit.", low=0)
    )
    idle_s: float = field(
        default=60.0, metadata=asked("Silence after which a sender is dropped, s.", low=1)
    )
    free_mb: int = field(
        default=5000, metadata=asked("Free disk below which images are refused, MB.", low=0)
    )

    def __post_init__(self) -> None:
        networks(self.addresses)
        for title in self.callers:
            require_title(title, "receive.callers")
        if self.enabled and not is_loopback(self.host):
            open_to_all = any(n.prefixlen == _EVERYWHERE for n in networks(self.addresses))
            if not self.callers or open_to_all:
                raise InputError(
                    "receive.host is not loopback, and not said is who may send.",
                    why="Anybody in the network could fill the node with images.",
                    mend="Name receive.callers and receive.addresses (no network of everybody).",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Studies:
    """``[studies]``: when a study counts as complete."""

    quiet_s: float = field(
        default=60.0, metadata=asked("Without a new image for so long: complete, s.", low=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """``[work]``: how studies are measured."""

    workers: int = field(default=1, metadata=asked("Studies at once; 0: none here.", low=0))
    threads: int = field(default=2, metadata=asked("CPU threads of each.", low=1))
    timeout_s: float = field(default=3600.0, metadata=asked("The most for one study, s.", low=1))
    memory_mb: int = field(
        default=8192, metadata=asked("The most memory for one study, MB; 0: no limit.", low=0)
    )
    lease_s: float = field(
        default=60.0, metadata=asked("A worker silent for so long counts as dead, s.", low=3)
    )
    backend: str = field(default="bundled", metadata=asked("Backend, as of `myotome run`."))
    network: str = field(default="", metadata=asked("Your own network, as of `myotome run`."))
    unenhanced_only: bool = field(default=False, metadata=asked("Refuse contrast-enhanced CT."))
    allow_gaps: bool = field(default=False, metadata=asked("Fill missing slices, and say so."))
    dicom: bool = field(default=True, metadata=asked("Make SEG, SR, captures and PDF."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """``[[send]]``: an archive that results are sent to."""

    name: str = field(metadata=asked("What to call it, once for each."))
    host: str = field(metadata=asked("Its address."))
    port: int = field(metadata=asked("Its DICOM port.", low=1))
    ae_title: str = field(metadata=asked("Its AE title."))
    timeout_s: float = field(default=30.0, metadata=asked("The most to wait for it, s.", low=1))

    def __post_init__(self) -> None:
        require_title(self.ae_title, "send.ae_title")


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """``[web]``: health and metrics, on loopback alone, as there are no accounts yet."""

    enabled: bool = field(default=True, metadata=asked("Whether health and metrics are told."))
    host: str = field(default="127.0.0.1", metadata=asked("A loopback address."))
    port: int = field(default=8080, metadata=asked("Port to listen on, 0: any free one.", low=0))

    def __post_init__(self) -> None:
        if not is_loopback(self.host):
            raise InputError(
                "web.host is not a loopback address.",
                why="There are no accounts yet, so anybody in the network could read there.",
                mend="Use 127.0.0.1, and a proxy with a login if others must see it.",
            )


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
    from dataclasses import MISSING

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


def require_title(title: str, name: str) -> None:
    """Refuse (InputError) what is no AE title: 1 to 16 printable ASCII characters."""
    sound = title.isascii() and title.isprintable() and "\\" not in title and title.strip()
    if not sound or len(title) > _TITLE_LENGTH:
        raise InputError(f"{name} must be an AE title: 1 to 16 printable ASCII characters.")


def networks(
    texts: tuple[str, ...],
) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """The networks that ``texts`` name. Refuses (InputError) what is none."""
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError as error:
        raise InputError(
            "receive.addresses has an entry that is no address or network.",
            mend="Write them as 10.1.2.3 or 10.1.2.0/24.",
        ) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
