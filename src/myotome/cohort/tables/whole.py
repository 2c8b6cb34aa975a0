"""A file that appears whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from myotome.errors import InputError
from myotome.write.folder import refusal


def ending_among(path: Path, endings: Iterable[str]) -> str:
    """The ending of a file in lower case. Refuses (InputError) one that is not among these."""
    ending, known = path.suffix.lower(), tuple(endings)
    if ending not in known:
        raise InputError(
            f'A table cannot be written with the ending "{ending}".',
            mend=f"Name a file that ends in {' or '.join(known)}.",
        )
    return ending


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of ``path`` in the end. Refuses with OutputError.

    What an error leaves half-written is removed.
    """
    temporary = path.with_name(f".{secrets.token_hex(4)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise refusal(error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
