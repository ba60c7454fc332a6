"""Mails as records: with headers and parts, as HTML, as XML."""

from __future__ import annotations

from contextlib import suppress

import pytest

from app.errors import BadRecord
from app.pipeline.intake.mail import is_mail, mail, marked_up
from app.pipeline.intake.xml import xml

FORM = b"""Return-Path: <wordpress@shop.example.org>
From: Shop <wordpress@shop.example.org>
Reply-To: "Eva Muster" <eva@example.org>
Subject: =?utf-8?q?Neue_Anfrage_f=C3=BCr_Sie?=
Date: Fri, 20 Nov 2026 07:55:12 +0100
Message-ID: <abc@shop.example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Firma: M=C3=BCller GmbH
Nachricht:
Guten Tag,

wir brauchen: 3 St=C3=BChle
und 2 Tische.

Diese E-Mail wurde von https://shop.example.org gesendet
--b1
Content-Type: text/html; charset=utf-8

<p><b>Firma</b><br>M</p>
--b1--
"""
LETTER = b"""From: Eva Muster <eva@example.org>
To: info@shop.example.org
Date: Fri, 20 Nov 2026 07:55:12 +0100
Message-ID: <abc@shop.example.org>

Guten Tag,

was kostet ein Tisch?

--
Eva Muster

Am 19. November 2026 um 10:00 schrieb Shop:
> Angebot
"""


def test_a_forms_notification() -> None:
    """Its lines are the answers, its footer none; who is to be answered is the lead where the answers have no address."""
    payload = mail(FORM)
    assert payload["Firma"] == "Müller GmbH"
    assert payload["Nachricht"] == "Guten Tag,\n\nwir brauchen: 3 Stühle\nund 2 Tische."
    assert payload["email"] == "eva@example.org"
    assert payload["mail"]["created_at"] == "2026-11-20T07:55:12+01:00"
    assert payload["mail"]["subject line"] == "Neue Anfrage für Sie"


def test_a_letter() -> None:
    """Any other mail is its sender's message, without signature and quotation."""
    payload = mail(LETTER)
    assert (payload["name"], payload["email"]) == ("Eva Muster", "eva@example.org")
    assert payload["message"] == "Guten Tag,\n\nwas kostet ein Tisch?"


def test_the_machine_that_forwards_is_nobody() -> None:
    """The address of a website's mailer is not taken for the visitor's."""
    assert "email" not in mail(FORM.replace(b'Reply-To: "Eva Muster" <eva@example.org>\n', b""))


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (FORM, True),
        (LETTER.replace(b"\n", b"\r\n"), True),
        (b"From: Ann <ann@example.com>\nSubject: Hello\n\nMessage Body:\nHi", False),
        (b"Name: Jo\nE-Mail: jo@example.org", False),
        (b'{"Message-ID: ": 1}', False),
    ],
)
def test_what_a_mail_is(value: bytes, is_one: bool) -> None:
    """Headers up to the first blank line, and one among them that only mails have."""
    assert is_mail(value) is is_one


@pytest.mark.parametrize(
    "value",
    [
        b"Message-ID: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n--b\n" + b"--b\n\n" * 1000,
        b'Message-ID: x\nFrom: "@"@@\nDate: yesterday\nContent-Type: text/plain; charset=none\n\n\xff\xfe',
        b"Message-ID: x\nContent-Type: text/plain; charset*=\xff''\n\nhello",
        b"Message-ID: x\nSubject: =?utf-8?q?=FF?=\nFrom: =?x?b?####?=\nReply-To: <>\n\nName: Jo",
        b"Message-ID: x\nContent-Type: message/rfc822\n\n" + b"Content-Type: message/rfc822\n\n" * 300,
    ],
)
def test_mails_made_to_break_the_parser(value: bytes) -> None:
    """A payload or a typed refusal, whatever headers and parts say."""
    with suppress(BadRecord):
        assert isinstance(mail(value), dict)


@pytest.mark.parametrize(
    ("document", "payload"),
    [
        (
            "<table><tr><td><strong>Name</strong></td></tr><tr><td>&nbsp;</td><td>Eva</td></tr>"
            "<tr><td><strong>Email</strong></td></tr><tr><td>&nbsp;</td><td><a href='mailto:e@x.org'>e@x.org</a></td></tr>"
            "</table>",
            {"Name": "Eva", "Email": "e@x.org"},
        ),
        ("<p><b>Name:</b> Eva</p><p><b>Nachricht:</b> Hallo,<br>wir brauchen:<br>Stühle: 40</p>",
         {"Name": "Eva", "Nachricht": "Hallo,\nwir brauchen:\nStühle: 40"}),
        ("<lead><email>jo@example.org</email><phone type='mobile'>1</phone><tag>a</tag><tag>b</tag></lead>",
         {"email": "jo@example.org", "phone": {"type": "mobile", "value": "1"}, "tag": ["a", "b"]}),
    ],
)  # fmt: skip
def test_marked_up(document: str, payload: dict[str, object]) -> None:
    """HTML by its rows and bold labels, XML by its elements."""
    assert marked_up(document) == payload


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<a><b></a>", "unknown_format"),
        ('<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>', "unknown_format"),
        ("<a>" * 80 + "</a>" * 80, "too_deep"),
        ("<a>" + "<b/>" * 50_000 + "</a>", "oversized"),
    ],
)
def test_xml_that_is_refused(document: str, reason: str) -> None:
    """What is not well-formed, brings entities, or is made to be large."""
    with pytest.raises(BadRecord) as caught:
        xml(document)
    assert caught.value.reason == reason
