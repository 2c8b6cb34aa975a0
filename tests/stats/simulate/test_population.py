"""The population itself has the printed numbers; nothing is drawn here."""

from __future__ import annotations

import pytest

from myotome.errors import InputError
from myotome.stats.simulate.population import SEXES, by_groups, by_lines
from myotome.stats.simulate.truth import truth_of
from myotome.tables.vu2024.ageing import CORRELATIONS
from myotome.tables.vu2024.masses import BY_AGE, BY_SEX


@pytest.mark.parametrize("sex", SEXES)
def test_age_groups_have_the_means_and_sds_of_table_3(sex: str) -> None:
    found = {g["age_from"]: g["masses_g"] for g in truth_of(by_groups(sex))["groups"]}
    for row in BY_AGE:
        if row.sex == sex:
            mean, sd = found[row.age_from][row.structure].values()
            # the printed total is the sum of rounded means only to 1 g
            assert mean == pytest.approx(row.mean_g, abs=1.01 if row.structure == "total" else 1e-6)
            assert sd == pytest.approx(row.sd_g, rel=1e-9)


@pytest.mark.parametrize("sex", SEXES)
def test_sexes_have_the_correlations_of_table_4(sex: str) -> None:
    masses = truth_of(by_groups(sex))["masses_g"]
    for row in CORRELATIONS:
        if row.sex == sex:
            assert masses[row.structure]["r_age"] == pytest.approx(row.r, abs=1e-9)


@pytest.mark.parametrize("sex", SEXES)
def test_the_age_groups_explain_the_printed_means_and_sds_of_the_sexes(sex: str) -> None:
    # with 190 women and 154 men: the evidence behind the row "n_masses" of the contradictions
    masses = truth_of(by_groups(sex))["masses_g"]
    for row in BY_SEX:
        if row.sex == sex:
            assert masses[row.structure]["mean"] == pytest.approx(row.mean_g, abs=2.2)
            assert masses[row.structure]["sd"] == pytest.approx(row.sd_g, abs=0.8)


def test_tables_3_and_4_imply_the_slopes_of_the_discussion_and_not_a_tenth() -> None:
    slopes = {s: truth_of(by_groups(s))["masses_g"]["total"]["slope_g_per_year"] for s in SEXES}
    assert slopes["F"] == pytest.approx(-9.6, abs=0.2)
    assert slopes["M"] == pytest.approx(-17.3, abs=2.1)  # by how ages spread within groups


@pytest.mark.parametrize(("sex", "slope"), [("F", -9.6), ("M", -17.3)])
def test_lines_have_the_slope_that_was_asked_for_and_the_printed_spread(sex, slope) -> None:
    masses = truth_of(by_lines(sex, slope))["masses_g"]
    assert masses["total"]["slope_g_per_year"] == pytest.approx(slope)
    for row in BY_SEX:
        if row.sex == sex:
            assert masses[row.structure]["mean"] == pytest.approx(row.mean_g, abs=3.01)
            assert masses[row.structure]["sd"] == pytest.approx(row.sd_g)


def test_a_slope_that_leaves_no_muscle_is_refused() -> None:
    with pytest.raises(InputError, match="too steep"):
        by_lines("F", -60.0)
