"""The flow tests meet the same neighbours as the end-to-end ones."""

from __future__ import annotations

from tests.e2e.conftest import company, environment, furnished, hub, patience, sandbox, sandboxes

__all__ = ["company", "environment", "furnished", "hub", "patience", "sandbox", "sandboxes"]
