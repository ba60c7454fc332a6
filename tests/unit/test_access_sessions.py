"""Sessions of people: they begin with a password, cannot be made, kept or taken by others, and end."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.access.credentials import SALT_BYTES, password_hash
from app.access.sessions import Session, opened, sealed
from app.edges.web.door import COOKIE, HOST_COOKIE, Door
from app.edges.web.logins import Logins
from app.edges.web.standing import FallingBack, MemoryStanding
from app.errors import EdgeDown
from app.settings import ApiSettings
from tests.harness.doors import HASHED, KEYS, NOON, PASSWORD, PEOPLE, House

LEAD: Final = "ld_" + "0" * 20
MINUTE: Final = 60_000


def alive(client: TestClient) -> bool:
    status = client.get("/v1/session").status_code
    assert status in (200, 401)
    return status == 200


def changed(house: House, name: str, **told: Any) -> None:
    house.people = house.people.changed(house.people.by_id[name].model_copy(update=told))


def with_cookie(house: House, value: str, name: str = COOKIE) -> TestClient:
    return house.asks(Cookie=f"{name}={value}")


def test_the_cookie_is_for_the_server_alone() -> None:
    """HttpOnly, SameSite=Strict, for all paths; without Secure on this machine's http, and with it and __Host- anywhere else."""
    house = House()
    told = {"id": "reviewer-1", "password": PASSWORD}
    here = house.asks().post("/v1/session", json=told).headers["set-cookie"]
    assert here.startswith(f"{COOKIE}=")
    there = house.asks(url="http://review.example").post("/v1/session", json=told).headers["set-cookie"]
    assert there.startswith(f"{HOST_COOKIE}=")
    for cookie in (here, there):
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert ("Secure" in here, "Secure" in there) == (False, True)


def test_a_session_knows_who_and_what_they_may() -> None:
    """As the access file says at this moment: another role holds at the next request."""
    house = House()
    browser = house.logged_in("reviewer-1")
    assert browser.get("/v1/session").json()["how"] == "session"
    assert browser.get(f"/v1/reviews/{LEAD}").status_code == 503  # let in; the queue is not read yet
    changed(house, "reviewer-1", role="viewer")
    assert browser.get(f"/v1/reviews/{LEAD}").status_code == 403


def test_a_session_ends_when_nobody_uses_it_and_in_the_end() -> None:
    """Half an hour unused; and twelve hours after it began, however much it is used."""
    house = House()
    idle, busy = house.logged_in(), house.logged_in()
    for _ in range(2):
        house.now_ms += 29 * MINUTE
        assert alive(busy)
    assert not alive(idle)
    while house.now_ms < NOON + 12 * 60 * MINUTE - 29 * MINUTE:
        house.now_ms += 29 * MINUTE
        assert alive(busy)
    house.now_ms = NOON + 12 * 60 * MINUTE
    assert not alive(busy)


def test_logging_out_ends_it_for_whoever_kept_the_cookie() -> None:
    """Replayed, it is worth nothing; other sessions of the same person go on."""
    house = House()
    one, other = house.logged_in(), house.logged_in()
    stolen = with_cookie(house, one.cookies[COOKIE])
    assert alive(stolen)
    assert one.delete("/v1/session").status_code == 204
    assert COOKIE not in one.cookies
    assert not alive(stolen)
    assert alive(other)


def test_a_session_is_new_at_each_log_in() -> None:
    """Who planted a cookie has nothing of what the victim gets, and the planted session ends."""
    house = House()
    attacker = house.logged_in("viewer-1")
    planted = attacker.cookies[COOKIE]
    victim = house.asks()
    victim.cookies.set(COOKIE, planted)
    answer = victim.post("/v1/session", json={"id": "reviewer-1", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.cookies[COOKIE] != planted
    assert not alive(attacker)


def test_a_cookie_cannot_be_made_or_changed() -> None:
    """Any other character in it, another key, another form of the same bytes: refused."""
    house = House()
    good = house.logged_in().cookies[COOKIE]
    body, _, mac = good.partition(".")
    session = Session("sid", "operator-1", NOON, "")
    rest = [f"{body}.", f".{mac}", body, f"{good}=", f"{good}A", "A.A", "="]
    forged = [sealed(session, b"another key"), sealed(session, KEYS.forms), *rest]
    forged += [good[:n] + ("B" if good[n] != "B" else "C") + good[n + 1 :] for n in range(len(good))]
    for number, cookie in enumerate(forged):
        house.now_ms = NOON + number * 2_000
        assert not alive(with_cookie(house, cookie)), cookie
    assert alive(with_cookie(house, good))
    assert [opened(text, KEYS.sessions, NOON, NOON) for text in ("\xc3\xa9", "\xe9.\xe9", "." * 600)] == [None] * 3


def test_a_cookie_from_the_future_is_none() -> None:
    """A clock that was set back gives nobody a session that ends later."""
    house = House()
    browser = house.logged_in()
    house.now_ms -= MINUTE
    assert not alive(browser)


@pytest.mark.parametrize("told", [{"password": None}, {"password": HASHED.replace("$c3", "$d3")}, {"disabled": True}])
def test_another_password_or_none_or_a_disabled_person_ends_their_sessions(told: dict[str, Any]) -> None:
    """At the next request."""
    house = House()
    browser = house.logged_in()
    changed(house, "reviewer-1", **told)
    assert not alive(browser)


def test_a_write_by_cookie_needs_the_token_of_its_own_session() -> None:
    """None, another session's, an empty one: refused. To read needs none."""
    house = House()
    browser, other = house.logged_in(), house.logged_in()
    path = f"/v1/reviews/{LEAD}/claim"
    good = browser.headers.pop("Leadstream-Form-Token")
    for wrong in (None, "", "x", good[:-1], other.headers["Leadstream-Form-Token"]):
        headers = {} if wrong is None else {"Leadstream-Form-Token": wrong}
        answer = browser.post(path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/cross-site")
        assert browser.delete("/v1/session", headers=headers).status_code == 403
    assert browser.post(path, headers={"Leadstream-Form-Token": good}).status_code == 503
    assert browser.get("/v1/reviews").status_code == 503


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://review.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"}, False),
        ({"Origin": "http://localhost:3000"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://review.example:9999"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://[broken"}, False),
        ({"Origin": "https://review.example.evil.example"}, False),
    ],
)
def test_another_sites_page_can_neither_write_nor_log_somebody_in(headers: dict[str, str], ours: bool) -> None:
    """By Sec-Fetch-Site, which pages cannot set, and by Origin; even with a form token that leaked."""
    house = House()
    browser = house.logged_in()
    assert browser.post(f"/v1/reviews/{LEAD}/claim", headers=headers).status_code == (503 if ours else 403)
    log_in = house.asks().post("/v1/session", json={"id": "x", "password": "x"}, headers=headers)
    assert log_in.status_code == (401 if ours else 403)


def test_wrong_passwords_cost_ever_longer_and_right_ones_wait_too() -> None:
    """After three at one address: a second, two, four, …; from elsewhere the owner still comes in."""
    house = House()
    tried = []
    for _ in range(6):
        answer = house.asks().post("/v1/session", json={"id": "reviewer-1", "password": "wrong"})
        while answer.status_code == 429:
            tried.append(int(answer.headers["retry-after"]))
            held_up = house.asks().post("/v1/session", json={"id": "reviewer-1", "password": PASSWORD})
            assert held_up.status_code == 429
            house.now_ms += 1_000 * tried[-1]
            answer = house.asks().post("/v1/session", json={"id": "reviewer-1", "password": "wrong"})
        assert answer.status_code == 401
    assert tried == [1, 2]
    house.now_ms += 4_000
    assert house.logged_in().get("/v1/session").status_code == 200
    elsewhere = TestClient(house.application, base_url="http://localhost", client=("192.0.2.7", 1))
    assert elsewhere.post("/v1/session", json={"id": "reviewer-1", "password": PASSWORD}).status_code == 200


def test_whoever_guesses_does_not_learn_which_ids_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer, and as much work: unknown, without a password, disabled, wrong. The log has no id that nobody has."""
    house = House()
    changed(house, "viewer-1", password=None)
    changed(house, "reviewer-1", password=password_hash(PASSWORD, b"s" * SALT_BYTES))
    changed(house, "gone-1", password=password_hash(PASSWORD, b"s" * SALT_BYTES))
    work: list[str] = []
    scrypt = hashlib.scrypt

    def counted(*args: Any, **told: Any) -> bytes:
        work.append(f"{told['n']} {told['r']} {told['p']}")
        return bytes(scrypt(*args, **told))

    monkeypatch.setattr("hashlib.scrypt", counted)
    answers = []
    with capture_logs() as logged:
        for name, password in (
            ("jo@example.com", PASSWORD),
            ("viewer-1", PASSWORD),
            ("gone-1", PASSWORD),
            ("reviewer-1", "wrong"),
        ):
            answer = house.asks().post("/v1/session", json={"id": name, "password": password})
            answers.append((answer.status_code, answer.text, "set-cookie" in answer.headers))
    assert len(set(answers)) == 1
    assert answers[0][0] == 401
    assert len(work) == 4
    assert len(set(work)) == 1
    failed = [one for one in logged if one["event"] == "login_failed"]
    assert [one["principal"] for one in failed] == [None, "viewer-1", "gone-1", "reviewer-1"]
    assert PASSWORD not in str(logged)


def test_few_passwords_are_tried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs 32 MB: who comes while all places are taken is asked to come again."""
    monkeypatch.setattr(Logins, "WAIT_S", 0.01)
    monkeypatch.setattr(Logins, "AT_ONCE", 1)
    one = Logins(Door(KEYS, lambda: PEOPLE))
    assert one._slots.acquire()
    with pytest.raises(TimeoutError):
        one.log_in("reviewer-1", PASSWORD, "::1")
    one._slots.release()
    assert one.log_in("reviewer-1", PASSWORD, "::1") is not None


class Away:
    """A shared list that can be taken away."""

    def __init__(self, list_: MemoryStanding) -> None:
        self.list, self.away = list_, False

    def begin(self, known: str, idle_ms: int) -> None:
        self._or_down()
        self.list.begin(known, idle_ms)

    def touch(self, known: str, idle_ms: int) -> bool:
        self._or_down()
        return self.list.touch(known, idle_ms)

    def end(self, known: str) -> None:
        self._or_down()
        self.list.end(known)

    def _or_down(self) -> None:
        if self.away:
            raise EdgeDown("Redis does not answer")


def test_without_redis_people_go_on_and_who_logged_out_stays_out() -> None:
    """A process knows the sessions that it has seen; logging out says that it holds here alone, and holds here for good."""
    house = House()
    shared = Away(MemoryStanding(lambda: house.now_ms))
    first = House(standing=FallingBack(shared, lambda: house.now_ms))
    second = House(standing=FallingBack(shared, lambda: house.now_ms))
    browser, leaving = first.logged_in(), first.logged_in()
    assert alive(with_cookie(second, leaving.cookies[COOKIE]))
    shared.away = True
    assert alive(browser)
    assert not alive(with_cookie(second, browser.cookies[COOKIE]))  # never seen there: log in
    cookie = leaving.cookies[COOKIE]
    answer = leaving.delete("/v1/session")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/redis-away")
    assert not alive(with_cookie(first, cookie))
    shared.away = False
    assert not alive(with_cookie(first, cookie))
    assert alive(browser)


def test_a_proxy_that_proves_itself_says_who_asks() -> None:
    """With its secret alone; an id that nobody has, two of them, or none are refused. Writes need the form token there, too."""
    settings = ApiSettings.model_validate({"proxy_header": "X-Forwarded-User", "proxy_secret": "a long random secret"})
    house = House(settings)

    def ask(secret: str, *users: str, method: str = "GET", path: str = "/v1/session", **more: str) -> Any:
        headers = [("Leadstream-Proxy-Secret", secret), *(("X-Forwarded-User", user) for user in users), *more.items()]
        return house.asks().request(method, path, headers=headers)

    good = ask("a long random secret", "reviewer-1").json()
    assert (good["id"], good["how"]) == ("reviewer-1", "proxy")
    right = "a long random secret"
    for secret, users in (("wrong", ["operator-1"]), ("", ["operator-1"]), (right, []), (right, ["x"])):
        assert ask(secret, *users).status_code == 401
    assert ask("a long random secret", "operator-1", "reviewer-1").status_code == 401
    assert house.asks(X_Forwarded_User="operator-1").get("/v1/session").status_code == 401
    path = f"/v1/reviews/{LEAD}/claim"
    assert ask("a long random secret", "reviewer-1", method="POST", path=path).status_code == 403
    written = {"Leadstream-Form-Token": good["form_token"]}
    assert ask("a long random secret", "reviewer-1", method="POST", path=path, **written).status_code == 503
    assert ask("a long random secret", "operator-1", method="POST", path=path, **written).status_code == 403
