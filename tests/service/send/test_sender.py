"""An archive that is down, refuses or hangs up gets its results when it is back."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from sqlalchemy import Connection, Engine

from myotome.service.folder import Layout
from myotome.service.queue.job import Order
from myotome.service.queue.kinds import DELIVER
from myotome.service.queue.queue import Queue
from myotome.service.send.sender import Sender
from myotome.service.settings.dicom import Archive

pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning"  # pynetdicom drops a socket that cannot connect
)
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@dataclass
class Clock:
    now_s: float = 1e9

    def __call__(self, _: Connection) -> float:
        return self.now_s


@dataclass
class Pacs:
    """An archive that answers with the statuses it is told, then with success."""

    port: int
    answers: list[int] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    server: object = None

    def start(self, sop_class: str = CAPTURE) -> None:
        entity = AE(ae_title="PACS")
        entity.add_supported_context(sop_class, ExplicitVRLittleEndian)
        handlers = [(evt.EVT_C_STORE, self.store)]
        self.server = entity.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=handlers
        )

    def store(self, event: evt.Event) -> int:
        answer = self.answers.pop(0) if self.answers else 0
        if answer < 0:
            event.assoc.abort()
            return 0
        if answer == 0:
            self.got.append(str(event.dataset.SOPInstanceUID))
        return answer


@pytest.fixture
def pacs() -> Iterator[Pacs]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Pacs(port)
    yield made
    if made.server is not None:
        made.server.shutdown()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(sqlite: Callable[[], Engine], tmp_path: Path, pacs: Pacs, clock: Clock) -> Sender:
    layout = Layout(root=tmp_path / "node")
    layout.make()
    folder = layout.results("abc", 1) / "dicom"
    folder.mkdir(parents=True)
    for number in range(3):
        made = Dataset()
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.SOPClassUID, made.SOPInstanceUID = CAPTURE, f"1.2.{number}"
        made.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    queue = Queue(engine=sqlite(), clock=clock)
    order = Order(kind=DELIVER, key="k", study="abc", revision=1, payload={"archive": "pacs"})
    queue.submit(order, actor="t")
    archive = Archive(name="pacs", host="127.0.0.1", port=pacs.port, ae_title="PACS", timeout_s=5)
    return Sender(
        owner="s", queue=queue, layout=layout, archives={"pacs": archive}, own_title="MYOTOME"
    )


ALL = ["1.2.0", "1.2.1", "1.2.2"]


def test_every_object_is_sent_once(sender: Sender, pacs: Pacs) -> None:
    pacs.start()
    assert sender.send_once()
    assert not sender.send_once()
    assert pacs.got == ALL
    assert sender.queue.get(1).result == {"files": 3}


def test_an_archive_that_is_down_for_days_gets_it_when_it_is_back(
    sender: Sender, pacs: Pacs, clock: Clock
) -> None:
    for _ in range(120):
        assert sender.send_once()
        job = sender.queue.get(1)
        assert (job.state, job.fault) == ("waiting", "Unreachable")
        clock.now_s = job.due_s
    assert clock.now_s > 1e9 + 24 * 3600
    pacs.start()
    assert sender.send_once()
    assert (sender.queue.get(1).state, pacs.got) == ("done", ALL)


@pytest.mark.parametrize(("answer", "fault"), [(0xA700, "Refused"), (-1, "Interrupted")])
def test_what_passes_is_tried_again(
    sender: Sender, pacs: Pacs, clock: Clock, answer: int, fault: str
) -> None:
    pacs.answers = [0, answer]
    pacs.start()
    sender.send_once()
    job = sender.queue.get(1)
    assert (job.state, job.fault) == ("waiting", fault)
    clock.now_s = job.due_s
    sender.send_once()
    assert sender.queue.get(1).state == "done"
    assert set(pacs.got) == set(ALL)


def test_what_the_archive_will_never_take_is_told_and_not_repeated(
    sender: Sender, pacs: Pacs
) -> None:
    pacs.answers = [0xA900]
    pacs.start()
    sender.send_once()
    job = sender.queue.get(1)
    assert (job.state, job.message) == (
        "refused",
        "The archive refused 0.dcm with status 0xA900.",
    )


def test_a_warning_is_a_success(sender: Sender, pacs: Pacs) -> None:
    pacs.answers = [0xB000]
    pacs.start()
    sender.send_once()
    assert sender.queue.get(1).state == "done"


def test_an_archive_without_the_kind_of_object_is_told(sender: Sender, pacs: Pacs) -> None:
    pacs.start("1.2.840.10008.5.1.4.1.1.2")
    sender.send_once()
    assert sender.queue.get(1).fault in ("Unreachable", "NotAccepted")


def test_an_archive_that_left_the_settings_keeps_its_deliveries(sender: Sender) -> None:
    sender.archives = {}
    sender.send_once()
    job = sender.queue.get(1)
    assert (job.state, job.fault) == ("waiting", "UnknownArchive")
