"""The structured report: every number and unit comes back, from the right segment and frame."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr._concepts_dict import concepts
from pydicom.uid import generate_uid

from myotome.measure.composition.measure import compose
from myotome.nouns.numbers.assessment import (
    Assessment,
    CriteriaAnswer,
    CutOffAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.nouns.numbers.interval import HalfWidth
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.person import Person
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.codes.anatomy import LEVEL, SIDE, STRUCTURE
from myotome.tables.codes.quantities import UNIT
from myotome.tables.codes.sr import NAMES
from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.tables.quantities.quantities import QUANTITY
from myotome.write.dicom.series import save
from myotome.write.dicom.source import Source, SourceImage
from myotome.write.dicom.sr.groups import concept_of, home, site_of
from myotome.write.dicom.sr.items import decimal
from myotome.write.dicom.sr.report import study_report

CT = "1.2.840.10008.5.1.4.1.1.2"
_OWN = ("index", "mean_index", "estimate")


RANGED = ("volume", "gross_mass", "area")
"""Quantities with an interval in this study."""


@pytest.fixture(scope="module")
def study(result):
    """The synthetic body with compartments, so that it has every kind of number."""
    grid = result.volume.grid
    rows = np.indices(grid.shape[1:])
    x, y, _ = np.moveaxis(grid.to_lps_mm(np.stack([0 * rows[0], *rows], axis=-1)), -1, 0)
    plane = np.zeros(grid.shape[1:], np.uint8)
    for value, wide, deep, centre in ((3, 150, 112, 0), (2, 118, 84, -8), (1, 90, 60, -20)):
        plane[(x / wide) ** 2 + ((y - centre) / deep) ** 2 < 1] = value
    rooms = np.broadcast_to(plane, grid.shape).copy()
    segmentation = replace(result.segmentation, compartments=rooms)
    body = compose(
        replace(result.scan, segmentation=segmentation),
        person=result.person,
        known=result.measurements,
    )
    half = HalfWidth(q80=0.5, q90=1.0, n=14)
    muscles = [
        replace(
            m,
            expected_dice=0.9 if m.level == "slab" else None,
            interval=half.around(m.value, 0.1) if m.value and m.quantity in RANGED else None,
        )
        for m in result.measurements
    ]
    return replace(
        result,
        segmentation=segmentation,
        measurements=(*muscles, *body.measurements),
        flags=(*result.flags, *body.flags),
    )


@pytest.fixture(scope="module")
def source(study):
    return source_of(study)


def source_of(study) -> Source:
    """A source as if the volume's slices had been read from single CT images."""
    grid, header = study.volume.source_grid, Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    header.SOPClassUID = CT
    for keyword in ("SOPInstance", "StudyInstance", "SeriesInstance", "FrameOfReference"):
        setattr(header, f"{keyword}UID", generate_uid(prefix=None))
    header.PatientName, header.PatientID = "Müller^Zoë", "SECRET-1"
    header.StudyDate, header.StudyTime, header.SeriesNumber = "20200102", "120000", 2
    header.Modality, header.PositionReferenceIndicator = "CT", ""
    for keyword in ("PatientBirthDate", "PatientSex", "AccessionNumber"):
        setattr(header, keyword, "")
    header.ReferringPhysicianName, header.StudyID = "", "1"
    header.Rows, header.Columns = grid.shape[1:]
    header.SliceThickness, *spacing = grid.spacing_mm
    header.PixelSpacing = spacing
    images = tuple(
        SourceImage(
            sop_class_uid=CT,
            sop_instance_uid=generate_uid(prefix=None),
            frame=None,
            position_mm=tuple(float(v) for v in grid.to_lps_mm((k, 0, 0))),
            orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        )
        for k in range(grid.shape[0])
    )
    return Source(header=header, images=images, everything=images, grid=grid)


@pytest.fixture(scope="module")
def segs(study, source):
    pytest.importorskip("highdicom", reason="needs highdicom, of the [dicom] extra")
    from myotome.write.dicom.seg import composition_seg, muscle_seg

    return [muscle_seg(study, source), composition_seg(study, source)]


@pytest.fixture(scope="module")
def path(study, source, segs, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sr") / "report.dcm"
    save(study_report(study, source, segs), out)
    return out


@pytest.fixture(scope="module")
def report(path):
    return dcmread(path)


# --- a reader of its own: the tree by the codes, without a line of the writer -----------------


def _code(item, keyword="ConceptNameCodeSequence"):
    code = item[keyword].value[0]
    return code.CodingSchemeDesignator, code.CodeValue


def _named(code):
    return code.scheme, code.value


def _children(item, name, kind=None):
    return [
        c
        for c in item.get("ContentSequence", [])
        if _code(c) == _named(NAMES[name]) and kind in (None, c.ValueType)
    ]


def _groups(report):
    (box,) = _children(report, "measurements")
    return _children(box, "group")


def _tracking(group):
    return _children(group, "tracking_id")[0].TextValue


def _kind(group):
    return group.ContentTemplateSequence[0].TemplateIdentifier


def _modifier(item, name):
    found = _children(item, name)
    return _code(found[0], "ConceptCodeSequence") if found else None


def _concepts():
    """(concept, derivation, method) as coded -> (quantity, structure of an index)."""
    rows = [(key, "", "", QUANTITY[key].unit) for key in QUANTITY if key not in _OWN]
    rows += [(q, row.key, row.key, row.unit) for row in INDICES for q in _OWN[:2]]
    rows += [("estimate", row.key, row.key, row.unit) for row in ESTIMATES]
    found = {}
    for quantity, structure, key, unit in rows:
        coded = concept_of(_row(quantity, structure or "psoas", unit))
        parts = (coded.concept, coded.derivation, coded.method)
        name = tuple(None if c is None else _named(c) for c in parts)
        assert name not in found, "two quantities share a code"
        found[name] = (quantity, key)
    return found


def _row(quantity, structure, unit="ml", value=1.0):
    return Measurement(
        quantity=quantity,
        structure=structure,
        side="both",
        level="slab",
        value=value,
        unit=unit,
        status=Status.MEASURED,
    )


CONCEPTS = _concepts()
PLACES = {(_named(s.type), _named(site_of(s))): s.key for s in STRUCTURE.values()}
SIDES = {_named(code): side for side, code in SIDE.items()}
LEVELS = {_named(code): name for name, code in LEVEL.items()}
LEVELS[_named(STRUCTURE["slab"].type)] = "slab"
UNITS = {code.value: ours for ours, code in UNIT.items()}


def parsed(report) -> list[dict]:
    """Every number of the report, and every one that it says could not be measured."""
    rows = []
    for group in _groups(report):
        sites = _children(group, "finding_site")
        if not sites:
            continue
        finding = _code(_children(group, "finding")[0], "ConceptCodeSequence")
        site = sites[0]
        structure = PLACES[finding, _code(site, "ConceptCodeSequence")]
        side = SIDES[_modifier(site, "laterality")]
        level, whole = LEVELS[_modifier(site, "modifier")], _limits(group)
        for item in group.ContentSequence:
            name = (_code(item), _modifier(item, "derivation"), _modifier(item, "method"))
            if item.ValueType not in ("NUM", "CODE") or name not in CONCEPTS:
                continue
            quantity, derived = CONCEPTS[name]
            row = {"place": (structure, side, level), "quantity": quantity, "derived": derived}
            own = _limits(item)
            caveats = [*whole.get("CAVEAT", []), *own.get("CAVEAT", [])]
            row |= {"value": None, "unit": None, **whole, **own, "CAVEAT": caveats}
            if item.ValueType == "NUM":
                (measured,) = item.MeasuredValueSequence
                row["value"] = measured.FloatingPointValue
                row["unit"] = UNITS[measured.MeasurementUnitsCodeSequence[0].CodeValue]
                assert float(measured.NumericValue) == pytest.approx(row["value"], rel=1e-8)
            else:
                assert _code(item, "ConceptCodeSequence") == ("DCM", "114006")
            rows.append(row)
    return rows


def _limits(item):
    """What is said of a number, or of all numbers of a group, by our private codes."""
    found = {}
    for child in item.get("ContentSequence", []):
        scheme, value = _code(child)
        if scheme != "99MYOTOME" or value not in _LIMITS:
            continue
        if child.ValueType == "NUM":
            found[value] = child.MeasuredValueSequence[0].FloatingPointValue
        elif child.ValueType == "CODE":
            found[value] = _code(child, "ConceptCodeSequence")[1]
        elif value == "CAVEAT":
            found.setdefault(value, []).append(child.TextValue)
        else:
            found[value] = child.TextValue
    return found


_RANGE = ("LOW90", "HIGH90", "INTERVALSUBJECTS")
_LIMITS = (*_RANGE, "REASON", "COVERAGE", "EXPECTEDDICE", "STATUS", "CAVEAT", "DEFINITION")


def test_every_number_and_unit_comes_back(study, report):
    found = {(r["place"], r["quantity"], r["derived"]): r for r in parsed(report)}
    assert len(found) == len(study.measurements) > 700
    for row in study.measurements:
        derived = row.structure if row.quantity in _OWN else ""
        read = found[home(row), row.quantity, derived]
        assert read["value"] == row.value, row
        if row.value is not None:
            assert read["unit"] == row.unit
        assert read.get("REASON", "") == row.reason
        said_by_its_code = row.definition == QUANTITY[row.quantity].meaning
        assert read.get("DEFINITION", "") == ("" if said_by_its_code else row.definition)
        assert read.get("COVERAGE") == row.covered_percent
        if row.level == "slab" and row.quantity in ("volume", "mean_hu", "area"):
            assert read.get("EXPECTEDDICE") == row.expected_dice
        found90 = row.interval and (row.interval.low_90, row.interval.high_90, row.interval.n)
        assert tuple(read.get(key) for key in _RANGE) == (found90 or (None, None, None))
        assert (read.get("STATUS") == "PARTIAL") == (row.status is Status.PARTIAL)
        assert sorted(read["CAVEAT"]) == sorted(row.caveats)
    kinds = {m.status for m in study.measurements}
    assert kinds == set(Status) - {Status.ABSENT}
    assert any(len(m.caveats) > 1 for m in study.measurements)
    assert {m.quantity for m in study.measurements if m.interval} == {*RANGED}


def test_an_interval_stays_with_its_number_and_in_its_unit(study, report):
    ends = [
        (number, child)
        for group in _groups(report)
        for number in group.ContentSequence
        for child in number.get("ContentSequence", [])
        if _code(child)[1] in _RANGE[:2]
    ]
    assert len(ends) == 2 * sum(m.interval is not None for m in study.measurements)
    for number, child in ends:
        own, whole = (
            item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue
            for item in (child, number)
        )
        assert own == whole
        assert child.RelationshipType == "HAS PROPERTIES"


def test_what_is_absent_is_no_measurement_failure(study, source):
    first, second = study.measurements[:2]
    absent = {"value": None, "status": Status.ABSENT, "interval": None}
    gone = replace(first, **absent, reason="it need not reach this level")
    rows = parsed(study_report(replace(study, measurements=(gone, second)), source))
    assert [row["quantity"] for row in rows] == [second.quantity]


def test_two_outlines_in_one_group_keep_their_dice(study, source):
    first, second = study.measurements[:2]
    pair = (replace(first, expected_dice=0.9), replace(second, expected_dice=0.8))
    assert home(first) == home(second)
    rows = parsed(study_report(replace(study, measurements=pair), source))
    assert [row["EXPECTEDDICE"] for row in rows] == [0.9, 0.8]


def test_a_muscle_refers_to_its_own_segment(study, report, segs):
    muscle = segs[0]
    groups = {_tracking(g): g for g in _groups(report) if _kind(g) == "1411"}
    assert len(groups) == 12
    per_frame = muscle.PerFrameFunctionalGroupsSequence
    of_frame = [g.SegmentIdentificationSequence[0].ReferencedSegmentNumber for g in per_frame]
    pixels = muscle.pixel_array.reshape(len(of_frame), -1).sum(axis=1)
    for described in muscle.SegmentSequence:
        group = groups[described.TrackingID]
        (tracking,) = _children(group, "tracking_uid")
        assert described.TrackingUID == tracking.UID
        (image,) = _children(group, "segment", "IMAGE")
        reference = image.ReferencedSOPSequence[0]
        assert reference.ReferencedSOPInstanceUID == muscle.SOPInstanceUID
        assert reference.ReferencedSegmentNumber == described.SegmentNumber
        (volume,) = [
            n.MeasuredValueSequence[0].FloatingPointValue
            for n in group.ContentSequence
            if n.ValueType == "NUM" and _code(n) == ("SCT", "118565006")
        ] or [None]
        mine = pixels[np.array(of_frame) == described.SegmentNumber].sum()
        if volume is not None:  # the conftest counts whole masks, not the slab's share
            assert mine * study.volume.grid.voxel_ml == pytest.approx(volume)


def test_an_area_refers_to_the_frame_that_has_it(study, report, segs):
    frames = segs[0].pixel_array
    seen = 0
    for group in _groups(report):
        if _kind(group) != "1410":
            continue
        (image,) = _children(group, "segment_frame")
        reference = image.ReferencedSOPSequence[0]
        assert "ReferencedSegmentNumber" not in reference  # forbidden beside a frame number
        (origin,) = _children(group, "segment_image")
        assert origin.ReferencedSOPSequence[0].ReferencedSOPClassUID == CT
        if reference.ReferencedSOPInstanceUID != segs[0].SOPInstanceUID:
            continue
        number = reference.ReferencedFrameNumber
        described = segs[0].PerFrameFunctionalGroupsSequence[number - 1]
        segment = described.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        label = segs[0].SegmentSequence[segment - 1].SegmentLabel
        assert _tracking(group).startswith(f"{label},")
        for item in group.ContentSequence:
            if item.ValueType == "NUM" and _code(item) == ("SCT", "42798000"):
                area = item.MeasuredValueSequence[0].FloatingPointValue
                assert frames[number - 1].sum() * study.volume.grid.pixel_cm2 == pytest.approx(area)
                seen += 1
    assert seen > 12


def test_l3_of_a_tissue_refers_to_its_compartment(report, segs):
    (group,) = [g for g in _groups(report) if _tracking(g) == "skeletal muscle, L3"]
    assert _kind(group) == "1410"
    reference = _children(group, "segment_frame")[0].ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == segs[1].SOPInstanceUID
    names = {_code(i)[1] for i in group.ContentSequence if i.ValueType == "NUM"}
    assert {"42798000", "SMI"} <= names


def test_without_segmentations_nothing_is_referred_to(study, source):
    report = study_report(replace(study, measurements=study.measurements[:40]), source)
    assert {_kind(g) for g in _groups(report)} == {"1501"}
    (evidence,) = report.CurrentRequestedProcedureEvidenceSequence
    assert len(evidence.ReferencedSeriesSequence) == 1


def test_evidence_names_everything_referred_to(report, source, segs):
    (evidence,) = report.CurrentRequestedProcedureEvidenceSequence
    assert evidence.StudyInstanceUID == source.study_uid
    named = {
        one.ReferencedSOPInstanceUID
        for series in evidence.ReferencedSeriesSequence
        for one in series.ReferencedSOPSequence
    }
    expected = {image.sop_instance_uid for image in source.everything}
    assert named == expected | {str(seg.SOPInstanceUID) for seg in segs}
    used = set()
    report.walk(lambda _, e: used.add(e.value) if e.keyword == "ReferencedSOPInstanceUID" else None)
    assert used == named


def _cut_off(key, words, **changes) -> CutOffAnswer:
    row = CutOffAnswer(
        key=key, topic="ct_muscle_quantity", topic_words="muscle quantity", finding=words,
        fact="l3_smi_cm2_m2", fact_words="SMI", value=41.2, operator="<", limit=43.0,
        unit="cm2/m2", verdict="yes", reason="", caveats=("a caveat",), population="patients",
        citation="Martin 2013", doi="10.1200/JCO.2012.45.2722",
    )  # fmt: skip
    return replace(row, **changes)


def _assessed() -> Assessment:
    criteria = CriteriaAnswer(
        key="ewgsop2", words="EWGSOP2 2019", citation="Cruz-Jentoft 2019", doi="", met="yes",
        step="assess", grade=1, conclusion="probable sarcopenia",
    )  # fmt: skip
    reference = ReferencePlace(
        reference="r", name="a reference", target="l3_smi_cm2_m2", words="SMI", value=41.2,
        unit="cm2/m2", statistic="mean_sd", group_words="men", group_n=10, unstable=False,
        reference_value=50.0, reference_sd=8.0, z=-1.1, percentile=13.6, below=None, reason="",
        population="healthy", contrast="", limits="one hospital", doi="", said="1.1 SD below",
    )  # fmt: skip
    return Assessment(
        facts=(
            ToldFact(key="sex", words="sex", value="M", unit="", source="given"),
            ToldFact(key="age_years", words="age", value="71", unit="years", source="given"),
            ToldFact(key="height_cm", words="height", value=175.0, unit="cm", source="DICOM"),
            ToldFact(key="weight_kg", words="weight", value=None, unit="kg", reason="not given"),
            ToldFact(key="grip_kg", words="grip", value=24.0, unit="kg"),
        ),
        criteria=(criteria, replace(criteria, key="x", words="FNIH 2014", met="unknown")),
        cutoffs=(
            _cut_off("martin", "low CT muscle quantity by Martin 2013"),
            _cut_off("prado", "by Prado 2008", verdict="unknown", limit=None, reason="no height"),
            _cut_off("grip", "low grip", topic="muscle_strength", verdict="unknown"),
        ),
        references=(reference,),
    )


@pytest.fixture(scope="module")
def answered(study, source):
    few = tuple(m for m in study.measurements if m.level == "L3")[:30]
    return study_report(replace(study, measurements=few, assessed=_assessed()), source)


def _by_tracking(report):
    return {_tracking(g): g for g in _groups(report)}


def _said(group, value):
    """Texts, numbers or codes below a group by code value."""
    found = []
    for item in group.ContentSequence:
        if _code(item)[1] == value:
            if item.ValueType == "NUM":
                found.append(item.MeasuredValueSequence[0].FloatingPointValue)
            elif item.ValueType == "CODE":
                found.append(_code(item, "ConceptCodeSequence")[1])
            else:
                found.append(item.TextValue)
    return found


def test_answers_carry_their_citation(answered):
    groups = _by_tracking(answered)
    martin = groups["low CT muscle quantity by Martin 2013"]
    assert _said(martin, "CUTOFF") == ["373066001"]  # Yes (SCT)
    assert _said(martin, "CITATION") == ["Martin 2013, https://doi.org/10.1200/JCO.2012.45.2722"]
    assert _said(martin, "LIMIT") == [43.0]
    assert _said(martin, "DEFINITION") == ["SMI < 43 cm2/m2"]
    assert _said(groups["by Prado 2008"], "REASON") == ["no height"]
    assert _said(groups["by Prado 2008"], "LIMIT") == []
    assert _said(groups["EWGSOP2 2019"], "ANSWERWORDS") == ["by EWGSOP2 2019: probable sarcopenia"]
    assert {"low grip", "FNIH 2014"}.isdisjoint(groups)
    assert _said(groups["SMI among a reference"], "121416") == [-1.1]


def test_person_with_sources(answered):
    person = _by_tracking(answered)["person"]
    assert _said(person, "121032") == ["M"]
    assert _said(person, "121033") == [71.0]
    assert _said(person, "8302-2") == [175.0]
    assert _said(person, "29463-7") == ["114010"]  # Value unknown
    (height,) = [i for i in person.ContentSequence if _code(i)[1] == "8302-2"]
    assert height.ContentSequence[0].TextValue == "DICOM"


def test_old_age_is_not_told(report):
    assert _said(_by_tracking(report)["person"], "121033") == ["90+ years"]


def test_says_what_it_is(study, report):
    assert report.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.34"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert report.VerificationFlag == "UNVERIFIED"
    assert report.PreliminaryFlag == "PRELIMINARY"
    (comment,) = [i for i in report.ContentSequence if _code(i) == ("DCM", "121106")]
    assert comment.TextValue.startswith("Research use only.")
    notes = _by_tracking(report)["whole result"]
    flags = _said(notes, "QUALITYFLAG")
    assert len(flags) == len(study.flags)
    assert flags[0].startswith(f"{study.flags[0].code} (")
    assert _said(notes, "CONTRASTHEADER") == ["unenhanced"]
    assert f"weights muscles 1: sha256:{'ab' * 32}" in _said(notes, "111002")
    assert report.PatientName == "Müller^Zoë"
    assert report.SpecificCharacterSet == "ISO_IR 192"
    assert _said(_by_tracking(report)["level L3"], "LEVELZ") == [-304.0]


def test_identifiers_stay_in_the_patient_module(answered):
    text = str([*answered.ContentSequence])
    assert "SECRET-1" not in text
    assert "Zoë" not in text


def test_nothing_known_of_person_or_landmarks(empty_result):
    source = source_of(empty_result)
    report = study_report(empty_result, source)
    numbers = [r for r in parsed(report) if r["value"] is not None]
    assert len(parsed(report)) == len(empty_result.measurements)
    assert not numbers
    assert "person" not in _by_tracking(report)


def test_highdicom_reads_it(study, source, segs, tmp_path):
    sr = pytest.importorskip("highdicom.sr", reason="needs highdicom, of the [dicom] extra")
    few = [m for m in study.measurements if m.structure in ("psoas", "skeletal_muscle")]
    few = [m for m in few if m.level in ("slab", "L3")]
    out = tmp_path / "few.dcm"
    save(study_report(replace(study, measurements=tuple(few)), source, segs), out)
    content = sr.srread(out).content
    (left,) = [
        g
        for g in content.get_volumetric_roi_measurement_groups()
        if g.tracking_identifier == "Myotome psoas_left"
    ]
    assert left.referenced_segment.referenced_sop_instance_uid == segs[0].SOPInstanceUID
    values = {m.name.meaning: (m.value, m.unit.value) for m in left.get_measurements()}
    for row in few:
        if (row.structure, row.side, row.level, row.quantity) == (
            "psoas",
            "left",
            "slab",
            "volume",
        ):
            assert values["Volume"] == (row.value, "cm3")
    planar = content.get_planar_roi_measurement_groups()
    assert {g.finding_sites[0].topographical_modifier.meaning for g in planar} == {"L3 vertebra"}
    assert content.get_observer_contexts()[0].observer_type.meaning == "Device"


def _dciodvfy() -> str | None:
    beside = Path(sys.executable).parent / "dciodvfy"
    return str(beside) if beside.exists() else shutil.which("dciodvfy")


@pytest.mark.skipif(_dciodvfy() is None, reason="dciodvfy is not installed")
def test_dciodvfy_finds_no_error(path, answered, tmp_path):
    save(answered, tmp_path / "answered.dcm")
    for one in (path, tmp_path / "answered.dcm"):
        done = subprocess.run([_dciodvfy(), str(one)], capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).splitlines()
        assert "Comprehensive3DSR" in lines
        assert [line for line in lines if line.startswith(("Error", "Abort"))] == []
        # the only thing it does not know are our own codes
        others = [w for w in lines if w.startswith("Warning") and "99MYOTOME" not in w]
        assert others == []


@pytest.mark.parametrize("key", NAMES)
def test_names_are_those_of_the_dictionary(key):
    code = NAMES[key]
    meanings = {
        m
        for rows in concepts[code.scheme].values()
        for v, (m, _) in rows.items()
        if v == code.value
    }
    assert code.meaning in meanings


@pytest.mark.parametrize("group", GROUPS, ids=lambda g: g.key)
def test_fat_share_goes_with_its_muscle(group):
    row = _row("share", f"{group.key}_intramuscular_fat", "%")
    assert home(row) == (group.key, "both", "slab")


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_decimal_strings_fit(value):
    words = decimal(value)
    assert len(words) <= 16
    assert float(words) == pytest.approx(value, rel=1e-8)


def test_person_without_assessment(study, source):
    plain = replace(study, measurements=(), person=Person(height_cm=180.0), assessed=None)
    person = _by_tracking(study_report(plain, source))["person"]
    assert _said(person, "8302-2") == [180.0]
    assert _said(person, "121032") == []
