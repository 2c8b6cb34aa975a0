"""What hostile or broken senders do, each against a receiver whose memory is capped.

The faults are those reported of DICOM nodes in 2023 to 2026. After each, the same receiver must
still take an image, and must have kept nothing of the fault.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import struct
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, ImplicitVRLittleEndian
from pynetdicom.dsutils import encode
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    MaximumLengthNotification,
)
from pynetdicom.presentation import build_context

CAP_MB = 400
"""Of private memory; libraries and threads take some 150."""
TRIED = 60
MOST_MB = 25
"""That a fault may add to the peak. The largest that a sender may ask for here is 2 MB."""
CT = "1.2.840.10008.5.1.4.1.1.2"
PROGRAM = """
import resource, sys, json, time, threading
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[2]) << 20,) * 2)
from pathlib import Path
from myotome.service.database.engine import open_engine
from myotome.service.database.migrate import migrate
from myotome.service.folder import Layout
from myotome.service.queue.queue import Queue
from myotome.service.receive.catalogue import Catalogue
from myotome.service.receive.receiver import Receiver
from myotome.service.settings.dicom import Receive
layout = Layout(root=Path(sys.argv[1])); layout.make()
engine = open_engine(f"sqlite:///{layout.root / 'node.db'}"); migrate(engine)
made = Catalogue(engine=engine, queue=Queue(engine=engine), layout=layout, salt="s",
                 measured_with="v")
receiver = Receiver(settings=Receive(port=0, free_mb=0, most_instance_mb=2, idle_s=2,
                    most_associations=5), ae_title="MYOTOME", catalogue=made)
print(receiver.start(), flush=True)
for _ in sys.stdin:
    peak = next(n for n in open("/proc/self/status") if n.startswith("VmHWM"))
    print(json.dumps({"told": receiver.told, "peak_mb": int(peak.split()[1]) / 1024,
                      "threads": threading.active_count(), **made.counts()}), flush=True)
receiver.stop()
"""


@dataclass
class Node:
    port: int
    root: Path
    process: subprocess.Popen[str]
    number: int = 0

    def ask(self) -> dict:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    root = tmp_path_factory.mktemp("capped") / "node"
    log = root.with_suffix(".log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(root), str(CAP_MB)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    yield Node(int(process.stdout.readline()), root, process)
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()
    log.close()
    assert root.with_suffix(".log").read_text().count("Traceback") == 0


@contextlib.contextmanager
def connected(node: Node) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", node.port), timeout=20) as link:
        yield link


def request() -> bytes:
    """An association that is asked for."""
    asked = A_ASSOCIATE()
    asked.calling_ae_title, asked.called_ae_title = "CT1", "MYOTOME"
    asked.application_context_name = UID("1.2.840.10008.3.1.1.1")
    context = build_context(CT, ImplicitVRLittleEndian)
    context.context_id = 1
    asked.presentation_context_definition_list = [context]
    length, implementation = MaximumLengthNotification(), ImplementationClassUIDNotification()
    length.maximum_length_received = 16382
    implementation.implementation_class_uid = UID("1.2.3")
    asked.user_information = [length, implementation]
    pdu = A_ASSOCIATE_RQ()
    pdu.from_primitive(asked)
    return pdu.encode()


def command(instance: str, *, field: int = 1, data: int = 1, sop_class: str = CT) -> bytes:
    told = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told.AffectedSOPClassUID, told.AffectedSOPInstanceUID = sop_class, instance
    told.CommandField, told.MessageID = field, 1
    told.Priority, told.CommandDataSetType = 2, data
    body = encode(told, True, True)
    assert body is not None
    return struct.pack("<HHLL", 0, 0, 4, len(body)) + body


def fragment(flags: int, data: bytes, context: int = 1) -> bytes:
    item = struct.pack(">LBB", len(data) + 2, context, flags) + data
    return struct.pack(">BBL", 4, 0, len(item)) + item


def dataset(study: str, instance: str, sop_class: str = CT) -> bytes:
    image = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.SOPClassUID, image.SOPInstanceUID = sop_class, instance
        image.StudyInstanceUID, image.SeriesInstanceUID = study, study
    found = encode(image, True, True)
    assert found is not None
    return found


def answered(link: socket.socket) -> bytes:
    """What the receiver says until it closes or is silent; nothing where it hung up."""
    found = b""
    with contextlib.suppress(OSError):
        while part := link.recv(65536):
            found += part
    return found


def talk(node: Node, *parts: bytes) -> bytes:
    """Associate, say all of it, and hear what is answered after the acceptance."""
    with connected(node) as link:
        link.sendall(request())
        assert link.recv(65536)[:1] == b"\x02"
        with contextlib.suppress(OSError):
            for part in parts:
                link.sendall(part)
        return answered(link)


def status(reply: bytes) -> int | None:
    """The status of a C-STORE response, None if there is none."""
    place = reply.find(b"\x00\x00\x00\x09\x02\x00\x00\x00")
    return None if place < 0 else struct.unpack("<H", reply[place + 8 : place + 10])[0]


def pdu_of_4_gib_before_association(node: Node) -> None:
    with connected(node) as link:
        link.sendall(struct.pack(">BBL", 1, 0, 0xFFFFFFFF))
        with contextlib.suppress(OSError):
            for _ in range(3000):
                link.sendall(bytes(1 << 18))
            pytest.fail("it went on reading")


def pdu_of_4_gib_after_association(node: Node) -> None:
    big = struct.pack(">BBL", 4, 0, 0xFFFFFFFF)
    assert status(talk(node, big, *[bytes(1 << 20)] * 600)) is None


def a_pdv_longer_than_its_pdu(node: Node) -> None:
    talk(node, struct.pack(">BBLLBB", 4, 0, 6, 0xFFFFFFF0, 1, 3))


def an_empty_pdv(node: Node) -> None:
    talk(node, struct.pack(">BBLL", 4, 0, 4, 0), fragment(3, b""))


def an_unknown_pdu(node: Node) -> None:
    talk(node, b"\x63" + bytes(30))


def an_unknown_command(node: Node) -> None:
    talk(node, fragment(3, command("1.9", field=0x7777)))


def a_command_that_is_no_command(node: Node) -> None:
    talk(node, fragment(3, b"\xff" * 500))


def a_context_that_was_not_agreed(node: Node) -> None:
    talk(node, fragment(3, command("1.9"), 77), fragment(2, dataset("1.8", "1.9"), 77))


def data_before_any_command(node: Node) -> None:
    talk(node, *[fragment(0, bytes(10000))] * 50)


def an_endless_command(node: Node) -> None:
    talk(node, *[fragment(1, bytes(16000))] * 1000)


def an_endless_dataset(node: Node) -> None:
    long = [fragment(0, bytes(16000))] * 1000
    reply = talk(node, fragment(3, command("1.9")), *long, fragment(2, b""))
    assert status(reply) is None


def a_dataset_that_ends_in_the_middle(node: Node) -> None:
    with connected(node) as link:
        link.sendall(request())
        link.recv(65536)
        link.sendall(fragment(3, command("1.9")) + fragment(0, bytes(10000)))


def uids_that_are_paths(node: Node) -> None:
    for study, instance in (
        ("../../../../tmp/evil", "1.9"),
        ("1.8", "../../evil"),
        ("/etc/cron.d/evil", "1.9"),
        ("1.8\\..\\x", "1.9"),
    ):
        parts = fragment(3, command(instance)), fragment(2, dataset(study, instance))
        assert status(talk(node, *parts)) in (0xC000, None)
    assert not list(node.root.parent.rglob("*evil*"))


def another_image_than_the_command_says(node: Node) -> None:
    assert status(talk(node, fragment(3, command("1.9")), fragment(2, dataset("1", "1.7")))) == (
        0xA900
    )


def another_class_than_was_agreed(node: Node) -> None:
    mr = "1.2.840.10008.5.1.4.1.1.4"
    told = talk(node, fragment(3, command("1.9", sop_class=mr)), fragment(2, dataset("1", "1.9")))
    assert status(told) != 0


def no_dataset_at_all(node: Node) -> None:
    assert status(talk(node, fragment(3, command("1.9", data=0x0101)))) != 0


def sequences_without_end(node: Node) -> None:
    deep = b"\x08\x00\x40\x11\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 60000
    parts = [fragment(0, deep[n : n + 16000]) for n in range(0, len(deep), 16000)]
    assert status(talk(node, fragment(3, command("1.9")), *parts, fragment(2, b""))) == 0xC000


def a_value_that_declares_4_gib(node: Node) -> None:
    huge = b"\x08\x00\x05\x00\xf0\xff\xff\xff" + bytes(64)
    assert status(talk(node, fragment(3, command("1.9")), fragment(2, huge))) == 0xC000


def a_sender_that_does_not_wait(node: Node) -> None:
    one = fragment(3, command("1.9")) + fragment(2, b"\x00" * 64)
    talk(node, one * 400)


def connections_that_say_nothing(node: Node) -> None:
    links = [socket.create_connection(("127.0.0.1", node.port)) for _ in range(40)]
    time.sleep(3.5)  # longer than the receiver waits for anybody
    for link in links:
        link.close()


def associations_that_are_never_closed(node: Node) -> None:
    links = [socket.create_connection(("127.0.0.1", node.port), timeout=5) for _ in range(5)]
    for link in links:
        link.sendall(request())
        link.recv(65536)
    time.sleep(3.5)
    for link in links:
        link.close()


def one_byte_at_a_time(node: Node) -> None:
    with connected(node) as link, contextlib.suppress(OSError):
        for byte in request()[:100]:
            link.sendall(bytes([byte]))
            time.sleep(0.1)
        pytest.fail("it waited for ten seconds")


def associations_again_and_again(node: Node) -> None:
    for _ in range(60):
        with connected(node) as link:
            link.sendall(request())
            link.recv(65536)


FAULTS = [
    pdu_of_4_gib_before_association,
    pdu_of_4_gib_after_association,
    a_pdv_longer_than_its_pdu,
    an_empty_pdv,
    an_unknown_pdu,
    an_unknown_command,
    a_command_that_is_no_command,
    a_context_that_was_not_agreed,
    data_before_any_command,
    an_endless_command,
    an_endless_dataset,
    a_dataset_that_ends_in_the_middle,
    uids_that_are_paths,
    another_image_than_the_command_says,
    another_class_than_was_agreed,
    no_dataset_at_all,
    sequences_without_end,
    a_value_that_declares_4_gib,
    a_sender_that_does_not_wait,
    connections_that_say_nothing,
    associations_that_are_never_closed,
    one_byte_at_a_time,
    associations_again_and_again,
]


def settled(node: Node) -> dict:
    """What the node says once nothing of what was sent is left in it, or after ten seconds."""
    for _ in range(50):
        told = node.ask()
        if told["threads"] <= 2 and not list((node.root / "spool" / "incoming").iterdir()):
            break
        time.sleep(0.2)
    return told


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_a_fault_leaves_nothing_and_stops_nobody(
    node: Node, fault: Callable[[Node], None], image, send
) -> None:
    if not node.number:  # what an image takes is not the fault's
        node.number += 1
        assert send(node.port, image(number=node.number)) == [0x0000]
    before = node.ask()
    fault(node)
    node.number += 1
    sound = image(number=node.number)
    for _ in range(50):  # the places of a fault may take a moment to be free again
        with contextlib.suppress(AssertionError):
            assert send(node.port, sound) == [0x0000]
            break
        time.sleep(0.2)
    after = node.ask()
    after = settled(node)
    assert after["images"] == before["images"] + 1
    assert after["peak_mb"] < before["peak_mb"] + MOST_MB
    assert after["threads"] <= 2, "threads are left"
    assert not list((node.root / "spool" / "incoming").iterdir()), "files are left"


def test_messages_with_flipped_bytes_are_survived(node: Node, image, send) -> None:
    """Whole conversations, each with some bytes changed or cut, one after the other."""
    chance = random.Random(20)  # noqa: S311  (no secret)
    sound = request() + fragment(3, command("1.9")) + fragment(2, dataset("1.8", "1.9"))
    before = settled(node)
    for number in range(TRIED):
        told = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            told[chance.randrange(len(told))] = chance.randrange(256)
        if chance.random() < 0.3:
            del told[chance.randrange(len(told)) :]
        with connected(node) as link, contextlib.suppress(OSError):
            link.sendall(told)
            link.shutdown(socket.SHUT_WR)
            answered(link)
        if number % 5 == 0:  # else most would only meet the limit of associations
            settled(node)
    settled(node)
    node.number += 1
    assert send(node.port, image(number=node.number)) == [0x0000]
    after = settled(node)
    assert after["threads"] <= 2
    assert after["peak_mb"] < before["peak_mb"] + MOST_MB
    assert after["told"].get("refused_connections", 0) == before["told"].get(
        "refused_connections", 0
    )
    assert after["images"] == len(list((node.root / "spool" / "studies").rglob("*.dcm")))
    assert not list((node.root / "spool" / "incoming").iterdir())
