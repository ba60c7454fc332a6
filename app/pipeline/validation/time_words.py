"""Times with names in them: `5. März 2024, 14:30 Uhr`, `Tue Mar 05 2024 14:30:00 GMT+0100 (CET)`, `2024年3月5日 下午2:30`.

Every word must be known, and day, month and year be there: of anything else nothing is guessed.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = (  # English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian
    "january jan januar jänner jaenner janvier janv enero ene janeiro gennaio gen januari stycznia styczeń sty января январь янв",
    "february feb februar feber février fevrier févr fevr fév fev febrero fevereiro febbraio februari lutego luty lut февраля "
    "февраль фев февр",
    "march mar märz maerz mär mrz mars marzo março marco maart mrt marca marzec марта март мар",
    "april apr avril avr abril abr aprile kwietnia kwiecień kwi апреля апрель апр",
    "may mai mayo maio mag maggio mei maja maj мая май",
    "june jun juni juin junio junho giugno giu czerwca czerwiec cze июня июнь июн",
    "july jul juli juillet juil julio julho luglio lug lipca lipiec lip июля июль июл",
    "august aug août aout agosto ago augustus sierpnia sierpień sie августа август авг",
    "september sep sept septembre septiembre setembro settembre set września wrzesień wrz сентября сентябрь сен сент",
    "october oct oktober okt octobre octubre outubro out ottobre ott października październik paź октября октябрь окт",
    "november nov novembre noviembre novembro listopada listopad lis ноября ноябрь ноя нояб",
    "december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre grudnia grudzień gru декабря декабрь дек",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NOISE = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim "
    "lunes martes miércoles miercoles jueves viernes sábado sabado domingo mié jue vie sáb dom "
    "segunda terça terca quarta quinta sexta feira seg ter qua qui sex sab "
    "lunedì martedì mercoledì giovedì venerdì domenica gio "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo "
    "poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob niedz "
    "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс "
    "st nd rd th er of the at on de del le la el las um uhr am den dem à às a alle ore om o r г года год в".split()
)
_ZONES = {  # names that mean one thing; CST, IST and BST mean several
    **dict.fromkeys(("utc", "gmt", "z", "wet"), 0),
    **dict.fromkeys(("cet", "mez", "west"), 60),
    **dict.fromkeys(("cest", "mesz", "eet"), 120),
    **dict.fromkeys(("eest", "msk"), 180),
    **{"est": -300, "edt": -240, "cdt": -300, "mdt": -360, "pst": -480, "pdt": -420, "jst": 540, "kst": 540, "aest": 600},
}
_SEVERAL_ZONES = frozenset(("cst", "ist", "bst", "ast", "mst", "sst", "gst"))
_COMMENT = re.compile(r"\([^()]*\)")
_JOINTS = re.compile(r"(?<=[^\W\d_])[-/.](?=\d)|(?<=\d)[-/](?=[^\W\d_])|(?<=\d{4}):(?=\d{2}:\d{2})|(?<=\d)\.(?=[^\W\d_])|[,;•·]")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?|h(\d{2})?|\.(\d{2})(?=\s*uhr)|(?=\s*(?:uhr\b|[ap]\.?\s?m\b)))"
    r"(?:\s*([ap])\.?\s?m\b\.?)?(?:\s*(?:gmt|utc)?\s*([+-]\d{2}):?(\d{2}))?"
)
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\s\w]")
_EASTERN = re.compile(
    r"(\d{4})\s*[年년.]\s*(\d{1,2})\s*[月월.]\s*(\d{1,2})\s*[日일号號.]?\s*(?:[(（]?(?:星期|周|週)?[一二三四五六日天月火水木金土월화수목금]?(?:요일|曜日)?[)）]?)\s*"
    r"(?:(上午|下午|午前|午後|오전|오후|早上|晚上)?\s*(\d{1,2})\s*[時时点點시:]\s*(?:(\d{1,2})\s*[分분:]?\s*)?(?:(\d{1,2})\s*[秒초]?)?)?"
)
_AFTERNOON = frozenset(("下午", "午後", "오후", "晚上"))
_BEFORE_NOON = frozenset(("上午", "午前", "오전", "早上"))
_CENTURY = 2000


def read_words(text: str) -> datetime | str | None:
    """The moment, without zone where the text names none; None where it is no time; "ambiguous" where its zone is several.

    Raises:
        ValueError: Day, hour or the like is out of its range.
    """
    low = ascii_digits(text).lower()
    if (eastern := _EASTERN.fullmatch(low)) is not None:
        return _eastern(eastern)
    low = _JOINTS.sub(" ", _COMMENT.sub(" ", low))
    clock = _CLOCK.search(low)
    rest = low if clock is None else f"{low[: clock.start()]} {low[clock.end() :]}"
    months, numbers, zone = list[str](), list[str](), None
    for word in _TOKEN.findall(rest):
        if word.isdecimal():
            numbers.append(word)
        elif word in _MONTH and not (months and word == "mar"):
            months.append(word)
        elif word in _SEVERAL_ZONES and clock is not None:
            return "ambiguous"
        elif word in _ZONES and clock is not None:
            zone = timezone(timedelta(minutes=_ZONES[word])) if _ZONES[word] else UTC
        elif word not in _NOISE and word not in ".-'’":
            return None
    months = months[1:] if len(months) == 2 and months[0] == "mar" else months  # mardi, martes, martedì
    if len(months) != 1 or len(numbers) != 2:
        return None
    day, year = sorted(numbers, key=len) if len(numbers[0]) != len(numbers[1]) else numbers
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    full_year = int(year) + (_CENTURY if len(year) == 2 else 0)
    moment = datetime(full_year, _MONTH[months[0]], int(day), tzinfo=zone)
    return moment if clock is None else _at(moment, clock)


def ascii_digits(text: str) -> str:
    """Full-width and other scripts' digits as 0 to 9."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    return "".join([str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text])


def _at(moment: datetime, clock: re.Match[str]) -> datetime:
    hour, minute, second, fraction, french, german, half, offset, offset_minutes = clock.groups()
    hours = int(hour)
    if half:
        hours = half_day(hours, half == "p")
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    moment = moment.replace(hour=hours, minute=int(minute or french or german or 0), second=int(second or 0), microsecond=micros)
    if offset:
        sign = -1 if offset[0] == "-" else 1
        shift = timedelta(hours=int(offset[1:]), minutes=int(offset_minutes))
        moment = moment.replace(tzinfo=timezone(sign * shift))
    return moment


def half_day(hours: int, afternoon: bool) -> int:
    """12 AM is midnight, 12 PM noon.

    Raises:
        ValueError: There is no such hour on a dial of twelve.
    """
    if not 1 <= hours <= 12:
        raise ValueError("no hour of half a day")
    return hours % 12 + (12 if afternoon else 0)


def _eastern(match: re.Match[str]) -> datetime:
    year, month, day, half, hour, minute, second = match.groups()
    hours = int(hour or 0)
    if half in _AFTERNOON and hours < 12:
        hours += 12
    elif half in _BEFORE_NOON and hours == 12:
        hours = 0
    return datetime(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0))
