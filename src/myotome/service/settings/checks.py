"""What more than one section checks: titles, networks, loopback."""

from __future__ import annotations

import ipaddress

from myotome.errors import InputError

_TITLE_LENGTH = 16


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
