"""Bytes of files flipped, lost, doubled and made up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from numpy.random import Generator

from benchmarks.mutations.kind import Done, Kind, Target, share_words, some_of

HEADER_BYTES = 2400
UNCHECKED = "an uncompressed label file has no checksum, and its outlines are the user's"
Change = Callable[[bytearray, Generator, int], bytearray]


def _flip(data: bytearray, rng: Generator, end: int) -> bytearray:
    for _ in range(int(rng.integers(1, 17))):
        data[int(rng.integers(end))] ^= 1 << int(rng.integers(8))
    return data


def _zero(data: bytearray, rng: Generator, end: int) -> bytearray:
    start, length = _run(rng, end)
    data[start : start + length] = bytes(len(data[start : start + length]))
    return data


def _noise(data: bytearray, rng: Generator, end: int) -> bytearray:
    start, length = _run(rng, end)
    data[start : start + length] = rng.bytes(len(data[start : start + length]))
    return data


def _insert(data: bytearray, rng: Generator, end: int) -> bytearray:
    at = int(rng.integers(end))
    return data[:at] + bytearray(rng.bytes(int(rng.integers(1, 200)))) + data[at:]


def _lose(data: bytearray, rng: Generator, end: int) -> bytearray:
    start, length = _run(rng, end)
    return data[:start] + data[start + length :]


def _cut(data: bytearray, rng: Generator, end: int) -> bytearray:
    del end
    return data[: int(rng.integers(len(data)))]


def _double(data: bytearray, rng: Generator, end: int) -> bytearray:
    del rng, end
    return data + data


def _tail(data: bytearray, rng: Generator, end: int) -> bytearray:
    del end
    return data + bytearray(rng.bytes(int(rng.integers(1, 4000))))


def _run(rng: Generator, end: int) -> tuple[int, int]:
    length = int(2 ** rng.uniform(0, 12))
    return int(rng.integers(end)), length


def _spoil(target: Target, rng: Generator, *, change: Change, whole: bool, labels: bool) -> Done:
    files = [target.labels] if labels and target.labels else target.files()
    chosen = some_of(files, rng)
    for path in chosen:
        data = bytearray(path.read_bytes())
        if data:
            end = len(data) if whole else min(len(data), HEADER_BYTES)
            path.write_bytes(bytes(change(data, rng, end)))
    where = "the labels" if labels else share_words(chosen, files)
    plain = labels and whole and chosen[0].suffix == ".nii"
    return Done(
        words=f"{'bytes' if whole else 'bytes of the header'} of {where}",
        undetectable=UNCHECKED if plain else "",
    )


_CHANGES: tuple[tuple[str, Change, bool], ...] = (
    ("bits_flipped", _flip, True),
    ("header_bits_flipped", _flip, False),
    ("bytes_zeroed", _zero, True),
    ("header_bytes_zeroed", _zero, False),
    ("bytes_of_noise", _noise, True),
    ("header_bytes_of_noise", _noise, False),
    ("bytes_inserted", _insert, True),
    ("header_bytes_inserted", _insert, False),
    ("bytes_lost", _lose, True),
    ("header_bytes_lost", _lose, False),
    ("file_cut", _cut, True),
    ("file_doubled", _double, True),
    ("bytes_appended", _tail, True),
)

KINDS = (
    *(
        Kind(
            key=key,
            needs="any",
            make=partial(_spoil, change=change, whole=whole, labels=False),
        )
        for key, change, whole in _CHANGES
    ),
    *(
        Kind(
            key=f"labels_{key}",
            needs="labels",
            make=partial(_spoil, change=change, whole=whole, labels=True),
        )
        for key, change, whole in _CHANGES
    ),
)
