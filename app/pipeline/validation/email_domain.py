"""Typing errors in the domains of e-mail addresses.

Only what can be nothing else is mended: a slip in the name of a large provider, or an ending that no registry has (`.con`).
The slips of a long name are made here, letter by letter: two swapped, one left out, one doubled, one replaced by its neighbour
on the keyboard; the first letter is left alone, and a name that is real is no slip. Of short names (gmail, yahoo) only
the listed slips count, of names of three letters none.
"""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

from collections.abc import Iterator

_PROVIDERS = {  # label → its endings, the usual one first
    "gmail": "com",
    "googlemail": "com",
    "yahoo": "com de fr es it ca in ie gr se dk no co.uk co.in co.jp co.id co.za com.br com.ar com.mx com.au com.tr com.cn "
    "com.tw com.hk com.sg com.ph com.vn",
    "ymail": "com",
    "hotmail": "com de fr es it nl be ch ca se dk no fi gr cl co.uk co.jp co.th com.br com.ar com.mx com.au com.tr",
    "outlook": "com de fr es it pt at be dk ie jp kr com.br com.ar com.au com.tr com.gr",
    "live": "com de fr it nl be ca se dk no at cn ie co.uk com.mx com.ar com.au com.pt",
    "icloud": "com",
    "aol": "com de fr it es co.uk",
    "protonmail": "com ch",
    "proton": "me",
    "gmx": "de net at ch com eu org info fr es co.uk",
    "web": "de",
    "freenet": "de",
    "t-online": "de",
    "arcor": "de",
    "posteo": "de net",
    "vodafone": "de",
    "orange": "fr",
    "wanadoo": "fr es",
    "laposte": "net",
    "free": "fr",
    "sfr": "fr",
    "libero": "it",
    "virgilio": "it",
    "tiscali": "it",
    "telefonica": "net",
    "mail": "ru com",
    "yandex": "ru com by kz ua",
    "rambler": "ru",
    "inbox": "ru lv",
    "qq": "com",
    "163": "com",
    "126": "com",
    "foxmail": "com",
    "sina": "com cn com.cn",
    "aliyun": "com",
    "uol": "com.br",
    "bol": "com.br",
    "terra": "com.br es cl",
    "ig": "com.br",
    "globomail": "com",
    "seznam": "cz",
    "centrum": "cz sk",
    "interia": "pl eu",
    "onet": "pl eu",
    "bluewin": "ch",
    "telenet": "be",
    "skynet": "be",
    "ziggo": "nl",
    "hetnet": "nl",
    "comcast": "net",
    "verizon": "net",
    "sbcglobal": "net",
    "bellsouth": "net",
    "sympatico": "ca",
    "btinternet": "com",
    "ntlworld": "com",
    "virginmedia": "com",
    "blueyonder": "co.uk",
    "bigpond": "com net.au",
    "optusnet": "com.au",
    "rocketmail": "com",
    "fastmail": "com fm",
}
_LISTED = {  # slips of names too short, or not made by one stroke
    "gmail": "gmial gamil gmai gmal gmil gmaill gmaiil gmaail gmmail ggmail gmali gmaul gmaol gmaik gmaip gmakl gmsil gmqil "
    "gnail gmailc gmaile gmeil gmael gimail gamail gmia gmaii gmaij gmailk gmaio mgail gmaiul gmaila",
    "yahoo": "yaho yhoo yahooo yahho yaahoo yhaoo yaoo yahpo yahop yahpp yhahoo yaoho yajoo uahoo ayhoo yahoo0 yahu",
    "icloud": "icould iclould iclound icluod icolud",
    "hotmail": "hotmial hotmali otmail hotmaill hotmeil hotmain",
    "outlook": "outlok outloock outlouk outlookk",
    "mail": "mial maiil maill",
    "t-online": "t.online t_online",
}
_REAL = frozenset(
    # one stroke from a provider's, and somebody's: words, and names that stand in lists of real providers
    "hitmail.com orage.fr libro.it liber.it lieber.it ibero.it poste.de poste.net tonline.de forum.cz centru.cz interi.pl "
    "online.de vodafon.de yander.ru rambler.com skype.be skyne.be bluewi.ch telent.be".split()
)
_SHORTEST = 6  # letters of a name whose slips are made here
_SLIPPED_ENDINGS = {  # what the typing of an ending makes, where it is no ending itself
    "com": "con cmo ocm comm coom ccom vom xom cpm cim clm c0m cmm coma comn coml comj cok cop",
    "net": "nett ner nte ent nnet neet",
    "org": "ogr orgg otg ogg orrg",
    "de": "dee ded dde dr dw ds ed",
    "fr": "frr rf ft ff fre",
    "it": "ti itt iit",
    "ru": "rru ruu ry rtu ur",
    "com.br": "con.br cmo.br comm.br vom.br xom.br cm.br om.br com.b com.nr com.vr com.brr combr com.rb com.bt com.bf",
    "co.uk": "co.k co.ukk co.uki c.uk couk co.u",
}
_NO_ENDINGS = {  # of any domain: no registry has these, and they are one thing
    **dict.fromkeys("con cmo ocm comm coom ccom vom xom cpm cim clm c0m comn".split(), "com"),
    **dict.fromkeys("nett ner nte".split(), "net"),
    **dict.fromkeys("ogr orgg".split(), "org"),
}
_ONLY_COM = frozenset("gmail googlemail hotmail outlook yahoo icloud qq 163 126 protonmail foxmail".split())
_NEARLY_COM = "co cm om c com.com c.om co.m"  # real endings, but not of these providers
_NEIGHBOURS = {
    **{"q": "wa", "w": "qeas", "e": "wrsd", "r": "etdf", "t": "ryfg", "y": "tugh", "u": "yihj", "i": "uojk", "o": "ipkl"},
    **{"p": "ol", "a": "qwsz", "s": "awedxz", "d": "serfcx", "f": "drtgvc", "g": "ftyhbv", "h": "gyujnb", "j": "huikmn"},
    **{"k": "jiolm", "l": "kop", "z": "asx", "x": "zsdc", "c": "xdfv", "v": "cfgb", "b": "vghn", "n": "bhjm", "m": "njk"},
}

PROVIDERS = frozenset(f"{label}.{ending}" for label, endings in _PROVIDERS.items() for ending in endings.split())
"""Domains that are never mended."""


def mend_domain(domain: str) -> str | None:
    """What was meant, where that is certain; None where there is nothing to mend. In small letters, as the answer is.

    The answer is never mended further: mend_domain(mend_domain(d)) is None.
    """
    if domain in PROVIDERS:
        return None
    mended = _SLIPS.get(domain)
    if mended is None:
        stem, _, top = domain.rpartition(".")
        if (right := _NO_ENDINGS.get(top)) is not None and stem:
            mended = f"{stem}.{right}"
            mended = _SLIPS.get(mended, mended)
        elif domain.startswith("www.") and domain[4:] in PROVIDERS:
            mended = domain[4:]
    return mended


def is_cut_provider(domain: str) -> bool:
    """Whether a name without its ending (hotmail) is a provider of several: which one was meant, nobody can tell."""
    return domain in _PROVIDERS and domain not in _SLIPS


def _slips_of(label: str) -> Iterator[str]:
    yield from _LISTED.get(label, "").split()
    if len(label) < _SHORTEST:
        return
    for at in range(len(label)):
        yield label[:at] + label[at] + label[at:]  # doubled
        if at:
            yield label[:at] + label[at + 1 :]  # left out
            for other in _NEIGHBOURS.get(label[at], ""):
                yield label[:at] + other + label[at + 1 :]
        if at + 1 < len(label):
            yield label[:at] + label[at + 1] + label[at] + label[at + 2 :]  # swapped


def _endings_of(label: str, ending: str) -> Iterator[str]:
    """Slips of an ending, behind this name."""
    yield from _SLIPPED_ENDINGS.get(ending, "").split()
    if ending == "com" and label in _ONLY_COM:
        yield from _NEARLY_COM.split()
    if ending == "com" and label == "gmail":
        yield "com.br"


def _all_slips() -> dict[str, str]:
    meant: dict[str, set[str]] = {}
    for label, endings in _PROVIDERS.items():
        names = [label, *_slips_of(label)]
        several = endings.split()
        for ending in several:
            right = f"{label}.{ending}"
            wrong = tuple(_endings_of(label, ending))
            slips = [f"{name}.{ending}" for name in names] + [f"{label}.{end}" for end in wrong]
            slips += [f"{label}{ending}", f"{label}{ending.replace('.', '')}"]  # the point left out
            if label in _ONLY_COM and ending == "com":
                slips += [f"{name}.{end}" for name in names for end in _NEARLY_COM.split()]
                slips += [f"{name}com" for name in names]
            for slip in slips:
                meant.setdefault(slip, set()).add(right)
        if len(several) == 1 and len(label) >= 5:
            meant.setdefault(label, set()).add(f"{label}.{several[0]}")  # its one ending left out
    real = PROVIDERS | _REAL
    return {slip: one for slip, rights in meant.items() if len(rights) == 1 and slip not in real for one in rights}


_SLIPS = _all_slips()
