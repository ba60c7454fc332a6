"""Examples for the classifier of names, made from the dictionary of names that the repository holds.

A known name is an example as it is, written in other ways, inside a question, misspelt, and in surroundings where people's data
stand. Examples of "none of them" are the dictionary's own, names of other things' parts (`product name`, `agent phone`,
`email verified`), and names of plumbing. Deterministic by seed: choices are
taken from CRC-32, not from a generator.
"""

# ruff: noqa: SIM905, E501 - lists of words read best as words; wide characters count twice

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from zlib import crc32

import yaml

from app.inventory.models import Source
from app.inventory.paths import Name, Selector, parse
from app.pipeline.ladder.fitness import FITNESS
from app.pipeline.ladder.label import words
from app.pipeline.ladder.leaf import Kind

NONE: Final = "none"
_WRITINGS: Final = 3  # other ways to write a name
_WEAK: Final = 0.25  # share that is none of the fields, of names that the dictionary calls likely only
Dictionary = Mapping[str, Mapping[str, Any]]

_PERSONS: Final = """customer contact lead person user billing billing_address default_address traits profile submitter visitor applicant
    respondent client kunde cliente contato client_info клиент контакт 联系人 客户 shipping_address address properties""".split()
_STRUCTURES: Final = """data payload fields values answers form_fields form_data submission attributes custom_fields body record result
    user_column_data field_data form_response event object item entry questions""".split()
_FOREIGN: Final = """product line_items items variant order_item agent owner assigned_to sales_rep seller store shop merchant vendor
    supplier app plan integration webhook team campaign_owner created_by updated_by pipeline stage deal category attachment file
    tag template device shipping_method payment refund coupon discount emergency_contact spouse manager employee author sender
    товар продукт менеджер продавец produkt artikel verkäufer produto vendedor producto produit vendeur 商品 产品 店铺 销售员""".split()
_ASKED: Final = {
    "en": ("what is your {}", "your {}", "please enter your {}", "{} *", "enter {}", "{} (required)", "{} of contact"),
    "de": ("wie lautet ihre {}", "ihre {}", "bitte {} angeben", "{} *", "{} (Pflichtfeld)", "deine {}"),
    "fr": ("quel est votre {}", "votre {}", "veuillez saisir votre {}", "{} *", "{} (obligatoire)", "indiquez votre {}"),
    "es": ("cuál es su {}", "su {}", "ingrese su {}", "{} *", "tu {}", "{} del cliente", "{} (obligatorio)"),
    "pt": ("qual é o seu {}", "seu {}", "informe seu {}", "{} *", "{} do cliente", "digite seu {}"),
    "ru": ("укажите {}", "ваш {}", "введите {}", "{} *", "{} клиента", "какой у вас {}", "{} (обязательно)"),
    "zh": ("您的{}", "请输入{}", "请填写您的{}", "{}（必填）", "客户{}", "联系人{}"),
    "it": ("qual è il tuo {}", "il tuo {}", "inserisci {}", "{} *", "{} del cliente"),
    "nl": ("wat is uw {}", "uw {}", "je {}", "{} *", "vul uw {} in"),
    "pl": ("podaj {}", "twój {}", "{} *", "{} klienta", "wpisz {}"),
    "tr": ("{} giriniz", "{} *", "müşteri {}", "lütfen {} yazın"),
    "sv": ("din {}", "ange {}", "{} *", "kundens {}"),
    "da": ("dit {}", "indtast {}", "{} *", "kundens {}"),
    "nb": ("ditt {}", "oppgi {}", "{} *", "kundens {}"),
    "cs": ("vaše {}", "zadejte {}", "{} *", "{} zákazníka"),
    "uk": ("ваш {}", "вкажіть {}", "{} *", "{} клієнта"),
    "ja": ("お客様の{}", "{}をご記入ください", "{}（必須）", "ご担当者{}"),
    "ko": ("고객 {}", "{} 입력", "{} (필수)", "담당자 {}"),
    "ar": ("أدخل {}", "{} *", "{} العميل"),
}
_JOINS: Final = {
    "en": ("", "of", "for", "of the"),
    "de": ("", "des", "der", "für", "von"),
    "fr": ("", "de", "du", "de la", "pour"),
    "es": ("", "de", "del", "de la", "para"),
    "pt": ("", "do", "da", "de", "para"),
    "ru": ("", "для"),
    "zh": ("",),
    "it": ("", "di", "del", "della"),
    "nl": ("", "van", "van de"),
    "uk": ("", "для"),
    "ja": ("", "の"),
}
_PREFIXES: Final = ("field_", "form_", "customer_", "contact_", "lead_", "user_", "billing_", "input_", "my_", "cf_", "mc_", "")
_MACHINES: Final = """created_by updated_at etag checksum revision retry_count offset partition cursor page_size has_more next_page
    is_deleted is_active sort_order display_order weight height width sku barcode quantity qty tax_rate shipping_cost stock in_stock
    rating score probability lead_score temperature priority status stage pipeline_id owner_id assignee group_id team_id workflow
    trigger action method endpoint signature hmac secret api_key version schema locale_id theme template_id color background font
    latitude longitude lat lng timezone utc_offset device_type os_version browser_version screen_width viewport session_count
    page_views clicks opens bounces unsubscribes""".split()


@dataclass(frozen=True, slots=True)
class Example:
    """One name in one place, and what it is.

    Attributes:
        field: Lead field, or `none`.
        name: The dictionary's name behind it: variants of one name are learned or held out together.
    """

    label: str
    context: tuple[str, ...]
    kind: Kind | None
    field: str
    name: str


class Choices:
    """A deterministic sequence of choices, from CRC-32 of seed and place."""

    def __init__(self, seed: int, place: str) -> None:
        self._state = crc32(f"{seed}/{place}".encode())

    def one(self, of: Sequence[Any]) -> Any:
        self._state = crc32(self._state.to_bytes(4, "little"))
        return of[(self._state >> 3) % len(of)]

    def kind(self, of: Sequence[Kind]) -> Kind | None:
        """One of them, or now and then none: confirmations may come without."""
        return None if self.chance(0.1) else self.one(of)

    def chance(self, share: float) -> bool:
        self._state = crc32(self._state.to_bytes(4, "little"))
        return self._state < share * 2**32


def dictionary() -> dict[str, Any]:
    """The dictionary of names: language → section → lead field → names."""
    folder = files("app.pipeline.ladder") / "names"
    texts = {one.name.removesuffix(".yaml"): one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".yaml")}
    return {language: yaml.safe_load(texts[language]) or {} for language in sorted(texts)}


def fingerprint(made: Sequence[Example]) -> str:
    """Of the examples: what a model was trained on."""
    return f"{crc32(repr([(one.label, one.context, str(one.kind), one.field) for one in made]).encode()):08x}"


def examples(books: Dictionary, seed: int) -> Iterator[Example]:
    """All examples, in the dictionary's order."""
    known = {words(name) for book in books.values() for _, name, _ in _positives(book)}
    for language, book in books.items():
        foreign = _word_list(book, "foreign") or _word_list(books.get("en", {}), "foreign")
        flags = _word_list(book, "flag") or _word_list(books.get("en", {}), "flag")
        owners = [*_word_list(book, "own"), *_word_list(book, "person")]
        joins = _JOINS.get(language, ("",))
        for field, name, weak in _positives(book):
            choices = Choices(seed, f"{language}/{field}/{name}")
            yield from _of_field(field, name, weak, language, choices)
            if not weak:
                yield from _qualified(field, name, owners, joins, choices)
            yield from _denied(field, name, choices, foreign, flags, known)
        for name in _names(book.get("none")):
            choices = Choices(seed, f"{language}/none/{name}")
            for label in dict.fromkeys(
                (name, *(_written(name, language, choices) for _ in range(_WRITINGS)), _misspelt(name, choices))
            ):
                yield Example(label, _place(choices, (*_STRUCTURES, *_PERSONS)), choices.kind(tuple(Kind)), NONE, name)
    for name in _MACHINES:
        choices = Choices(seed, name)
        for _ in range(2):
            yield Example(name, _place(choices, (*_STRUCTURES, *_FOREIGN)), choices.kind(tuple(Kind)), NONE, name)


def declared(sources: Iterable[Source], seed: int) -> Iterator[Example]:
    """Examples from what sources declare of themselves: `field_data[name=work_email].values` is an e-mail called so."""
    for source in sources:
        for field, paths in source.mapping.fields.items():
            for path in (paths,) if isinstance(paths, str) else paths:
                steps = parse(path)
                told = [step.name for step in steps if isinstance(step, Name)]
                label = next((step.value for step in reversed(steps) if isinstance(step, Selector)), told[-1])
                if field not in FITNESS or not words(label) or label.isdecimal():
                    continue
                choices = Choices(seed, f"{source.name}/{path}")
                around = tuple(reversed([name for name in told if name != label]))
                for _ in range(_WRITINGS):
                    yield Example(label, around, choices.kind(_usual(field)), field, label)


def _of_field(field: str, name: str, weak: bool, language: str, choices: Choices) -> Iterator[Example]:
    kinds = _usual(field)
    written = [_written(name, language, choices) for _ in range(1 if weak else _WRITINGS)]
    for label in dict.fromkeys((name, *written, *(() if weak else (_misspelt(name, choices), _misspelt(written[0], choices))))):
        meant = NONE if weak and choices.chance(_WEAK) else field  # the dictionary doubts these: so does what learns from it
        yield Example(label, _place(choices, (*_PERSONS, *_STRUCTURES)), choices.kind(kinds), meant, name)


def _qualified(field: str, name: str, owners: Sequence[str], joins: Sequence[str], choices: Choices) -> Iterator[Example]:
    """With a word that leaves it what it is: `business phone`, `telefone do cliente`."""
    for _ in range(2 if owners else 0):
        owner, join = choices.one(owners), choices.one(joins)
        label = f"{name} {join} {owner}" if choices.chance(0.6) else f"{owner} {name}"
        yield Example(
            " ".join(label.split()), _place(choices, (*_PERSONS, *_STRUCTURES)), choices.kind(_usual(field)), field, name
        )


def _denied(
    field: str,
    name: str,
    choices: Choices,
    foreign: Sequence[str],
    flags: Sequence[str],
    known: set[tuple[str, ...]],
) -> Iterator[Example]:
    """Parts of other things, and what is said about a field rather than in it."""
    kinds = _usual(field)  # the kinds that would fit: it is the name that has to tell
    if foreign and choices.chance(0.6):
        label = f"{choices.one(foreign)} {name}" if choices.chance(0.7) else f"{name} {choices.one(foreign)}"
        if words(label) not in known:
            yield Example(label, _place(choices, _STRUCTURES), choices.kind(kinds), NONE, name)
    if flags and choices.chance(0.5):
        label = f"{name} {choices.one(flags)}"
        if words(label) not in known:
            yield Example(label, _place(choices, _STRUCTURES), choices.kind(tuple(Kind)), NONE, name)
    if choices.chance(0.35):
        yield Example(name, (choices.one(_FOREIGN),), choices.kind(kinds), NONE, name)


def _place(choices: Choices, around: Sequence[str]) -> tuple[str, ...]:
    if choices.chance(0.4):
        return ()
    first = choices.one(around)
    return (first, choices.one(_STRUCTURES)) if choices.chance(0.4) else (first,)


def _written(name: str, language: str, choices: Choices) -> str:
    if choices.chance(0.45):
        return str(choices.one(_ASKED.get(language, _ASKED["en"]))).format(name)
    if choices.chance(0.5):
        return f"{choices.one(_PREFIXES)}{name.replace(' ', '_')}"
    return name.replace(" ", "").replace("-", "")


def _misspelt(name: str, choices: Choices) -> str:
    """One letter left out, doubled or swapped, past the first."""
    if len(name) < 5:
        return name
    at = choices.one(range(1, len(name) - 1))
    how = choices.one((0, 1, 2))
    if how == 0:
        return name[:at] + name[at + 1 :]
    if how == 1:
        return name[:at] + name[at] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


@lru_cache(maxsize=64)
def _usual(field: str) -> tuple[Kind, ...]:
    """Kinds that values of the field have: those that fit for certain three times as often as those that may."""
    fits = FITNESS[field]
    sure = [kind for kind, fit in fits.items() if fit == 1.0]
    return tuple(sure * 3 + [kind for kind, fit in fits.items() if callable(fit) or 0.8 <= fit < 1.0])


def _positives(book: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for section in ("fields", "alone", "weak"):
        for field, names in (book.get(section) or {}).items():
            if field in FITNESS:
                for name in _names({"": names}):
                    yield field, name, section == "weak"


def _names(section: Mapping[str, str] | None) -> Iterator[str]:
    for names in (section or {}).values():
        yield from (name for one in str(names).replace("\n", " ").split(",") if (name := " ".join(one.split())))


def _word_list(book: Mapping[str, Any], name: str) -> list[str]:
    return str((book.get("words") or {}).get(name) or "").split()
