"""Health for those who restart things, metrics for those who draw curves. No page, no account."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.trustedhost import TrustedHostMiddleware

from myotome.service.node import Node

_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
"""What a request must call us: pages of other sites that point a name at us call us by it."""


def make_app(node: Node) -> FastAPI:
    """The application; it has no page of its own API, which would load scripts from elsewhere."""
    app = FastAPI(title="myotome", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Facts(node))

    @app.get("/health")
    def health() -> JSONResponse:
        found = node.health()
        sound = all(state == "ok" for state in found.values())
        told = {"status": "ok" if sound else "failing", "dependencies": found}
        return JSONResponse(told, status_code=200 if sound else 503)

    @app.get("/metrics")
    def metrics() -> Response:
        try:
            return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
        except SQLAlchemyError:
            return Response("the database does not answer", status_code=503)

    return app


class _Facts(Collector):
    """The numbers of the node as they are when they are asked for."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def describe(self) -> list[Metric]:
        """Nothing: else the database would be asked before anybody wants to know."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Jobs by kind and state, studies, images, answers to senders, free disk."""
        node = self._node
        jobs = GaugeMetricFamily("myotome_jobs", "Jobs.", labels=["kind", "state"])
        for (kind, state), count in node.catalogue.queue.counts().items():
            jobs.add_metric([kind, state], count)
        yield jobs
        held = node.catalogue.counts()
        yield GaugeMetricFamily("myotome_images", "Images received.", value=held.pop("images"))
        studies = GaugeMetricFamily("myotome_studies", "Studies received.", labels=["state"])
        for state, count in held.items():
            studies.add_metric([state], count)
        yield studies
        answers = CounterMetricFamily(
            "myotome_answers", "Answers to senders since the start.", labels=["answer"]
        )
        for key, count in sorted(node.receiver.told.copy().items()):
            answers.add_metric([key], count)
        yield answers
        free = node.free_bytes()
        yield GaugeMetricFamily("myotome_disk_free_bytes", "Free disk of the spool.", value=free)
