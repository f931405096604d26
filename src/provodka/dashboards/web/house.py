"""The house behind the door: the store, the pages, and how people are let in."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import FastAPI
from sqlalchemy import Engine

from provodka.dashboards.web.pages import serving
from provodka.dashboards.web.pages.backdrop import Backdrop
from provodka.dashboards.web.pages.catalog import all_pages
from provodka.dashboards.web.people import gate
from provodka.dashboards.web.people.rules import SignInRules

__all__ = ["House", "open_rooms"]


@dataclass(frozen=True, slots=True)
class House:
    """What pages need: the store, the company's plain values, the rules of sign-in."""

    store: Engine
    backdrop: Backdrop = field(default_factory=Backdrop)
    sign_in: SignInRules = field(default_factory=SignInRules)


def open_rooms(app: FastAPI, house: House) -> None:
    """Give an application the pages and the sign-in."""
    app.state.store = house.store
    app.state.sign_in = house.sign_in
    app.router.routes.extend(gate.routes())
    app.router.routes.extend(serving.routes(all_pages(), house.backdrop))
