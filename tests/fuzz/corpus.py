"""What the fuzzer begins with: records as vendors send them, as attackers do, and as nobody means them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from app.embedded.simulator.poison import CATALOGUE, HARMLESS, OVERSIZED_BYTES
from app.settings import AppSettings, KafkaSettings, RedisSettings, RegistrySettings
from app.wiring import Installation
from tests.benchmarks.material import plan
from tests.mapping.judging import HERE, cases

ROOT = Path(__file__).parents[2]
PLANNED = 3_000  # records of the simulator: every shape, every kind of dirt

MAILS = (
    b"From: Eva <eva@example.org>\r\nSubject: Inquiry\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
    b"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\n\r\nName: Eva Mueller\r\nE-Mail: eva@example.org\r\nTelefon: 030 1234567\r\n",
    b"From: form@example.com\nReply-To: jo@example.org\nMIME-Version: 1.0\nMessage-ID: <2@x>\n"
    b'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
    b"Email: jo@example.org\nPhone: +44 20 8366 1177\n--b\nContent-Type: text/html\n"
    b"Content-Transfer-Encoding: base64\n\nPGI+RW1haWw6PC9iPiBhQGIuZGU=\n"
    b"--b--\n",
    b"Received: from x\nFrom: =?utf-8?B?RXZh?= <e@example.org>\nSubject: =?iso-8859-1?Q?Anfrage_M=FCnchen?=\n\n"
    b"Guten Tag, bitte rufen Sie mich an: 0151 2345678.\n--\nEva\n",
)
MARKUP = (
    b"<?xml version='1.0' encoding='UTF-8'?><adf><prospect><customer><contact><name part='first'>Jo</name>"
    b"<email>jo@example.org</email><phone type='voice'>+1 202 555 0143</phone></contact></customer></prospect></adf>",
    b"<html><body><table><tr><td>Name:</td><td>Eva</td></tr><tr><td>E-Mail:</td><td>eva@example.org</td></tr></table></body></html>",
)
TEXTS = (
    b"name,email,phone\nEva,eva@example.org,030123456\n",
    b"Vorname: Eva\nNachname: Mueller\nE-Mail: eva@example.org\nNachricht: Bitte um Angebot.\nZweite Zeile\n",
    b"first_name=Jo&last_name=Miller&email=jo%40example.org&message=Hello%21",
    b'[{"name":"email","value":"jo@example.org"},{"name":"phone","value":"+49 30 123456"}]',
    "■ 会社名\nテスト\n■ メール\na@example.jp\n■ 電話\n03-1234-5678\n".encode(),
    b'"{\\"email\\":\\"jo@example.org\\"}"',
)


@dataclass(frozen=True, slots=True)
class Seed:
    """A record to begin with, and whose it is; no source: of a topic that nobody declared."""

    source: str | None
    value: bytes


@cache
def seeds() -> tuple[Seed, ...]:
    """All of them, in a fixed order."""
    installation = nowhere()
    encode = installation.codec.encode
    found = [Seed(one.source, one.value) for one in plan(installation, PLANNED) if one.value and len(one.value) < 100_000]
    for name, source in installation.inventory.sources.items():
        for item in CATALOGUE[source.format] if source.format != "auto" else ():
            value = item.make(1, encode)
            if value and len(value) < OVERSIZED_BYTES:
                found.append(Seed(name, value))
        if source.format == "json":
            found += [Seed(name, value) for _, value in HARMLESS]
    found += [Seed(None, value) for value in (*MAILS, *MARKUP, *TEXTS)]
    found += [Seed(None, case.value) for case in cases(HERE / "corpus")]
    poison = [path for kind in ("json", "form", "csv") for path in sorted((ROOT / "tests/poison" / kind).iterdir())]
    found += [Seed(None, path.read_bytes()) for path in poison if path.name != ".gitattributes"]
    return tuple(found)


@cache
def nowhere() -> Installation:
    """The repository's configuration, without broker and Redis."""
    pepper = SecretStr(sha256(b"fuzzing").hexdigest())
    return Installation(AppSettings(pepper=pepper), KafkaSettings(), RedisSettings(), RegistrySettings())
