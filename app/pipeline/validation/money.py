"""Words and signs beside an amount: currencies, and words for thousand and million."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

import re
from functools import lru_cache

from app.pipeline.validation.country import is_currency

_SPOKEN = {
    "EUR": "€ euro euros eur. евро 欧元 ユーロ 유로 evro",
    "USD": "us$ usd$ us-$ us-dollar us-dollars 美元 долларов_сша usdollar",
    "GBP": "£ pound pounds sterling pfund libra libras 英镑 фунтов",
    "CHF": "sfr sfr. fr. franken chf. schweizer_franken 瑞士法郎",
    "JPY": "円 yen jpy¥ 日元 иен",
    "CNY": "元 rmb cny¥ yuan 人民币 元人民币 юаней cn¥",
    "INR": "₹ rupees_inr inr₹",
    "RUB": "₽ руб руб. р. рублей рубль рубля rubel rub. 卢布",
    "TRY": "₺ tl lira_tl",
    "KRW": "₩ 원 won",
    "PLN": "zł zl złotych zloty złoty zlotych",
    "CZK": "kč kc korun",
    "BRL": "r$ reais real brl$",
    "UAH": "₴ грн грн. гривен",
    "KZT": "₸ тенге",
    "VND": "₫ đ",
    "THB": "฿ baht",
    "ILS": "₪",
    "PHP": "₱",
    "NGN": "₦",
    "HUF": "ft forint",
    "BGN": "лв лв.",
    "CAD": "ca$ c$ cad$",
    "AUD": "a$ au$ aud$",
    "NZD": "nz$",
    "HKD": "hk$ 港币",
    "SGD": "s$",
    "MXN": "mx$ mxn$",
    "AED": "dirham aed. درهم",
}
_CURRENCY = {word.replace("_", " "): code for code, words in _SPOKEN.items() for word in words.split()}
_SHARED = frozenset(
    "$ ¥ ￥ kr kr. rs rs. dollar dollars dollaro dólar dólares доллар долларов peso pesos lira krone kronen".split()
)
_DIGITS = re.compile(r"^[^\w]*[\d.,\s'’]*")
_FACTORS = {
    **dict.fromkeys("k tsd tsd. tausend thousand mille mil mila tys tys. тыс тыс. тысяч duizend 千 천".split(), 1e3),
    **dict.fromkeys(
        "m mio mio. mill mill. million millions millionen mln mln. млн млн. миллион milhões millones 百万".split(), 1e6
    ),
    **dict.fromkeys("万 萬 만 万元".split(), 1e4),
}


@lru_cache(maxsize=1024)
def currency_of(mark: str) -> str | None:
    """ISO 4217 of a code, sign or word; None where it is none, or several countries'."""
    upper = mark.upper()
    return upper if is_currency(upper) else _CURRENCY.get(mark.lower())


def is_shared_sign(mark: str) -> bool:
    """Whether several currencies are called so: an amount can be read all the same."""
    return mark.lower() in _SHARED


@lru_cache(maxsize=1024)
def split_factor(behind: str) -> tuple[float, str]:
    """What stands behind a number, as its factor and the rest: `Tsd. €` → 1000, `€`; `€` → 1, `€`."""
    low = behind.lower()
    for length in range(len(low), 0, -1):
        factor = _FACTORS.get(low[:length].strip())
        rest = behind[length:].strip()
        if factor is not None and (not rest or is_shared_sign(rest) or currency_of(rest) is not None):
            return factor, "元" if low[:length].endswith("万元") else rest
    if low.endswith(("k", "m")) and currency_of(behind[:-1].strip()) is not None:
        return (1e3 if low.endswith("k") else 1e6), behind[:-1].strip()  # 5 €k
    return 1.0, behind


def factor_of(amount: str) -> float:
    """The factor that an amount's text names behind its digits; 1 where it names none."""
    return split_factor(_DIGITS.sub("", amount).strip())[0]
