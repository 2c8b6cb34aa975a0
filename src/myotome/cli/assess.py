"""The commands around persons: `myotome assess` and `myotome cutoffs`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from myotome.cli.answer import Debug, answering, reply
from myotome.tables.person.columns import GROUPS, PersonColumn

if TYPE_CHECKING:
    from myotome.assess.own.curves import OwnReference
    from myotome.assess.person.table import Joined
    from myotome.tables.citable.cutoff import CutOff
    from myotome.write.data.persons import Saved

_ALIASES: dict[str, tuple[str, ...]] = {"age_years": ("--age",)}
_TARGETS: dict[str, str] = {"criteria": "", "cutoffs": "cutoffs_", "references": "references_"}
"""The tables that may be written, and what stands before "out" in their options."""
_TOLD_AT_MOST = 30
"""Different reasons for refused rows that are said on the terminal."""
_HELP = """Judge persons by every criteria set, cut-off and reference, with reasons.

One person by options or --person FILE; many by a TABLE (CSV or Parquet with a column "id").
Trials are written 14/15.5/15; a test that could not be done is "unable". Research use only.
"""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(name="assess", help=_HELP)(_assess_command())
    cutoffs = typer.Typer(help="The registry of published cut-offs.", no_args_is_help=True)
    cutoffs.command(name="list")(list_cutoffs)
    cutoffs.command(name="show")(show_cutoff)
    app.add_typer(cutoffs, name="cutoffs")


def _assess_command() -> Callable[..., None]:
    """The command, with one option per row of the table of columns."""

    def assess(**values: Any) -> None:
        files = {parameter.name: values.pop(parameter.name) for parameter in _PARAMETERS}
        given = {key: words for key, words in values.items() if words is not None}
        with answering(files["debug"]):
            if files["table"] is None:
                _refuse_table_options(files)
                reply(status="ok", **_one(files["person"], given, files["reference"]))
                return
            _refuse_person_options(files["person"], given)
            targets = {name: files[f"{option}out"] for name, option in _TARGETS.items()}
            wanted = {name: path for name, path in targets.items() if path is not None}
            overwrite = files["overwrite"]
            inputs = _Inputs(files["table"], files["studies"], files["reference"])
            answer = _many(inputs, wanted, overwrite=overwrite)
            reply(status="ok", **answer)

    columns = [_parameter(row, panel) for panel, rows in GROUPS for row in rows]
    parameters = [*_PARAMETERS, *columns]
    assess.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    assess.__annotations__ = {p.name: p.annotation for p in parameters}
    return assess


def _option(name: str, kind: Any, default: Any, *declared: str, words: str) -> inspect.Parameter:
    annotation = Annotated[kind, typer.Option(*declared, help=words)]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


_FILE = Path | None
_PARAMETERS: tuple[inspect.Parameter, ...] = (
    inspect.Parameter(
        "table",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[_FILE, typer.Argument(help="CSV or Parquet, one row per person.")],
    ),
    _option("person", _FILE, None, "--person", words="JSON file of one person."),
    _option("studies", _FILE, None, "--studies", words="CT numbers by id, joined to TABLE."),
    _option("reference", _FILE, None, "--reference", words="Your own reference (JSON)."),
    _option("out", _FILE, None, "-o", "--out", words="CSV or Parquet: one row per criteria set."),
    _option("cutoffs_out", _FILE, None, "--cutoffs-out", words="All cut-offs side by side."),
    _option("references_out", _FILE, None, "--references-out", words="Places among references."),
    _option("overwrite", bool, False, "--overwrite", words="Replace earlier files."),
    _option("debug", bool, False, "--debug", words="Show the traceback of an unexpected error."),
)


def _parameter(row: PersonColumn, panel: str) -> inspect.Parameter:
    words = row.words[0].upper() + row.words[1:]
    limits = f"{row.low:g} to {row.high:g} {row.unit}".strip() if row.high else ""
    choices = ", ".join(row.choices)
    unable = "or unable" if row.can_fail else ""
    extra = "; ".join(part for part in (choices, limits, unable) if part)
    help_ = f"{words} ({extra})." if extra else f"{words}."
    option = typer.Option(
        row.option, *_ALIASES.get(row.key, ()), help=help_, rich_help_panel=panel, metavar="VALUE"
    )
    return inspect.Parameter(
        row.key,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, option],
    )


def _refuse_table_options(files: Mapping[str, Any]) -> None:
    from myotome.errors import InputError

    if files["studies"] or any(files[f"{option}out"] for option in _TARGETS.values()):
        raise InputError(
            "--studies, --out, --cutoffs-out and --references-out belong to a table of persons.",
            mend="Give the table, or leave them out: one person is answered as JSON.",
        )


def _refuse_person_options(person: Path | None, given: Mapping[str, str]) -> None:
    from myotome.errors import InputError

    if person is not None or given:
        raise InputError(
            "A table and options for one person exclude each other.",
            mend="Put the values into columns of the table.",
        )


class _Inputs(NamedTuple):
    """The files of a table of persons."""

    table: Path
    studies: Path | None
    reference: Path | None


def _own(path: Path | None) -> tuple[OwnReference, ...]:
    from myotome.assess.own.file import read_reference

    return () if path is None else (read_reference(path),)


def _one(person: Path | None, given: Mapping[str, str], reference: Path | None) -> dict[str, Any]:
    """One person: options replace what the JSON file says."""
    from myotome.assess.assessment import assess
    from myotome.assess.person.instruments import read
    from myotome.assess.person.person_facts import read_person
    from myotome.assess.person.record import Record, record
    from myotome.errors import InputError
    from myotome.write.data.assessed import document, lines

    if person is None and not given:
        raise InputError("Nobody to assess.", mend="Give a TABLE, --person FILE or options.")
    base = read_person(person) if person is not None else Record()
    # checked together: a height of the file and a weight of the options must fit each other
    found = record({**base.entries, **given})
    done = assess(read(found), own=_own(reference))
    for topic, words in lines(done):
        typer.echo(f"{topic:10} {words}", err=True)
    answer = document(done)
    typer.echo(str(answer["research_use"]), err=True)
    return answer


def _many(inputs: _Inputs, targets: Mapping[str, Path], *, overwrite: bool) -> dict[str, Any]:
    """A table of persons: three tables out, and who was refused, by row number."""
    from myotome.assess.person.table import Joined, join, read_persons
    from myotome.assess.persons import judge_persons
    from myotome.errors import OutputError
    from myotome.tables.outputs.wording import RESEARCH_USE
    from myotome.write.data.persons import save_answers
    from myotome.write.folder import check_out_file

    given = [path for path in (inputs.table, inputs.studies) if path is not None]
    for name, path in targets.items():
        check_out_file(path, given, overwrite=overwrite, words=f"{name} file")
    if len({path.resolve() for path in targets.values()}) < len(targets):
        raise OutputError("Two tables would have one file.", mend="Name them differently.")
    own = _own(inputs.reference)
    joined = Joined(persons=read_persons(inputs.table))
    if inputs.studies is not None:
        joined = join(joined.persons, read_persons(inputs.studies))
    persons = joined.persons
    answers = judge_persons(joined, studies=inputs.studies is not None, own=own)
    saved = save_answers(answers, targets, listen=_progress(len(persons.rows)))
    for words in _said(joined, saved):
        typer.echo(f"assess     {words}", err=True)
    return {
        "persons": len(persons.rows),
        "assessed": len(persons.rows) - len(saved.refused),
        "refused_rows": {str(row): words for row, words in saved.refused},
        "persons_without_study": list(joined.without_study),
        "studies_without_person": [scan.row for scan in joined.without_person],
        "unused_columns": list(joined.persons.unused_columns),
        "rows": saved.rows,
        "written": sorted(targets),
        "research_use": RESEARCH_USE,
    }


def _progress(total: int) -> Callable[[int], None]:
    """Says of a long table how far it is."""
    step = 10_000

    def listen(done: int) -> None:
        if done < total and done % step == 0:
            typer.echo(f"assess     {done} of {total} ...", err=True)

    return listen


def _said(joined: Joined, saved: Saved) -> Iterable[str]:
    """What people must know; ids are never said, row numbers are."""
    from myotome.assess.person.table import row_list

    total = len(joined.persons.rows)
    yield f"{total - len(saved.refused)} of {total} persons assessed"
    by_words: dict[str, list[int]] = {}
    for row, words in saved.refused:
        by_words.setdefault(words, []).append(row)
    for words, rows in islice(by_words.items(), _TOLD_AT_MOST):
        yield f"{row_list(rows)} refused: {words}"
    if len(by_words) > _TOLD_AT_MOST:
        left = sum(len(rows) for rows in islice(by_words.values(), _TOLD_AT_MOST, None))
        yield f"{left} more rows refused; every reason is in the results"
    if joined.without_study:
        yield f"persons without a study: {row_list(joined.without_study)}"
    if joined.without_person:
        yield f"studies without a person: {row_list(s.row for s in joined.without_person)}"
    if joined.persons.unused_columns:
        yield f"unused columns: {', '.join(joined.persons.unused_columns)}"


def list_cutoffs(
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    debug: Debug = False,
) -> None:
    """List every published cut-off with its numbers, population and source."""
    with answering(debug):
        reply(status="ok", **_list_cutoffs(topic))


def show_cutoff(
    key: Annotated[str, typer.Argument(help="A key from `myotome cutoffs list`.")],
    debug: Debug = False,
) -> None:
    """Show everything known of one cut-off."""
    with answering(debug):
        reply(status="ok", **_show_cutoff(key))


def _list_cutoffs(topic: str | None) -> dict[str, Any]:
    from myotome.errors import InputError
    from myotome.tables.citable.cutoffs import CUTOFFS, LEFT_OUT, TOPICS

    if topic is not None and topic not in TOPICS:
        raise InputError("That is no topic.", mend=f"Topics are: {', '.join(TOPICS)}.")
    chosen = [row for row in CUTOFFS if topic in (None, row.topic)]
    _print_cutoffs(chosen)
    return {
        "cutoffs": [
            {"key": row.key, "topic": row.topic, "words": row.words, "doi": row.source.doi}
            for row in chosen
        ],
        "left_out": [{"words": row.words, "reason": row.reason} for row in LEFT_OUT],
    }


def _print_cutoffs(rows: Iterable[CutOff]) -> None:
    """One line each, under its topic, so that keys are never cut short."""
    from itertools import groupby

    from myotome.assess.rules.in_words import numbers_words
    from myotome.tables.citable.cutoffs import TOPICS
    from myotome.tables.person.facts import FACT

    for topic, group in groupby(sorted(rows, key=lambda row: [*TOPICS].index(row.topic)), _topic):
        typer.echo(f"\n{TOPICS[topic]}", err=True)
        for row in group:
            numbers = f"{FACT[row.fact].words} {numbers_words(row)}"
            source = f"{row.source.short}; {row.population}"
            typer.echo(f"  {row.key:28} {numbers}  [{source}]", err=True)


def _topic(row: CutOff) -> str:
    return row.topic


def _show_cutoff(key: str) -> dict[str, Any]:
    from myotome.assess.person.record import suggestion
    from myotome.assess.rules.in_words import cutoff_fields
    from myotome.errors import InputError
    from myotome.tables.citable.cutoffs import CUTOFF

    if key not in CUTOFF:
        raise InputError(
            f"That is no cut-off.{suggestion(key, CUTOFF)}", mend="See `myotome cutoffs list`."
        )
    fields = cutoff_fields(CUTOFF[key])
    for name, words in fields.items():
        typer.echo(f"{name:16} {words}", err=True)
    return {"cutoff": {name.replace(" ", "_"): words for name, words in fields.items()}}
