"""What is answered with success is there, on SQLite and on PostgreSQL."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import pydicom
import pytest
from pydicom.uid import JPEG2000Lossless, RLELossless
from sqlalchemy import select

from myotome.errors import InputError
from myotome.service.database.schema import AUDIT, INSTANCES
from myotome.service.queue.kinds import MEASURE
from myotome.service.queue.queue import Queue
from myotome.service.receive import incoming
from myotome.service.receive.bounds import Pace
from myotome.service.receive.catalogue import Catalogue
from myotome.service.receive.receiver import Receiver
from myotome.service.settings.dicom import Receive


def spooled(catalogue: Catalogue) -> list:
    return sorted(p for p in catalogue.layout.root.rglob("*.dcm"))


def test_an_image_is_kept_as_it_came_under_a_name_of_ours(
    receiving, image, send, associate, catalogue
) -> None:
    _, port = receiving()
    with associate(port) as association:
        assert association.send_c_echo().Status == 0x0000
    sent = image()
    assert send(port, sent) == [0x0000]
    (path,) = spooled(catalogue)
    kept = pydicom.dcmread(path)
    assert kept == sent
    assert kept.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID
    assert "1.2.3" not in str(path)
    assert path.parent.parent == catalogue.layout.images
    assert catalogue.counts() == {"images": 1, "open": 1, "complete": 0}


def test_compressed_images_stay_compressed(receiving, image, send, catalogue) -> None:
    _, port = receiving()
    for number, syntax in enumerate((RLELossless, JPEG2000Lossless)):
        packed = image(number=number)
        packed.compress(RLELossless)
        packed.file_meta.TransferSyntaxUID = syntax  # its pixels are never looked at here
        assert send(port, packed, syntaxes=[syntax]) == [0x0000]
    with catalogue.engine.connect() as connection:
        found = set(connection.scalars(select(INSTANCES.c.syntax)))
    assert found == {RLELossless, JPEG2000Lossless}


def test_the_same_again_is_taken_and_another_one_of_its_name_is_not(
    receiving, image, send, catalogue
) -> None:
    _, port = receiving()
    first, other = image(), image(PatientName="SOMEBODY^ELSE")
    moved = image(SeriesInstanceUID="1.2.3.99")
    assert send(port, first, first, other, moved) == [0x0000, 0x0000, 0x0111, 0x0111]
    assert len(spooled(catalogue)) == 1
    assert pydicom.dcmread(spooled(catalogue)[0]).PatientName == "QUIXANO^ALONSO"


def test_an_image_whose_file_has_gone_is_kept_again(receiving, image, send, catalogue) -> None:
    _, port = receiving()
    send(port, image())
    (path,) = spooled(catalogue)
    path.unlink()
    assert send(port, image()) == [0x0000]
    assert spooled(catalogue) == [path]


def test_a_study_is_complete_when_quiet_and_a_late_image_opens_it_again(
    receiving, image, send, catalogue: Catalogue
) -> None:
    _, port = receiving()
    send(port, image(number=1), image(number=2))
    assert catalogue.complete(quiet_s=3600) == 0
    assert catalogue.complete(quiet_s=0) == 1
    first = catalogue.queue.claim([MEASURE], owner="w")
    assert first is not None
    assert len(catalogue.files(first.job.study)) == 2
    send(port, image(number=1))  # known: changes nothing
    assert catalogue.counts()["complete"] == 1
    send(port, image(number=3))
    assert catalogue.counts()["open"] == 1
    assert catalogue.queue.get(first.job.id).state == "superseded"
    assert catalogue.complete(quiet_s=0) == 1
    second = catalogue.queue.claim([MEASURE], owner="w")
    assert second is not None
    assert (second.job.study, second.job.revision) == (first.job.study, 2)
    with catalogue.engine.connect() as connection:
        steps = connection.execute(select(AUDIT).where(AUDIT.c.subject == "study")).mappings()
        events = [step["event"] for step in steps]
    assert events == ["opened", "quiet", "received", "quiet"]


def test_who_may_not_send_is_not_heard(receiving, image, send, associate) -> None:
    receiver, port = receiving(callers=("CT1",))
    for wrong in ({"own": "STRANGER"}, {"title": "OTHER"}):
        with associate(port, **wrong) as association:
            assert association.is_rejected
    assert send(port, image()) == [0x0000]
    receiver, port = receiving(addresses=("10.0.0.0/8",))
    with associate(port) as association:
        assert not association.is_established
    assert receiver.told["refused_address"] == 1


def test_other_objects_and_the_deflated_syntax_are_not_offered(receiving) -> None:
    from pynetdicom import AE

    _, port = receiving()
    entity = AE()
    entity.add_requested_context("1.2.840.10008.5.1.4.1.1.4")  # MR
    entity.add_requested_context("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1.99")
    association = entity.associate("127.0.0.1", port, ae_title="MYOTOME")
    assert association.is_established is False or not association.accepted_contexts
    association.abort()


def test_a_nearly_full_disk_is_said_before_it_is_full(
    receiving, image, send, catalogue, monkeypatch
) -> None:
    receiver, port = receiving(free_mb=10**9)
    assert send(port, image(), image(number=2)) == [0xA700, 0xA700]
    assert spooled(catalogue) == []
    assert receiver.told["full"] == 2
    receiver.stop()
    _, port = receiving()  # a disk that fills while it is written to
    real = incoming.Incoming._require_room
    monkeypatch.setattr(incoming.Incoming, "_require_room", _no_space)
    assert send(port, image()) == [0xA700]
    monkeypatch.setattr(incoming.Incoming, "_require_room", real)
    assert send(port, image()) == [0x0000]


def _no_space(self) -> None:
    raise OSError(28, "No space left on device")


def test_no_success_where_the_database_fails(receiving, image, send, catalogue, monkeypatch):
    _, port = receiving()

    def broken(*args: object) -> None:
        raise RuntimeError("the database")

    monkeypatch.setattr(Queue, "supersede_in", broken)
    monkeypatch.setattr(Catalogue, "_insert", broken)
    assert send(port, image()) == [0x0110]
    monkeypatch.undo()
    assert send(port, image()) == [0x0000]
    assert catalogue.counts()["images"] == 1


def test_no_success_where_the_disk_fails_at_the_last_step(
    receiving, image, send, catalogue, monkeypatch
) -> None:
    _, port = receiving()
    monkeypatch.setattr(incoming.os, "fsync", _no_space)
    assert send(port, image()) == [0xA700]
    monkeypatch.undo()
    assert catalogue.counts()["images"] == 0
    assert spooled(catalogue) == []


def test_what_is_half_received_is_gone_after_a_restart(receiving, layout) -> None:
    left = layout.incoming / "abc.dcm"
    left.write_bytes(b"half")
    receiving()
    assert not left.exists()


def test_the_log_names_nobody(receiving, image, send, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    _, port = receiving()
    send(port, image(), image(PatientName="QUIXANO^OTHER"), image(StudyInstanceUID="../../x"))
    told = caplog.text + "".join(capfd.readouterr())
    assert "refused" in told
    for secret in ("QUIXANO", "7731942", "1.2.3"):
        assert secret not in told


def test_a_port_that_is_taken_is_told(receiving, catalogue) -> None:
    _, port = receiving()
    second = Receiver(
        settings=replace(Receive(), port=port), ae_title="MYOTOME", catalogue=catalogue
    )
    with pytest.raises(InputError, match="cannot listen"):
        second.start()


def test_more_senders_than_may_are_told_so(receiving, image, send, associate) -> None:
    receiver, port = receiving(most_associations=2)
    with associate(port), associate(port), associate(port) as third:
        assert third.is_rejected
    deadline_s = time.monotonic() + 20
    while receiver.server.active_associations and time.monotonic() < deadline_s:
        time.sleep(0.01)  # its threads end a moment after they have said goodbye
    assert send(port, image()) == [0x0000]


def test_all_senders_together_keep_to_the_rate() -> None:
    pace, start_s = Pace(1e6), time.monotonic()
    for _ in range(3):
        pace.wait(100_000)
    assert 0.25 < time.monotonic() - start_s < 5
    start_s = time.monotonic()
    Pace(0).wait(10**12)
    assert time.monotonic() - start_s < 0.1
