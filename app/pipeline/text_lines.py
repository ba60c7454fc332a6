"""Lines of label and value, as mails of web forms and exports have them: which line begins a value, goes on with it, or ends it.

A label is told by its form; inside a message, where people write colons too, only one that names something we know ends the
message. What stands below a signature's `--`, or begins as footers do, is nobody's answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from app.pipeline.ladder.phrase import read
from app.pipeline.ladder.surroundings import is_of_others

Said = Callable[[str], tuple[str, str] | None]  # a line → its label and value; None: it has none

_HEADING: Final = 60  # characters
_SHORT: Final = 5  # words of a label that nobody knows, within a message
_KNOWN: Final = 0.60  # a reading that sure makes a label
_TEXTS: Final = frozenset(("message", "interest"))  # fields whose answers have several lines
_BELOW: Final = frozenset(  # what a form's own footer tells of the submission, and of nobody
    ("occurred_at", "page_url", "referrer", "ip", "user_agent", "event_id", "form_id", "utm_source", "utm_medium", "utm_campaign")
)
_RULE: Final = re.compile(r"[\s>]*([-_=*~–—―─━＝－・])\1{2,}[\s\-_=*~–—―─━＝－・]*")
_TEAM: Final = re.compile(  # those who forward it sign, too
    r"^(?:ihr(?:e|en)?|dein|euer|your|the|votre|tu|su)\b.{0,30}(?:team|support|portal|équipe|equip[eoa]|команда|gmbh|"
    r"kundenservice|service client|atención al cliente)\W{0,3}$|"
    r"^(?:l['’]équipe|el equipo|a equip[ea]|команда|il team|het team|zespół|the .{2,30} team$)",
    re.IGNORECASE | re.MULTILINE,
)
_ADVISER: Final = re.compile(  # those who answer it are told with their address
    r"(?:your|ihr(?:e|en)?|dein|euer|votre|su|tu|seu|sua|il (?:tuo|suo)|uw|je|ваш\w?|您的)\b[^\n]{0,120}@", re.IGNORECASE
)
_FOOTER: Final = re.compile(
    r"(?:this|the) (?:e-?mail|message|mail|notification|form) (?:was|has been) |sent (?:from|via|by|with|using) |"
    r"powered by |you (?:are receiving|received) this|you can (?:reply|view|edit)|to (?:view|edit|see) this|"
    r"view (?:this )?(?:entry|submission)|unsubscribe|confidentiality notice|copyright|©|all rights reserved|"
    r"(?:diese|die) (?:e-?mail|nachricht|mail|anfrage) wurde |gesendet (?:von|über|via|mit) |mit (?:\w+ ){0,2}gesendet|"
    r"ce(?:t|tte)? (?:e-?mail|message|courriel) (?:a été|vous a été|est)|envoyé (?:depuis|via|par|de) |"
    r"est[ea] (?:mensaje|correo|e-?mail|mensagem|formulario) (?:fue|ha sido|se ha|foi|se envió)|"
    r"enviado (?:desde|através|por|via|do|de) |"
    r"(?:это|данное) (?:письмо|сообщение) |(?:письмо|сообщение|заявка) (?:был[оа] )?отправлен|отправлено (?:с|из|через) |"
    r"(?:此|本|该)(?:邮件|郵件|信息|訊息|消息)|(?:发送|來|来)自|请尽快(?:回复|联系)|如有(?:疑问|问题)|温馨提示|平台客服|点击(?:查看|回复)",
    re.IGNORECASE,
)
_BRACKETED: Final = re.compile(r"[\s■●・*-]*[【〔［]\s*([^】〕］]{1,40})[】〕］]\s*[:：]?\s*(.*)")
_MARKS: Final = frozenset("■□●○◆◇▼▽▲△★☆・※◎#＃")
_LONGEST, _MOST_WORDS = 60, 8
MOST_PAIRS: Final = 1_000
MOST_ALTERNATING: Final = 120  # lines of a text whose labels and values take turns


class Told(NamedTuple):
    """What lines say.

    Attributes:
        above: What stands before the first label.
        pairs: Label and value, in order; a label without an answer has "".
        below: What belongs to no label.
    """

    above: str
    pairs: list[tuple[str, str]]
    below: str


@lru_cache(maxsize=4_096)
def meaning(label: str) -> str | None:
    """The lead field that a label names; "" for a name that is known to be none; None: nobody knows it."""
    reading = read(label)
    if reading is None or reading.unknown or reading.confidence < _KNOWN:
        return None
    return reading.field or ""


def bracketed(line: str) -> tuple[str, str] | None:
    """Label and value of a line such as 【お名前】山田 太郎; None: it is none."""
    found = _BRACKETED.match(line)
    return None if found is None else (found[1].strip(), found[2].strip())


def told(lines: Iterable[str], said: Said, most: int = MOST_PAIRS) -> Told:
    """Labels with their values, the first `most`; `said` tells what makes a label."""
    reader = _Reader(said, most)
    some = list(lines)
    for n, line in enumerate(some):
        reader.take(line, some[n + 1] if n + 1 < len(some) else "")
    return reader.end()


class _Reader:
    """Where one stands in a text."""

    def __init__(self, said: Said, most: int) -> None:
        self.said, self.most = said, most
        self.pairs: list[tuple[str, list[str]]] = []
        self.above: list[str] = []
        self.below: list[str] = []
        self.signed = False  # below a signature's dashes
        self.closed = True  # the value above is complete
        self.blank = False  # the line before was
        self.section = ""  # whose data the labels are of, where they are not the sender's
        self.inline = False  # the value begins behind its label, not below it

    def take(self, line: str, following: str) -> None:
        """One more line, with the next to look ahead to."""
        text = line.strip()
        if len(self.pairs) >= self.most and self.pairs[-1][1]:
            self.below.append(text)  # no form: nothing of it is looked up
            return
        if not text:
            self.blank = True
            if self.pairs and self.pairs[-1][1] and not self._in_text():
                self.closed = True
            return
        if self.pairs and not self.pairs[-1][1] and not self.closed and _RULE.fullmatch(text):
            return  # a label that is underlined
        if _RULE.fullmatch(text) or text == "--":
            self.signed = self.signed or (text == "--" and bool(self.pairs))
            self.closed = self.blank = True
            return
        pair = self.said(line)
        if pair is None and self.blank and self.pairs and self._heads(text, following):
            self.section = text.strip("#*=-: ") if is_of_others(text) else ""
            self.closed = True
            self.below.append(text)
        elif pair is not None and self._begins(*pair):
            label = f"{self.section} {pair[0]}" if self.section else pair[0]
            self.pairs.append((label, [pair[1]] if pair[1] else []))
            self.closed, self.inline = False, bool(pair[1])
        elif not self.pairs:
            self.above.append(f"\n{text}" if self.blank and self.above else text)
        elif self.closed or self.signed or (self.blank and _FOOTER.match(text)):
            self.closed = True
            self.below.append(text)
        else:
            parts = self.pairs[-1][1]
            parts.append(f"\n{text}" if self.blank and parts else text)
        self.blank = False

    def _heads(self, text: str, following: str) -> bool:
        """Whether a line is the heading of what follows: of labels, or of somebody or something else's data."""
        if len(text) > _HEADING or text[-1] in ".!?,;…。！？，" or len(text.split()) > _SHORT:
            return False
        return self.said(following) is not None or (bool(following.strip()) and is_of_others(text))

    def _in_text(self) -> bool:
        """Whether the value being read may have paragraphs: a message's, or that of a label that nobody knows."""
        said = meaning(self.pairs[-1][0])
        return said in _TEXTS or (said is None and sum(map(len, self.pairs[-1][1])) > 40)

    def _begins(self, label: str, value: str) -> bool:
        if self.signed:
            return meaning(label) in _BELOW and all(label != other for other, _ in self.pairs)
        if self.closed or not self._in_text() or not self.pairs[-1][1]:
            return True
        if self.inline and len(self.pairs[-1][1]) == 1 and not self.blank and not (label[0].islower() and self._capital()):
            return True  # one line behind its label, and the next: a list of answers
        if meaning(label):
            return True
        is_said = value[-1:] in ".!?…。！？"  # a sentence with a colon in it
        return self.blank and label[:1].isupper() and len(label.split()) <= _SHORT and not is_said

    def _capital(self) -> bool:
        """Whether the labels begin with capitals here."""
        return not any(label[:1].islower() for label, _ in self.pairs)

    def end(self) -> Told:
        """All of it."""
        pairs = [(label, "\n".join(parts).strip()) for label, parts in self.pairs]
        if pairs and "\n\n" in pairs[-1][1]:
            label, value = pairs[-1]
            said, team = _without_team(value)
            pairs[-1] = label, said
            self.below[:0] = [team] if team else []
        return Told("\n".join(self.above).strip(), pairs, "\n".join(self.below).strip())


def _without_team(text: str) -> tuple[str, str]:
    """A message, and what those who forward it put below it."""
    paragraphs = text.split("\n\n")
    for n, paragraph in enumerate(paragraphs[1:], 1):
        if _TEAM.search(paragraph) or _ADVISER.match(paragraph):
            return "\n\n".join(paragraphs[:n]), "\n\n".join(paragraphs[n:])
    return text, ""


def alternating(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Labels and values that take turns, a line each, without colons; [] where it is no such text.

    A label is a line that the same mark stands before (`■ 会社名`), else a known name. One of the values is the address that
    its label promises, so that prose is not taken for a form.
    """
    some = [line.strip() for line in lines]
    if not 4 <= len(some) <= MOST_ALTERNATING or not any("@" in line for line in some):
        return []
    marks = [line[0] for line in some if line and line[0] in _MARKS and len(line) <= _LONGEST]
    mark = max(set(marks), key=marks.count) if len(marks) > 1 else ""
    pairs: list[tuple[str, list[str]]] = []
    ended = False
    for line in some:
        label = line.removeprefix(mark).strip("*: \t：】") if mark else line.rstrip("*: \t：").strip()
        could_be = 1 < len(label) <= _LONGEST and len(label.split()) <= _MOST_WORDS and "@" not in label
        if could_be and (line.startswith(mark) if mark else bool(meaning(label)) and (not pairs or bool(pairs[-1][1]))):
            pairs.append((label, []))
            ended = False
        elif _RULE.fullmatch(line) or line == "--":
            ended = True
        elif line and pairs and not ended:
            pairs[-1][1].append(line)
    answered = [(label, "\n".join(parts)) for label, parts in pairs if parts]
    fits = any("@" in value and meaning(label) == "email" for label, value in answered)
    return answered if fits and len(answered) >= 2 else []
