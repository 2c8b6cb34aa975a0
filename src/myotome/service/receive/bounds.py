"""pynetdicom within bounds: of connections, PDUs, messages, time and rate.

Left to itself it believes a PDU header that declares 4 GiB, before it knows who sends, and holds
whole datasets in memory.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.fsm import StateMachine
from pynetdicom.pdu_primitives import P_DATA
from pynetdicom.transport import AssociationSocket, RequestHandler, ThreadedAssociationServer

from myotome.read.quiet import quiet
from myotome.service.receive.incoming import Incoming

_SLACK = 64
"""Bytes of a PDU around what the maximum length counts."""
_MOST_COMMAND = 1 << 16
_MOST_QUEUED = 8
_SPARE = 10
"""Connections beyond the limit of associations, which are told so before they are closed."""
_CHUNK = 1 << 16
_FLOOR_BYTES_PER_S = 1 << 12
"""Slower than this is no sender, but somebody who holds a place."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Opener = Callable[[Callable[[], bytes]], Incoming]


class Pace:
    """At most so many bytes a second, over all senders; 0: no limit."""

    def __init__(self, bytes_per_s: float) -> None:
        self._rate, self._free_at_s, self._lock = bytes_per_s, 0.0, threading.Lock()

    def wait(self, count: int) -> None:
        """Return when ``count`` more bytes may be taken."""
        if self._rate <= 0:
            return
        with self._lock:
            now_s = time.monotonic()
            self._free_at_s = max(self._free_at_s, now_s) + count / self._rate
            wait_s = self._free_at_s - now_s
        if wait_s > 0:
            time.sleep(wait_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one sender may ask of the node. ``opened`` makes the file of a dataset."""

    networks: Sequence[Network]
    most_associations: int
    most_pdu_bytes: int
    most_message_bytes: int
    idle_s: float
    opened: Opener
    begins: Callable[[Any, Association], bytes]
    refused: Callable[[str], None]
    pace: Pace = field(default_factory=lambda: Pace(0))

    def may_connect(self, address: str) -> bool:
        """Whether this address is among the networks."""
        try:
            known = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        known = getattr(known, "ipv4_mapped", None) or known
        return any(known in network for network in self.networks)


class BoundedSocket(AssociationSocket):
    """Reads no PDU that is longer, or takes longer, than it may."""

    bounds: Bounds

    def recv(self, nr_bytes: int) -> bytearray:
        """``nr_bytes`` of the peer. OSError, which ends the association, where it is too much."""
        if nr_bytes > self.bounds.most_pdu_bytes + _SLACK:
            self.bounds.refused("pdu_size")
            raise OSError("a PDU is longer than was agreed")
        if self.socket is None:
            raise OSError("closed")
        until_s = time.monotonic() + self.bounds.idle_s + nr_bytes / _FLOOR_BYTES_PER_S
        found = bytearray()
        while len(found) < nr_bytes:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                self.bounds.refused("slow")
                raise TimeoutError("a PDU took too long")
            self.socket.settimeout(left_s)
            part = self.socket.recv(min(nr_bytes - len(found), _CHUNK))
            if not part:
                return found
            found += part
        self.socket.settimeout(self.bounds.idle_s)
        self.bounds.pace.wait(nr_bytes)
        return found

    def _shutdown_socket(self) -> None:
        """Close for good; pynetdicom leaves open what the peer has shut already."""
        open_socket = self.socket
        super()._shutdown_socket()
        if open_socket is not None:
            open_socket.close()


class BoundedDimse(DIMSEServiceProvider):
    """Takes messages apart within bounds, and hands datasets to the disk."""

    def __init__(self, assoc: Association, bounds: Bounds) -> None:
        super().__init__(assoc)
        self._bounds = bounds
        self._command_bytes = self._message_bytes = 0
        self._open: list[Incoming] = []

    def receive_primitive(self, primitive: P_DATA) -> None:
        """As pynetdicom's; whatever is wrong with a message ends its association alone."""
        try:
            self._count(primitive)
            if self.message is None:
                self._begin()
            with quiet():
                super().receive_primitive(primitive)
        except Exception:  # any: this runs in a thread that must live to say goodbye
            self._bounds.refused("message")
            self.message = None
            self.discard()
            self.dul.event_queue.put("Evt19")  # invalid PDU: A-ABORT (PS3.8 9.2)
        if self.message is None:
            self._command_bytes = self._message_bytes = 0

    def _begin(self) -> None:
        if self.msg_queue.qsize() >= _MOST_QUEUED:
            raise ValueError("the peer does not wait for answers")
        message: Any = DIMSEMessage()
        assoc = self.assoc
        incoming = self._bounds.opened(lambda: self._bounds.begins(message, assoc))
        message.data_set = incoming
        self._open = [one for one in self._open if not one.taken]
        self._open.append(incoming)
        self.message = message

    def _count(self, primitive: P_DATA) -> None:
        for _, data in primitive.presentation_data_value_list:
            self._message_bytes += len(data)
            if data[0] & 1:
                self._command_bytes += len(data)
        if self._command_bytes > _MOST_COMMAND:
            raise ValueError("a command is longer than any")
        if self._message_bytes > self._bounds.most_message_bytes:
            raise ValueError("a dataset is longer than it may be")

    def refused(self, why: str) -> None:
        """Count what was wrong."""
        self._bounds.refused(why)

    def discard(self) -> None:
        """Leave no file of what was not received whole."""
        for one in self._open:
            if not one.taken:
                one.discard()
        self._open.clear()


class BoundedStates(StateMachine):
    """The states of an association; one that cannot go on ends, and its thread with it."""

    refused: Callable[[str], None]

    def do_action(self, event: str) -> None:
        """As pynetdicom's, which would let its thread die and keep the connection."""
        try:
            super().do_action(event)
        except Exception:  # any: see receive_primitive
            self.refused("protocol")
            hang_up(self.dul.assoc)


class BoundedAssociation(Association):
    """One sender. However it ends, no thread, connection or file of it is left."""

    def run(self) -> None:
        """The life of the association."""
        provider: Any = self.dimse
        try:
            super().run()
        except Exception:  # any: see receive_primitive
            provider.refused("association")
        finally:
            hang_up(self)
            provider.discard()


def hang_up(assoc: Association) -> None:
    """End an association at once, from any thread.

    Its own ``kill`` waits for the thread that reads, and so for ever where that one calls it.
    """
    bounded = assoc.dul.socket
    assoc._kill = True
    assoc.is_established = False
    assoc.dul.kill_dul()
    if bounded is not None:
        bounded.close()


class BoundedHandler(RequestHandler):
    """Makes associations that keep to the bounds."""

    server: BoundedServer

    def _create_association(self) -> Association:
        made = super()._create_association()
        bounds = self.server.bounds
        bounded: Any = made.dul.socket
        # pynetdicom makes the socket itself and leaves no other door to its reading
        bounded.__class__ = BoundedSocket
        bounded.bounds = bounds
        made.__class__ = BoundedAssociation
        made.dimse = BoundedDimse(made, bounds)
        made.dul.state_machine = states = BoundedStates(made.dul)
        states.refused = bounds.refused
        made.daemon = made.dul.daemon = True
        return made


class BoundedServer(ThreadedAssociationServer):
    """Listens, and closes at once what may not connect or is too many."""

    bounds: Bounds
    daemon_threads = True
    request_queue_size = 64

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether a connection is served at all."""
        if not self.bounds.may_connect(str(client_address[0])):
            self.bounds.refused("address")
            return False
        if len(self.active_associations) >= self.bounds.most_associations + _SPARE:
            self.bounds.refused("connections")
            return False
        request.settimeout(self.bounds.idle_s)
        request.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing on stderr: what came from outside may name a person."""
        del request, client_address
        self.bounds.refused("connection_fault")
