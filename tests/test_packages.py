"""What Myotome stands on: no known fault, and no licence that would reach out to its users."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TESTS_ALONE = {"dev", "interop", "test"}
KNOWN = {"pylibjpeg-libjpeg"}
"""JPEG lossless has no other decoder here yet; named in SECURITY.md until it is replaced."""
FREE = re.compile("LGPL|Lesser|MIT|BSD|Apache|MPL|Mozilla")

_spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
assert _spec is not None
assert _spec.loader is not None
audit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)


def reached() -> set[str]:
    """Every installed package that the core and the extras of users bring along."""
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(r for k in extras.keys() - TESTS_ALONE for r in extras[k])]
    waiting, found = [Requirement(line) for line in lines], set[str]()
    while waiting:
        wanted = waiting.pop()
        if wanted.name.lower() in found:
            continue
        try:
            needs = distribution(wanted.name).requires or []
        except PackageNotFoundError:
            continue
        found.add(wanted.name.lower())
        for need in map(Requirement, needs):
            named = [{"extra": extra} for extra in (*wanted.extras, "")]
            if need.marker is None or any(need.marker.evaluate(e) for e in named):
                waiting.append(need)
    return found


def is_copyleft(licences: list[str]) -> bool:
    """Whether GPL or AGPL is among the licences and nothing freer may be chosen."""
    gpl = [text for text in licences if "GPL" in text.replace("LGPL", "")]
    gpl += [text for text in licences if "General Public" in text and "Lesser" not in text]
    return bool(gpl) and not any(FREE.search(text) for text in licences)


def licences(package: str) -> list[str]:
    told = distribution(package).metadata
    classifiers = [c for c in told.get_all("Classifier") or [] if c.startswith("License ::")]
    first = (told.get("License") or "").splitlines()[:1]
    return [told.get("License-Expression") or "", *first, *classifiers]


def test_no_package_is_under_a_licence_that_spreads() -> None:
    found = reached()
    assert {"pydicom", "numpy"} <= found
    assert {name for name in found if is_copyleft(licences(name))} <= KNOWN


@pytest.mark.parametrize(
    ("texts", "spreads"),
    [
        (["GPL V3.0"], True),
        (["License :: OSI Approved :: GNU General Public License v3 (GPLv3)"], True),
        (["AGPL-3.0-only"], True),
        (["LGPL-3.0-or-later"], False),
        (["GPL v2", "License :: OSI Approved :: Mozilla Public License 1.1 (MPL 1.1)"], False),
        (["MIT"], False),
    ],
)
def test_licences_are_told_apart(texts: list[str], spreads: bool) -> None:
    assert is_copyleft(texts) is spreads


def test_no_installed_package_has_a_fault_that_is_known() -> None:
    assert audit.unsafe(audit.rows()) == []


@pytest.mark.parametrize(
    ("here", "faults"), [("3.0.1", 1), ("3.0.2", 0), ("3.0.10", 0), ("4.0.0.dev1", 0), ("2.4", 1)]
)
def test_older_ones_are_found(here: str, faults: int) -> None:
    row = {"package": "pydicom", "safe_from": "3.0.2", "why": "x", "source": "y"}
    assert len(audit.unsafe([row], lambda _: here)) == faults


def test_floors_are_not_below_what_is_safe() -> None:
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for own in extras.values() for line in own)]
    floors = dict(line.split(">=") for line in lines if ">=" in line and "[" not in line)
    safe = {row["package"]: row["safe_from"] for row in audit.rows()}
    for name in ("pydicom", "pynetdicom"):
        assert audit._order(floors[name]) >= audit._order(safe[name])
