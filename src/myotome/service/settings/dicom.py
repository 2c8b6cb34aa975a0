"""Sections of the DICOM side: who may send to the node, and where results are sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from myotome.errors import InputError
from myotome.service.settings.checks import is_loopback, networks, require_title
from myotome.tables.option import asked

_EVERYWHERE = 0


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
class Archive:
    """``[[send]]``: an archive that results are sent to."""

    name: str = field(metadata=asked("What to call it, once for each."))
    host: str = field(metadata=asked("Its address."))
    port: int = field(metadata=asked("Its DICOM port.", low=1))
    ae_title: str = field(metadata=asked("Its AE title."))
    timeout_s: float = field(default=30.0, metadata=asked("The most to wait for it, s.", low=1))

    def __post_init__(self) -> None:
        require_title(self.ae_title, "send.ae_title")
