"""The configuration keeps its secrets and refuses what cannot be meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from myotome.errors import InputError
from myotome.nouns.study.pseudonym import pseudonym
from myotome.runtime.config import Configuration

OWN = "a secret of our own"


def test_the_salt_is_told_nowhere_but_whether_it_is_our_own() -> None:
    own = Configuration(salt=OWN)
    assert OWN not in f"{own!r} {own.record()}"
    assert own.record()["salt"] == "own"
    assert Configuration().record()["salt"] == "public"


def test_an_empty_salt_and_a_time_without_zone_are_refused() -> None:
    with pytest.raises(InputError, match="salt"):
        Configuration(salt="")
    with pytest.raises(InputError, match="zone"):
        Configuration(now=datetime(2026, 1, 2))  # noqa: DTZ001 - that is what is refused


def test_results_are_dated_as_said_and_the_record_has_no_time() -> None:
    said = Configuration(now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert said.started_utc() == "2026-01-02T03:04:05+00:00"
    assert "now" not in said.record()
    assert said.record() == Configuration().record()


def test_a_key_tells_kinds_and_salts_apart_and_nothing_has_none() -> None:
    keys = {pseudonym(kind, "1.2.3", salt) for kind in ("study", "subject") for salt in ("x", OWN)}
    assert len(keys) == 4
    assert all(len(key) == 16 and set(key) <= set("0123456789abcdef") for key in keys)
    assert pseudonym("study", "") == ""


def test_levels_are_kept_in_one_form_and_recorded() -> None:
    plain = Configuration()
    assert not plain.given
    assert not {"level", "levels", "reader"} & plain.record().keys()
    both = Configuration(levels={"l3": -411.0, "L5": -484}, level={"L3": -412.5}, reader="A. R.")
    assert dict(both.given.z_mm) == {"L3": -412.5, "L5": -484.0}
    assert both.given.reader == "A. R."
    assert both.record()["levels"] == {"L3": -412.5, "L5": -484.0}
    assert both.record()["reader"] == "A. R."
    same = Configuration(levels={"L3": -411.0, "L5": -484}, level={"l3": -412.5}, reader="A. R.")
    assert same == both


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": {"L9": 1.0}},
        {"levels": {"L3": float("nan")}},
        {"levels": {"L2": 0.0}, "level": {"L3": 40.0}},
        {"levels": "/no/such/landmarks.json"},
        {"level": {"L3": 1.0}, "reader": "x" * 100},
    ],
)
def test_levels_that_cannot_be_are_refused_before_anything_is_read(wrong) -> None:
    with pytest.raises(InputError):
        Configuration(**wrong)


def test_a_callers_mapping_may_change_afterwards() -> None:
    mine = {"L3": -411.0}
    config = Configuration(levels=mine)
    mine["L3"] = 5.0
    assert dict(config.given.z_mm) == {"L3": -411.0}
