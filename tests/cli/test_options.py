"""Options are the fields of the configuration: none forgotten, none with a default of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path

import click
import pytest
import typer

from myotome.cli.app import app
from myotome.cli.options import ASKED, PERSON
from myotome.errors import InputError
from myotome.runtime.config import Configuration
from myotome.write.contents import OUTPUTS
from myotome.write.outputs import Extras

BY_PROGRAMS = {"salt", "now"}
"""Set by programs alone: a secret that no list of processes may show, and a time for tests."""
COMMANDS = (("run",), ("slice",), ("dicom", "import"))
OF_A_SLICE = {"mapping", "level"}
"""Of a mask and of the picked slice there, not of a backend and of where vertebrae lie."""


def command(*path: str) -> click.Command:
    found = typer.main.get_command(app)
    for name in path:
        found = found.commands[name]
    return found


def test_every_field_of_a_run_is_an_option() -> None:
    names = {f.name for f in (*fields(Configuration), *fields(Extras))} - {"extras"} - BY_PROGRAMS
    assert set(ASKED) == names
    given = {p.name for p in command("run").params}
    assert given == {*names, *PERSON, "path", "out", "debug"}


@pytest.mark.parametrize("path", COMMANDS, ids="-".join)
def test_defaults_are_those_of_the_configuration(path: tuple[str, ...]) -> None:
    own = OF_A_SLICE if path == ("slice",) else set()
    asked = ASKED.keys() - own
    values = {p.name: p.default for p in command(*path).params if p.name in asked}
    assert values
    config = {name: v for name, v in values.items() if ASKED[name].owner is Configuration}
    assert Configuration(**config) == Configuration()
    extras = {n: ASKED[n].value(v) for n, v in values.items() if ASKED[n].owner is Extras}
    assert Extras(**extras) == Extras()


@pytest.mark.parametrize("path", COMMANDS, ids="-".join)
def test_one_option_reads_alike_everywhere(path: tuple[str, ...]) -> None:
    here = {p.name: (p.opts, p.help) for p in command(*path).params if p.name in ASKED}
    everywhere = {p.name: (p.opts, p.help) for p in command("run").params}
    if path == ("slice",):
        here = {name: told for name, told in here.items() if name not in OF_A_SLICE}
    assert here == {name: everywhere[name] for name in here}


def test_every_option_for_an_output_belongs_to_one_row() -> None:
    """So that a row's options and what the command line offers cannot drift apart."""
    of_rows = Counter(name for row in OUTPUTS.own.values() for name in row.options)
    assert set(of_rows.values()) == {1}
    assert set(of_rows) == {f.name for f in fields(Extras)} - {"also"}


def test_what_is_typed_becomes_what_the_field_holds(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    assert ASKED["pseudonym_key"].value(key) == b"k" * 32
    assert ASKED["fhir"].value("r5") == "R5"
    assert ASKED["also"].value(["a", "b:c"]) == ("a", "b:c")
    assert ASKED["also"].value(None) == ()
    with pytest.raises(InputError):
        ASKED["pseudonym_key"].value(tmp_path / "none")
