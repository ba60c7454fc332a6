"""Names, streets, towns and numbers of countries, drawn from a half's own YAML file; rare surnames are composed of syllables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.matching.holdout.drawing import Draw, words


@dataclass(frozen=True, slots=True)
class Country:
    """What persons of a country are made of."""

    code: str
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]
    stems: tuple[str, ...]
    endings: tuple[str, ...]
    streets: tuple[str, ...]
    kinds: tuple[str, ...]
    towns: tuple[str, ...]
    postcode: str
    phones: tuple[str, ...]
    mails: tuple[str, ...]

    def given(self, draw: Draw, woman: bool) -> str:
        """A given name."""
        return draw.common(self.women if woman else self.men)

    def surname(self, draw: Draw, woman: bool = False) -> str:
        """A surname: in 55 of 100 a frequent one, otherwise one of many rare ones."""
        name = draw.common(self.surnames) if draw.chance(0.55) else draw.choice(self.stems) + draw.choice(self.endings)
        if self.code == "PL" and woman and name.endswith(("ski", "cki", "dzki")):
            return name[:-1] + "a"
        return name

    def street(self, draw: Draw) -> str:
        """A street's name with its kind, as the country writes it."""
        name, kind = draw.choice(self.streets), draw.choice(self.kinds)
        if self.code in ("US", "GB", "DE") and draw.chance(0.4):
            name = draw.choice(self.stems) + draw.choice(self.endings)
        match self.code:
            case "DE" | "NL" | "SE":
                return name + kind
            case "FR" | "BR" | "ES" | "PL" | "IT":
                return f"{kind} {name}"
            case _:
                return f"{name} {kind}"

    def zipped(self, draw: Draw, town: str) -> str:
        """A postcode of the country's pattern, its beginning the same for all of a town."""
        fixed, made = Draw(f"{self.code} {town}"), ""
        for at, c in enumerate(self.postcode):
            source = fixed if at < 3 else draw
            made += source.choice("ABCDEFGHJLMNPRSTW") if c == "A" else str(source.randint(0, 9)) if c == "9" else c
        return made

    def number(self, draw: Draw) -> str:
        """A mobile number in E.164."""
        digits = {"#": "0123456789", "N": "23456789"}
        return "".join(draw.choice(digits[c]) if c in digits else c for c in draw.choice(self.phones))


def countries(file: str) -> dict[str, Country]:
    """The countries of a YAML file of this folder, by their codes."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / file).read_text(encoding="utf-8"))
    for of in loaded.values():
        of.update({name: words(text) for name, text in of.items() if name != "postcode"})
    return {code: Country(code=code, **of) for code, of in loaded.items()}
