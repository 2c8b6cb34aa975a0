"""A receiver, and what a modality sends."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, fsm
from pynetdicom.transport import AssociationSocket
from sqlalchemy import Engine

from myotome.service.folder import Layout
from myotome.service.queue.queue import Queue
from myotome.service.receive.catalogue import Catalogue
from myotome.service.receive.receiver import Receiver
from myotome.service.settings.dicom import Receive


class _Modality(AssociationSocket):
    """pynetdicom's own leaves sockets open that the other side has shut already."""

    def _shutdown_socket(self) -> None:
        open_socket = self.socket
        super()._shutdown_socket()
        if open_socket is not None:
            open_socket.close()


fsm.AssociationSocket = _Modality


def make_image(study: str = "1.2.3", number: int = 1, **more: object) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = f"{study}.4.{number}"
    image.PatientName, image.PatientID = "QUIXANO^ALONSO", "PID-7731942"
    image.StudyInstanceUID, image.SeriesInstanceUID = study, f"{study}.4"
    image.Modality, image.InstanceNumber = "CT", number
    image.Rows = image.Columns = 8
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.SamplesPerPixel, image.PixelRepresentation = 1, 0
    image.PhotometricInterpretation = "MONOCHROME2"
    image.PixelData = bytes(range(128))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong here is wrong on purpose
        for keyword, value in more.items():
            setattr(image, keyword, value)
    return image


@pytest.fixture(scope="session")
def image() -> Callable[..., Dataset]:
    return make_image


@pytest.fixture(scope="session")
def new_uid() -> Callable[[], str]:
    return lambda: str(generate_uid())


@contextlib.contextmanager
def associated(port: int, *, title: str = "MYOTOME", own: str = "CT1", syntaxes: Sequence = ()):
    entity = AE(ae_title=own)
    entity.add_requested_context("1.2.840.10008.1.1")
    entity.add_requested_context(CTImageStorage, list(syntaxes) or [ExplicitVRLittleEndian])
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    made = entity.associate("127.0.0.1", port, ae_title=title)
    try:
        yield made
    finally:
        if made.is_established:
            made.release()
        wrapped = made.dul.socket
        if wrapped is not None and wrapped.socket is not None:
            wrapped.socket.close()


def store(port: int, *images: Dataset, **more: object) -> list[int | None]:
    """The statuses that a sender gets; None: no answer."""
    with associated(port, **more) as made:
        assert made.is_established
        return [getattr(made.send_c_store(one), "Status", None) for one in images]


@pytest.fixture(scope="session")
def send() -> Callable[..., list[int | None]]:
    return store


@pytest.fixture(scope="session")
def associate():
    return associated


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(root=tmp_path / "node")
    made.make()
    return made


@pytest.fixture
def catalogue(engine: Engine, layout: Layout) -> Catalogue:
    return Catalogue(
        engine=engine,
        queue=Queue(engine=engine),
        layout=layout,
        salt="a secret",
        measured_with="v1",
    )


@pytest.fixture
def receiving(catalogue: Catalogue) -> Iterator[Callable[..., tuple[Receiver, int]]]:
    """Starts a receiver with other settings than the default; it ends with the test."""
    started: list[Receiver] = []

    def start(**settings: object) -> tuple[Receiver, int]:
        chosen = replace(Receive(port=0, free_mb=0), **settings)
        receiver = Receiver(settings=chosen, ae_title="MYOTOME", catalogue=catalogue)
        started.append(receiver)
        return receiver, receiver.start()

    yield start
    for one in started:
        one.stop()
