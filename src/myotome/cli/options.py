"""The options of the commands that measure: one per field of the configuration, and the person."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from myotome.cli.answer import Debug, answering
from myotome.runtime.config import Configuration
from myotome.tables.option import Option, option_of
from myotome.write.outputs import Extras


def _fact(kind: Any, words: str) -> Any:
    return Annotated[kind, typer.Option(help=words, rich_help_panel="Person")]


PERSON: Mapping[str, Any] = {
    "sex": _fact(str | None, "F or M."),
    "age": _fact(str | None, "Age in years, or 90+."),
    "height_cm": _fact(float | None, "Height in cm."),
    "weight_kg": _fact(float | None, "Weight in kg."),
    "person": _fact(Path | None, "JSON file: grip, gait, SARC-F, DXA ... of the person."),
}
_GIVEN = ("Configuration", "Record")
"""Types of what a command is given and nobody types: their modules are not needed for --help."""
_FACTS = {"age": "age_years"}
"""Options that are called otherwise among the facts of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field that the command line asks for, of the configuration or of its extras."""

    name: str
    owner: type
    default: Any
    kind: Any
    option: Option

    def parameter(self) -> inspect.Parameter:
        """The parameter of a command that typer makes an option of."""
        info = typer.Option(
            *self.option.names,
            help=self.option.words,
            min=self.option.low,
            rich_help_panel="Outputs" if self.owner is Extras else None,
        )
        return inspect.Parameter(
            self.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None if self.option.read and not self.default else self.default,
            annotation=Annotated[self.kind, info],
        )

    def value(self, given: Any) -> Any:
        """The value of the field from what was given on the command line."""
        if self.option.read is None:
            return given
        return self.default if given is None else self.option.read(given)


def asked_of(owner: type) -> Iterator[Asked]:
    """The fields of the dataclass ``owner`` that have an option, with their defaults."""
    hints = get_type_hints(owner)
    for field in fields(owner):
        option = option_of(field.metadata)
        if option is not None:
            yield Asked(
                name=field.name,
                owner=owner,
                default=None if field.default is MISSING else field.default,
                kind=option.kind or hints[field.name],
                option=option,
            )


ASKED: Mapping[str, Asked] = {
    one.name: one for owner in (Configuration, Extras) for one in asked_of(owner)
}
"""Every option of a run by its field."""
OUTPUTS = tuple(one.name for one in ASKED.values() if one.owner is Extras)


def measuring(
    *names: str, of_a_person: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function, with the options ``names`` of the configuration.

    The function keeps its own parameters, those of the command line, and is also given
    ``config`` and ``record`` (what is known of the person), both checked; only ``config`` where
    it is not ``of_a_person``.
    """
    facts = PERSON if of_a_person else {}
    chosen = tuple(ASKED[name] for name in names)

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def measured(**values: Any) -> None:
            with answering(values.pop("debug")):
                if of_a_person:
                    told = {name: values.pop(name) for name in PERSON}
                    values["record"] = _person(told)
                given = {one.name: values.pop(one.name) for one in chosen}
                command(**values, config=_configuration(chosen, given))

        hints = get_type_hints(command, localns=dict.fromkeys(_GIVEN, Any), include_extras=True)
        shown = inspect.signature(command).parameters.values()
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            *(
                p.replace(kind=keyword, annotation=hints[p.name])
                for p in shown
                if p.name not in ("config", "record")
            ),
            *(one.parameter() for one in chosen),
            *(inspect.Parameter(n, keyword, default=None, annotation=a) for n, a in facts.items()),
            inspect.Parameter("debug", keyword, default=False, annotation=Debug),
        ]
        measured.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        measured.__annotations__ = {p.name: p.annotation for p in parameters}
        return measured

    return wrap


def _configuration(chosen: tuple[Asked, ...], given: Mapping[str, Any]) -> Configuration:
    """What was asked for, the rest as it is by default."""

    def of(owner: type) -> dict[str, Any]:
        return {one.name: one.value(given[one.name]) for one in chosen if one.owner is owner}

    return Configuration(**of(Configuration), extras=Extras(**of(Extras)))


def _person(given: Mapping[str, Any]) -> Any:
    """What is known of the person: the file's entries, replaced by the options that were given.

    They are checked together, so that a height and a weight must fit each other.
    """
    from myotome.assess.person.person_facts import read_person
    from myotome.assess.person.record import Record, record

    path = given["person"]
    base = Record() if path is None else read_person(path)
    found = {_FACTS.get(key, key): value for key, value in given.items() if key != "person"}
    return record({**base.entries, **{k: v for k, v in found.items() if v is not None}})
