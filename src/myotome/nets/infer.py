"""Running a network on a plain CPU: OpenVINO if it is installed, else ONNX Runtime.

The reasons are in ``docs/why.md``. In single precision both give the same masks; in bf16 up to
four voxels in a thousand differ (``make bench``).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from myotome.errors import BackendError
from myotome.nets.model import Model

Float32 = NDArray[np.float32]


class _Session(Protocol):
    words: str

    def __call__(self, batch: Float32) -> Float32: ...


class Engine:
    """A callable network: float32 ``(n, c, ...)`` to float32 logits ``(n, classes, ...)``.

    ``kind`` is "openvino", "onnxruntime" or "auto" (OpenVINO if importable). ``precision`` is
    "fp32", "bf16" or "auto" (bf16 where the CPU computes in it natively and the engine can).
    Refuses an engine that is not installed.
    """

    def __init__(
        self, model: Model, *, threads: int = 2, kind: str = "auto", precision: str = "auto"
    ) -> None:
        self.model = model
        if kind == "auto":
            kind = "openvino" if importlib.util.find_spec("openvino") else "onnxruntime"
        if kind not in _SESSIONS:
            raise BackendError(f'there is no engine "{kind}".', mend=f"Use {sorted(_SESSIONS)}.")
        if importlib.util.find_spec(kind) is None:
            raise BackendError(f"the engine {kind} is not installed.", mend=f"pip install {kind}")
        if precision == "auto":
            precision = "bf16" if cpu_has_bf16() else "fp32"
        self._session: _Session = _SESSIONS[kind](model, threads, precision)

    @property
    def description(self) -> str:
        """Engine, version and precision, for provenance."""
        return self._session.words

    def __call__(self, batch: Float32) -> Float32:
        """Logits of one batch."""
        return self._session(np.ascontiguousarray(batch, dtype=np.float32))


class _OnnxRuntime:
    def __init__(self, model: Model, threads: int, precision: str) -> None:
        del precision  # ONNX Runtime's CPU kernels compute in fp32
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            model.onnx, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.words = f"ONNX Runtime {onnxruntime.__version__} fp32"

    def __call__(self, batch: Float32) -> Float32:
        return np.asarray(self._session.run(None, {self._input: batch})[0], dtype=np.float32)


class _OpenVino:
    def __init__(self, model: Model, threads: int, precision: str) -> None:
        import openvino

        core = openvino.Core()
        settings: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
            "PERFORMANCE_HINT": "LATENCY",
        }
        self._compiled = core.compile_model(core.read_model(model.onnx), "CPU", settings)
        self._request = self._compiled.create_infer_request()
        version = openvino.__version__.split("-")[0]
        self.words = f"OpenVINO {version} {precision}"

    def __call__(self, batch: Float32) -> Float32:
        self._request.infer([batch])
        return np.array(self._request.get_output_tensor(0).data, dtype=np.float32)


_SESSIONS: dict[str, Callable[[Model, int, str], _Session]] = {
    "onnxruntime": _OnnxRuntime,
    "openvino": _OpenVino,
}


def cpu_has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """True if the CPU multiplies bf16 natively (AVX-512 BF16 or AMX), as Linux reports it."""
    try:
        flags = cpuinfo.read_text(encoding="ascii", errors="ignore")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
