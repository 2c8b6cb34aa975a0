"""A person in an own reference: the place, its interval, and every reason for none."""

from __future__ import annotations

import json
import math

import pytest

from myotome.assess.own.curves import BmiTerm, LmsCurve, OwnQuantity, OwnReference
from myotome.assess.own.file import read_reference, text_of
from myotome.assess.own.place import own_places, wide_values
from myotome.assess.person.facts import Facts
from myotome.assess.rules.reference import scores
from myotome.assess.study import judge_study
from myotome.errors import InputError
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.person import Person
from myotome.read.results.assessed import assessment
from myotome.read.results.fields import Fields
from myotome.runtime.config import Configuration
from myotome.write.data.assessed import document, reference_row
from myotome.write.report.assessed import assessed_section

PSOAS, SMI, HU = "psoas_slab_gross_mass_g", "l3_smi_cm2_m2", "skeletal_muscle_l3_mean_hu_hu"
SURE = (1e-4, 0.0, 0.0, 2.5e-3, 0.0, 0.01)


def curve(sex: str = "F", bmi: BmiTerm | None = None, nu: float = 0.0) -> LmsCurve:
    cells = SURE if bmi is None else (1e-4, 0.0, 0.0, 0.0, 2.5e-3, 0.0, 0.0, 0.01, 0.0, 1e-6)
    return LmsCurve(
        sex=sex, n=400, shape="mu 2, sigma 1, nu 1", age_years=(20.0, 80.0), mu=(300.0, 200.0),
        sigma=(0.2, 0.2), nu=(nu, nu), covariance=(cells, cells), bmi=bmi,
    )  # fmt: skip


def reference(*curves: LmsCurve, column: str = PSOAS, unit: str = "g", contrast: str = "mixed"):
    quantity = OwnQuantity(
        column=column, words="psoas", unit=unit, target="gross_mass_g/psoas" if unit == "g"
        else "l3_muscle_hu", curves=curves or (curve(),),
    )  # fmt: skip
    return OwnReference(
        name="ours", population="a hospital", contrast=contrast, limits="Patients.", method="LMS",
        source_sha256="", program="", quantities=(quantity,), sha256="ab" * 32,
    )  # fmt: skip


def place(value: float, own: OwnReference | None = None, **facts):
    person = Facts.of(**{"sex": "F", "age_years": 50.0, **facts})
    (found,) = own_places([own or reference()], person, {PSOAS: value})
    return found


def test_the_place_and_its_interval_by_hand() -> None:
    """ln nu = 0: z = ln(y/mu)/sigma; its variance (Var ln mu)/sigma^2 + z^2 Var ln sigma + ..."""
    middle = math.sqrt(300 * 200)  # halfway of the logarithms
    one = place(middle * math.exp(-0.3))
    assert one.z == pytest.approx(-1.5)
    assert one.reference_value == pytest.approx(middle)
    by_nu = (0.3**2 / (2 * 0.2)) ** 2 * 0.01
    error = math.sqrt(1e-4 / 0.2**2 + 1.5**2 * 2.5e-3 + by_nu)
    assert (one.z_high - one.z_low) / 2 == pytest.approx(1.96 * error, rel=1e-3)
    assert one.percentile == pytest.approx(6.68, abs=0.01)
    assert one.percentile_low < one.percentile < one.percentile_high
    assert one.name == "own reference: ours"
    assert one.target == "mass_psoas"
    assert "women of 50 years, n 400; own reference: ours" in one.said
    assert [p.age_from for p in one.curve] == list(range(20, 81))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"age_years": 80.5}, "its women are 20 to 80 years old"),
        ({"age_years": 19.9}, "its women are 20 to 80 years old"),
        ({"sex": "M"}, "it has no men"),
        ({"sex": None}, "needs sex"),
        ({"age_years": None}, "needs age"),
    ],
)
def test_outside_its_people_there_is_no_number(facts, reason) -> None:
    one = place(200.0, **facts)
    assert one.reason == reason
    assert (one.z, one.percentile, one.z_low, one.curve) == (None, None, None, ())


def test_bmi_moves_the_curve_and_its_error() -> None:
    term = BmiTerm(middle=25.0, log_mu_per_kg_m2=0.02, low=18.0, high=40.0)
    own = reference(curve(bmi=term))
    lean, heavy = place(245.0, own, bmi_kg_m2=25.0), place(245.0, own, bmi_kg_m2=35.0)
    assert heavy.reference_value == pytest.approx(lean.reference_value * math.exp(0.2))
    assert heavy.z == pytest.approx(lean.z - 0.2 / 0.2)
    assert place(245.0, own).reason == "needs body mass index"
    assert place(245.0, own, bmi_kg_m2=45.0).reason == "its BMI is 18 to 40 kg/m2"


def test_attenuation_needs_the_contrast_of_the_reference() -> None:
    facts = Facts.of(sex="F", age_years=50.0, contrast_phase="portal", kvp=120.0, l3_muscle_hu=30.0)
    own = reference(column=HU, unit="HU", contrast="unenhanced")
    (one,) = own_places([own], facts)  # the value is taken from the facts
    assert one.reason == "it was measured on unenhanced CT, this scan is portal"


def test_a_flag_of_the_scan_forbids_here_too() -> None:
    own = reference(column="skeletal_muscle_l3_area_cm2", unit="HU")
    facts = Facts.of(sex="F", age_years=50.0, l3_muscle_hu=30.0, flags=("wall_cut",))
    wall = own_places([own], facts)
    assert wall[0].z is None


def test_only_whole_measured_numbers_are_placed() -> None:
    def mass(status: Status) -> Measurement:
        return Measurement(
            quantity="gross_mass", structure="psoas", side="both", level="slab", value=200.0,
            unit="g", status=status, reason="" if status is Status.MEASURED else "cut",
        )  # fmt: skip

    assert wide_values([mass(Status.MEASURED)]) == {PSOAS: 200.0}
    assert wide_values([mass(Status.PARTIAL)]) == {}


def test_the_file_comes_back_as_it_was(tmp_path) -> None:
    term = BmiTerm(middle=25.0, log_mu_per_kg_m2=0.02, low=18.0, high=40.0)
    own = reference(curve(), curve("M", bmi=term))
    path = tmp_path / "reference.json"
    path.write_text(text_of(own, "research use"), encoding="utf-8")
    back = read_reference(path)
    assert back.quantities == own.quantities
    assert (back.name, back.contrast, len(back.sha256)) == ("ours", "mixed", 64)


def _cut(document) -> None:
    del document["quantities"][0]["curves"][0]["mu"][0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(kind="other"),
        lambda d: d.update(version=2),
        lambda d: d.pop("population"),
        lambda d: d.update(quantities=[]),
        lambda d: d.update(extra=1),
        _cut,
        lambda d: d["quantities"].append(d["quantities"][0]),
        lambda d: d["quantities"][0]["curves"].append(d["quantities"][0]["curves"][0]),
        lambda d: d["quantities"][0]["curves"][0].update(age_years=[80.0, 20.0]),
        lambda d: d["quantities"][0]["curves"][0].update(sigma=[0.2, 0.0]),
        lambda d: d["quantities"][0]["curves"][0].update(sigma=[0.2, float("nan")]),
        lambda d: d["quantities"][0].update(unit="kg"),
        lambda d: d["quantities"][0].update(unit="stone"),
        lambda d: d["quantities"][0]["curves"][0].update(covariance=[[1.0] * 6, [1.0] * 5]),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, spoil) -> None:
    document = json.loads(text_of(reference(), "research use"))
    spoil(document)
    path = tmp_path / "reference.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="reference file"):
        read_reference(path)


def test_no_json_and_no_file_are_refused(tmp_path) -> None:
    path = tmp_path / "reference.json"
    with pytest.raises(InputError, match="does not exist"):
        read_reference(path)
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(InputError, match="no JSON"):
        read_reference(path)


def test_published_references_are_not_changed_by_an_own_one() -> None:
    facts = Facts.of(sex="F", age_years=50.0)
    assert len(scores(facts, {"psoas": 200.0})) == 1


def test_a_study_and_its_report_have_the_own_place() -> None:
    mass = Measurement(
        quantity="gross_mass", structure="psoas", side="both", level="slab", value=200.0,
        unit="g", status=Status.MEASURED,
    )  # fmt: skip
    her = Person(sex="F", age_years=50.0)
    done = judge_study([mass], her, own=[reference()])
    (own,) = [place for place in done.references if place.statistic == "lms"]
    assert own.z == pytest.approx(math.log(200 / math.sqrt(60_000)) / 0.2)
    assert reference_row(own)[0] == own.reference
    plots = [plot for _, group in assessed_section(done)["plots"] for plot in group]
    (drawn,) = [plot for plot in plots if plot["name"] == "own reference: ours"]
    assert drawn["about"].startswith("n 400; a hospital")
    assert [words for _, words in drawn["chart"].names] == ["95th", "50th", "5th"]
    back = assessment(Fields.of(json.loads(json.dumps(document(done))), "assessment.json"))
    (again,) = [place for place in back.references if place.statistic == "lms"]
    assert (again.z_low, again.percentile_high) == (own.z_low, own.percentile_high)


def test_the_provenance_names_the_file_by_its_digest(tmp_path) -> None:
    path = tmp_path / "reference.json"
    path.write_text(text_of(reference(), "research use"), encoding="utf-8")
    config = Configuration(reference=path)
    assert config.own[0].name == "ours"
    assert config.record()["reference"] == config.own[0].sha256
    assert "reference" not in Configuration().record()
    assert str(tmp_path) not in str(config.record())
