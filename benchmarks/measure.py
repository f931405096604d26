"""What a benchmark is, what it returns, and the one line that it prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.lab import Lab


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure in the benchmark's unit, whether it meets the bar, and what lies behind it."""

    value: float
    ok: bool
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named measurement and its bar, as people read it (`≥ 4`, `< 400`)."""

    name: str
    unit: str
    bar: str
    run: Callable[[Lab], Measured]


@dataclass(frozen=True, slots=True)
class Result:
    """A benchmark that has been run."""

    name: str
    value: float | None
    unit: str
    bar: str
    ok: bool
    detail: dict[str, Any]

    @classmethod
    def of(cls, benchmark: Benchmark, measured: Measured) -> Result:
        """The result of a run that came to an end."""
        figure = float(f"{measured.value:.4g}")
        return cls(
            benchmark.name, figure, benchmark.unit, benchmark.bar, measured.ok, measured.detail
        )

    @classmethod
    def failed(cls, benchmark: Benchmark, error: Exception) -> Result:
        """The result of a run that broke: short, with the reason."""
        said = str(error).strip().splitlines() or [""]
        reason = {"error": f"{type(error).__name__}: {said[-1]}"}
        return cls(benchmark.name, None, benchmark.unit, benchmark.bar, ok=False, detail=reason)

    def line(self) -> str:
        """`name: value unit (bar: …) ok|short`."""
        value = "—" if self.value is None else f"{self.value:g}"
        verdict = "ok" if self.ok else "short"
        return f"{self.name}: {value} {self.unit} (bar: {self.bar}) {verdict}"

    def as_json(self) -> dict[str, Any]:
        """The result as `benchmarks/latest.json` keeps it."""
        return asdict(self)
