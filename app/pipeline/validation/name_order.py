"""Which part of a name is which, where a script or its endings tell: Chinese, Korean and Japanese put the surname first, Russians
do so in papers and give themselves away by the patronymic. Certain cases only; None leaves the name to its usual order.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re

Order = tuple[str | None, str | None, str]
"""First name, last name, and the whole in the order in which it is read."""

_HAN = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘于蒋蔣蔡余杜叶葉程"
    "苏蘇魏吕呂丁任沈姚卢盧姜崔钟鐘谭譚陆陸汪范石廖贾賈夏韦韋付傅方白邹鄒孟熊秦邱江尹薛闫阎侯雷段龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴"
    "覃武戴莫孔向汤湯常温康施文牛樊葛邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟申欧歐耿关關兰蘭焦俞左柳甘祝包宁尚符舒阮纪柯梅童凌毕单裴霍成苗谷曲盛冉骆蓝路游辛欒"
)
_HAN_TWO = frozenset(
    "欧阳 歐陽 上官 司马 司馬 诸葛 諸葛 司徒 夏侯 皇甫 尉迟 公孙 慕容 令狐 东方 端木 百里 宇文 长孙 南宫".split()
)
_HANGUL = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예봉경사부"
)
_HANGUL_TWO = frozenset("남궁 황보 제갈 사공 선우 서문 독고 동방".split())
_CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_KOREAN = re.compile("[\uac00-\ud7a3]+")
_KANA = re.compile("[\u3040-\u30ff]")
_EASTERN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+")
_CYRILLIC = re.compile("[А-Яа-яЁёІіЇїЄє'’-]+")

_PATRONYMIC = re.compile(
    r"(?i)(?:[оеё]вич|[оеё]вна|ильич|кузьмич|лукич|фомич|никитич|саввич|ильинична|никитична|кузьминична|лукинична)"
)
_FEMALE_PATRONYMIC = re.compile(r"(?i).*(?:[оеё]вна|ична)")
_SURNAME = re.compile(r"(?i).{2,}(?:[оеё]ва?|[иы]на?|[сц]к(?:ий|ая|ой)|енко|чук|юк|ых|их|дзе|швили|ян|янц|ец|як|ко)")
_GIVEN = frozenset(
    "александр алексей анатолий андрей антон аркадий арсений артём артем богдан борис вадим валентин валерий василий виктор "
    "виталий владимир владислав всеволод вячеслав геннадий георгий глеб григорий даниил данила денис дмитрий евгений егор "
    "иван игорь илья кирилл константин лев леонид макар максим марат марк матвей михаил никита николай олег павел пётр петр "
    "роман руслан савелий святослав семён семен сергей станислав степан тимофей тимур фёдор федор эдуард юрий яков ярослав "
    "александра алёна алена алина алиса алла анастасия ангелина анна антонина валентина валерия варвара вера вероника "
    "виктория галина дарья диана евгения екатерина елена елизавета жанна зинаида зоя инна ирина камила карина кира кристина "
    "ксения лариса лидия любовь людмила маргарита марина мария марья милана надежда наталия наталья нина оксана олеся ольга "
    "полина раиса регина светлана софия софья тамара татьяна ульяна юлия яна".split()
)


def split_by_script(whole: str, country: str | None) -> Order | None:
    """First and last name of a name in Chinese, Japanese, Korean or Cyrillic letters; None where its usual order stands.

    Args:
        whole: A clean full name.
        country: Where the person is, if known: 林太郎 is a Chinese 林 or a Japanese 林, 金子誠 only in China a 金.
    """
    words = whole.split(" ")
    if _EASTERN.fullmatch(whole.replace(" ", "").replace("・", "").replace("·", "")):
        return _eastern(whole, words, country)
    return _russian(words, whole) if 2 <= len(words) <= 3 and all(map(_CYRILLIC.fullmatch, words)) else None


def are_swapped(first: str, last: str) -> bool:
    """Whether the surname stands for the first name and the other way round, beyond doubt."""
    if _CJK.fullmatch(first) and _CJK.fullmatch(last):
        return (first in _HAN or first in _HAN_TWO) and last not in _HAN and last not in _HAN_TWO and len(last) <= 2
    if _CYRILLIC.fullmatch(first) and _CYRILLIC.fullmatch(last):
        return last.lower() in _GIVEN and first.lower() not in _GIVEN and _SURNAME.fullmatch(first) is not None
    return False


def joined(first: str, last: str) -> str:
    """Both names as they are read together: surname first, without a blank, in Chinese and Korean letters."""
    eastern = not first.isascii() and _EASTERN.fullmatch(first) and _EASTERN.fullmatch(last) and not _KANA.search(first + last)
    return f"{last}{first}" if eastern else f"{first} {last}"


def _eastern(whole: str, words: list[str], country: str | None) -> Order | None:
    if "・" in whole or "·" in whole:  # a foreign name, in its own order
        parts = re.split("[・·]", whole)
        return parts[0] or None, parts[-1] or None, whole
    if len(words) == 2:
        one, two = words
        if len(two) == 1 and two in _HAN | _HANGUL and not (one in _HAN_TWO or (len(one) == 1 and one in _HAN | _HANGUL)):
            return one, two, whole
        return two, one, whole
    if len(words) != 1:
        return None, None, whole
    if _KOREAN.fullmatch(whole):
        return _cut(whole, _HANGUL, _HANGUL_TWO, 3)
    if country == "JP" or _KANA.search(whole):  # without a blank nobody can tell where the surname ends
        return None, None, whole
    return _cut(whole, _HAN, _HAN_TWO, 3)


def _cut(whole: str, ones: frozenset[str], twos: frozenset[str], longest: int) -> Order:
    if whole in ones or whole in twos:
        return None, whole, whole
    if whole[:2] in twos and len(whole) <= longest + 1:
        return whole[2:], whole[:2], whole
    if whole[0] in ones and len(whole) <= longest:
        return whole[1:], whole[0], whole
    return None, None, whole


def _russian(words: list[str], whole: str) -> Order | None:
    low = [word.lower() for word in words]
    if len(words) == 3:
        if _is_patronymic(low[1]):
            return words[0], words[2], whole
        if _is_patronymic(low[2]) and (low[1] in _GIVEN or (low[0] not in _GIVEN and _SURNAME.fullmatch(low[0]))):
            return words[1], words[0], f"{words[1]} {words[2]} {words[0]}"
        return None
    if low[0] in _GIVEN and _FEMALE_PATRONYMIC.fullmatch(low[1]):
        return words[0], None, whole
    if low[1] in _GIVEN and low[0] not in _GIVEN and _SURNAME.fullmatch(low[0]):
        return words[1], words[0], f"{words[1]} {words[0]}"
    return None


def _is_patronymic(word: str) -> bool:
    return len(word) > 5 and _PATRONYMIC.search(word, max(0, len(word) - 12)) is not None and word.endswith(("ич", "на"))
