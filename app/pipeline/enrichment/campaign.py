"""Campaign parameters and click ids that stand in the address of the page or of the referrer, where no field has them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from app.pipeline.lead import Lead, Provenance

NETWORKS: Final = {  # parameter → whose click id it is; the first that an address has is taken
    "gclid": "google",
    "gbraid": "google",
    "wbraid": "google",
    "dclid": "google",
    "gcl_id": "google",  # as lead forms call it
    "msclkid": "microsoft",
    "fbclid": "meta",
    "ttclid": "tiktok",
    "li_fat_id": "linkedin",
    "yclid": "yandex",
    "twclid": "x",
    "epik": "pinterest",
    "sccid": "snapchat",
    "rdt_cid": "reddit",
    "qclid": "quora",
    "obclid": "outbrain",
    "tblci": "taboola",
    "irclickid": "impact",
    "cjevent": "cj",
    "awc": "awin",
}
UTM: Final = ("utm_source", "utm_medium", "utm_campaign")
_PARAMETER = re.compile(rf"(?i)[?&;#]({'|'.join([*UTM, *NETWORKS])})=([^&;#]+)")
_LONGEST: Final = {**dict.fromkeys(UTM, 200), **dict.fromkeys(NETWORKS, 500)}  # as validation limits the same fields
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")

# What a click id looks like where its parameter is not told.
_LOOKS = (
    (re.compile(r"(?:Cj0K|CjwK|EAIaI)[\w-]{20,}"), "google"),
    (re.compile(r"(?:fb\.1\.\d+\.)?(?:IwAR|IwY2|IwZX|PAAa|PAZX)[\w-]{15,}"), "meta"),
    (re.compile(r"[0-9a-f]{32}"), "microsoft"),
    (re.compile(r"E\.C\.P\.[\w.-]{10,}"), "tiktok"),
)


def read_campaign(lead: Lead) -> None:
    """Fill what is missing of utm_source, utm_medium, utm_campaign, campaign, click_id, and whose click it is."""
    for path in ("page_url", "referrer"):
        url = lead.page_url if path == "page_url" else lead.referrer
        if url is not None and "=" in url:
            _take(lead, path, parameters(url))
    if lead.campaign is None and lead.utm_campaign is not None:
        lead.campaign = lead.utm_campaign
        lead.provenance.append(_CAMPAIGN)
    if lead.click_id is not None and lead.click_network is None:
        lead.click_network = _network(lead)


def parameters(url: str) -> dict[str, str]:
    """The campaign parameters of an address, by their names in lower case; the first of each, readable and not too long."""
    found: dict[str, str] = {}
    for name, raw in _PARAMETER.findall(url):
        name = name.lower()
        text = _CONTROL.sub("", unquote_plus(raw) if "%" in raw or "+" in raw else raw).strip()
        if text and name not in found and len(text) <= _LONGEST[name] and "{" not in text:  # {…}: a template not filled in
            found[name] = text
    return found


def click_of(found: dict[str, str]) -> tuple[str, str] | None:
    """(parameter, click id) of an address's parameters."""
    for name in NETWORKS:
        if name in found:
            return name, found[name]
    return None


def _take(lead: Lead, path: str, found: dict[str, str]) -> None:
    if not found:
        return
    if lead.utm_source is None and lead.utm_medium is None:  # they belong together: half of another address's would mislead
        for name in UTM[:2]:
            if name in found:
                setattr(lead, name, found[name])
                lead.provenance.append(_derived(name, path))
    if lead.utm_campaign is None and "utm_campaign" in found:
        lead.utm_campaign = found["utm_campaign"]
        lead.provenance.append(_derived("utm_campaign", path))
    if lead.click_id is None and (click := click_of(found)) is not None:
        lead.click_id, lead.click_network = click[1], NETWORKS[click[0]]
        lead.provenance.append(_derived("click_id", path))


@lru_cache(maxsize=64)
def _derived(field: str, path: str) -> Provenance:
    return Provenance(field, path, "derived", 1.0)


_CAMPAIGN: Final = Provenance("campaign", "utm_campaign", "derived", 1.0)


def _network(lead: Lead) -> str | None:
    """Whose click id a mapped one is: by the name of the field that it came from, else by its look."""
    for one in lead.provenance:
        if one.field == "click_id" and (named := _named(one.path)):
            return named
    click = lead.click_id or ""
    return next((network for look, network in _LOOKS if look.fullmatch(click)), None)


@lru_cache(maxsize=1024)
def _named(path: str) -> str | None:
    return next((NETWORKS[word] for word in re.findall(r"\w+", path.lower()) if word in NETWORKS), None)
