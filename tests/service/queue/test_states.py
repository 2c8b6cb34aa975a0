"""The state tables say it all."""

from __future__ import annotations

from itertools import product

import pytest

from myotome.service.queue.states import JOB, STUDY, StateTable, Step, TransitionError


@pytest.mark.parametrize("table", [JOB, STUDY], ids=lambda t: t.kind)
def test_what_no_row_has_is_refused(table: StateTable) -> None:
    rows = {(row.state, row.event): row.to for row in table.rows}
    for state, event in product(table.states, table.events):
        if (state, event) in rows:
            assert table.after(state, event) == rows[state, event]
        else:
            with pytest.raises(TransitionError):
                table.after(state, event)


def test_done_and_superseded_are_the_end_and_all_states_are_reached() -> None:
    ends = {s for s in JOB.states if not any(row.state == s for row in JOB.rows)}
    assert ends == {"done", "superseded"}
    assert {row.to for row in JOB.rows} == set(JOB.states)


def test_two_rows_for_one_event_are_refused() -> None:
    row = Step(state="a", event="b", to="c", words="")
    with pytest.raises(ValueError, match="two"):
        StateTable("thing", (row, row))
