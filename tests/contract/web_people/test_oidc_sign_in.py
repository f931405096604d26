"""Sign-in by an identity provider: the right way in, and every wrong one."""

from __future__ import annotations

import pytest
from tests.contract.web_people.oidc_desk import sent_back, signed_in_by
from tests.flow.web_people.people_desk import Desk

from provodka.connectors.crm_store import people
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.rules import ByProvider, SignInRules
from provodka.sandbox.identity import IdentityProvider


def use(made: Desk, **changed: object) -> None:
    """Other rules for people of the provider."""
    rules: SignInRules = made.app.state.sign_in
    assert rules.by_provider
    kept = {
        "provider": rules.by_provider.provider,
        "title": rules.by_provider.title,
        "roles": rules.by_provider.roles,
        "creates": rules.by_provider.creates,
    }
    by = ByProvider(**{**kept, **changed})  # type: ignore[arg-type]
    made.app.state.sign_in = SignInRules(by_provider=by, clock=rules.clock)


def test_whom_the_provider_vouches_for_comes_in_with_the_roles_of_the_group(
    oidc_desk: Desk,
) -> None:
    browser = oidc_desk.browser()
    answer = signed_in_by(browser, "anna", "/oidc/start?next=%2Fcalls")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls")
    assert browser.get("/page").json() | {"csrf": ""} == {
        "name": "Анна Ветрова",
        "csrf": "",
        "roles": ["head"],
        "departments": [],
    }
    assert oidc_desk.audited()[-1].detail["way"] == "oidc"


def test_the_second_time_it_is_the_same_person_with_the_roles_of_today(oidc_desk: Desk) -> None:
    signed_in_by(oidc_desk.browser(), "anna")
    use(oidc_desk, roles={"hub-heads": frozenset({Role.ANALYST})})
    browser = oidc_desk.browser()
    signed_in_by(browser, "anna")
    assert browser.get("/page").json()["roles"] == ["analyst"]
    assert len(oidc_desk.rows("SELECT FROM hub.person")) == 1


@pytest.mark.parametrize(
    ("mischief", "reason"),
    [
        ("signature", "bad_signature"),
        ("changed", "bad_signature"),
        ("none", "unsupported_algorithm"),
        ("shared secret", "unsupported_algorithm"),
        ("nonce", "wrong_nonce"),
        ("no nonce", "missing_claim_nonce"),
        ("audience", "invalid_claim_aud"),
        ("audiences", "wrong_party"),
        ("party", "wrong_party"),
        ("token issuer", "invalid_claim_iss"),
        ("expired", "expired_token_exp"),
        ("stale", "stale_token"),
        ("future", "invalid_claim_nbf"),
        ("no subject", "missing_claim_sub"),
    ],
)
def test_a_token_that_is_wrong_in_one_thing_lets_nobody_in(
    oidc_desk: Desk, identity: IdentityProvider, mischief: str, reason: str
) -> None:
    identity.mischief = mischief
    browser = oidc_desk.browser()
    answer = signed_in_by(browser, "anna")
    assert answer.status_code == 403
    assert browser.get("/page").status_code == 401
    assert oidc_desk.rows("SELECT FROM hub.person") == []
    assert oidc_desk.audited()[-1].detail["reason"] == reason


def test_a_way_back_that_was_used_lets_nobody_in_again(
    oidc_desk: Desk, identity: IdentityProvider
) -> None:
    browser = oidc_desk.browser()
    browser.get("/oidc/start")
    back = sent_back(browser, "anna")
    word = browser.cookies["__Host-provodka_provider"]
    assert browser.get(back).status_code == 303
    thief = oidc_desk.browser()
    assert thief.get(back).status_code == 403
    thief.cookies.set("__Host-provodka_provider", word, "hub.example", "/")
    assert thief.get(back).status_code == 403
    assert identity.asked.count("/token") == 2
    assert thief.get("/page").status_code == 401


def test_a_code_of_somebody_else_cannot_be_put_into_a_browser(oidc_desk: Desk) -> None:
    attacker, victim = oidc_desk.browser(), oidc_desk.browser()
    foreign = sent_back(attacker, "anna")
    own = sent_back(victim, "boris")
    mixed = own.replace(
        own.split("code=")[1].split("&")[0], foreign.split("code=")[1].split("&")[0]
    )
    assert victim.get(foreign).status_code == 403
    assert oidc_desk.audited()[-1].detail["reason"] == "state"
    victim.get("/oidc/start")
    assert victim.get(mixed).status_code == 403
    assert victim.get("/page").status_code == 401


def test_a_code_of_another_sign_in_with_the_own_state_is_refused_by_its_challenge(
    oidc_desk: Desk,
) -> None:
    attacker, victim = oidc_desk.browser(), oidc_desk.browser()
    foreign = sent_back(attacker, "anna").split("code=")[1].split("&")[0]
    own = sent_back(victim, "boris")
    answer = victim.get(own.replace(own.split("code=")[1].split("&")[0], foreign))
    assert answer.status_code == 403
    assert oidc_desk.audited()[-1].detail["reason"] == "invalid_grant"


@pytest.mark.parametrize("back", ["/oidc/return", "/oidc/return?error=access_denied&state=x"])
def test_whoever_comes_back_without_having_been_sent_is_nobody(oidc_desk: Desk, back: str) -> None:
    assert oidc_desk.browser().get(back).status_code == 403


def test_an_office_behind_one_address_is_not_kept_out_by_its_own_right_sign_ins(
    oidc_desk: Desk,
) -> None:
    oidc_desk.limit(address=2)
    for _time in range(4):
        assert signed_in_by(oidc_desk.browser(), "anna").status_code == 303
    assert [oidc_desk.browser().get("/oidc/return").status_code for _time in range(3)] == [
        403,
        403,
        429,
    ]


def test_who_has_no_known_group_stays_outside(oidc_desk: Desk) -> None:
    answer = signed_in_by(oidc_desk.browser(), "vera")
    assert answer.status_code == 403
    assert "Вас здесь не ждут" in answer.text


def test_an_unknown_person_is_refused_unless_people_are_created(oidc_desk: Desk) -> None:
    use(oidc_desk, creates=False)
    assert signed_in_by(oidc_desk.browser(), "anna").status_code == 403
    oidc_desk.person("anna", password="")
    browser = oidc_desk.browser()
    assert signed_in_by(browser, "anna").status_code == 303
    [(login, subject)] = oidc_desk.rows("SELECT login, subject FROM hub.person")
    assert (login, subject) == ("anna", "subject-of-anna")


def test_nobody_is_handed_a_person_with_a_password_by_calling_themselves_so(
    oidc_desk: Desk,
) -> None:
    oidc_desk.person("anna", roles=("engineer",))
    assert signed_in_by(oidc_desk.browser(), "anna").status_code == 403
    assert oidc_desk.rows("SELECT FROM hub.person WHERE subject IS NOT NULL") == []


def test_somebody_disabled_here_does_not_come_in_by_the_provider(oidc_desk: Desk) -> None:
    signed_in_by(oidc_desk.browser(), "anna")
    [(anna,)] = oidc_desk.rows("SELECT id FROM hub.person")
    with oidc_desk.store.begin() as connection:
        people.change(connection, anna, active=False)
    assert signed_in_by(oidc_desk.browser(), "anna").status_code == 403


def test_a_way_on_that_leads_elsewhere_is_not_followed(oidc_desk: Desk) -> None:
    start = "/oidc/start?next=https%3A%2F%2Fevil.example"
    assert signed_in_by(oidc_desk.browser(), "anna", start).headers["location"] == "/"


def test_a_provider_that_changes_its_key_is_believed_with_the_new_one(
    oidc_desk: Desk, identity: IdentityProvider
) -> None:
    signed_in_by(oidc_desk.browser(), "anna")
    identity.change_key()
    assert signed_in_by(oidc_desk.browser(), "anna").status_code == 303
    assert identity.asked.count("/keys") == 2


def test_a_provider_that_says_it_is_another_is_not_gone_to(
    oidc_desk: Desk, identity: IdentityProvider
) -> None:
    identity.mischief = "issuer"
    assert oidc_desk.browser().get("/oidc/start").status_code == 503


def test_a_provider_that_is_away_is_told_and_passwords_still_work(oidc_desk: Desk) -> None:
    from tests.flow.web_people.people_desk import sign_in

    from provodka.connectors.oidc.provider import OidcProvider, OidcSettings

    use(oidc_desk, provider=OidcProvider(OidcSettings("http://127.0.0.1:9", "x", "x")))
    assert oidc_desk.browser().get("/oidc/start").status_code == 503
    oidc_desk.person("boris")
    assert sign_in(oidc_desk.browser(), "boris").status_code == 303


def test_the_secret_of_a_sign_in_that_has_begun_is_kept_nowhere_here(oidc_desk: Desk) -> None:
    browser = oidc_desk.browser()
    there = browser.get("/oidc/start").headers["location"]
    assert "code_challenge_method=S256" in there
    word = browser.cookies["__Host-provodka_provider"].rstrip("/")
    assert word not in there
    assert oidc_desk.rows("SELECT FROM hub.session") == []
