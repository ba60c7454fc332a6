"""From a source's mapped fields to a lead: every field read, every doubt noted, nothing raised and nothing lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.errors import ConfigurationError
from app.inventory.models import Source
from app.pipeline.consent import Agreement
from app.pipeline.lead import Lead, Provenance
from app.pipeline.source import InboundEvent
from app.pipeline.validation.country import read_country
from app.pipeline.validation.email import read_email
from app.pipeline.validation.fields import READERS, Reader
from app.pipeline.validation.flag import read_flag
from app.pipeline.validation.name import read_names
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.number import DECIMAL_COMMA, read_amount
from app.pipeline.validation.phone import read_phone
from app.pipeline.validation.placeholder import is_nothing
from app.pipeline.validation.postcode import settle_postcode
from app.pipeline.validation.raw import as_text
from app.pipeline.validation.robot import Honeypots, is_echo, is_robot
from app.pipeline.validation.text import is_plain, plain
from app.pipeline.validation.time import read_time

_LONGEST_EVENT_ID = 200
_LATEST_MS: Final = 4_102_444_800_000  # the year 2100: a consent may end long after its record came
_LONG_ENOUGH = 20  # characters: `null` and its like are shorter
_ABSENT: Final = (None, "")
_NAMES = ("full_name", "first_name", "last_name")
_DERIVED = {  # what one field tells of another
    "first_name": Provenance("first_name", "full_name", "derived", 1.0),
    "last_name": Provenance("last_name", "full_name", "derived", 1.0),
    "full_name": Provenance("full_name", "first_name last_name", "derived", 1.0),
    "currency": Provenance("currency", "budget order_value", "derived", 1.0),
}
_ALWAYS_FILLED = frozenset({"event_id", "occurred_at", "is_test"})
_FILLED = frozenset({"phone", "occurred_at", "is_test", "budget", "order_value", "consent_until"})
# Read with each other, or with the record.
_JOINT = _ALWAYS_FILLED.union(_NAMES, ("phone", "budget", "order_value", "consent_until"))
_INDEPENDENT: dict[str, Reader] = READERS | {"email": read_email, "country": read_country}

FIELDS = _JOINT | _INDEPENDENT.keys()
"""Every lead field that a mapping can fill."""


def compile_validator(source: Source) -> Validator:
    """The validator of one source.

    Raises:
        ConfigurationError: The source's time zone does not exist, or it requires a field that no lead has.
    """
    return Validator(source)


@dataclass(slots=True)
class Draft:
    """A lead while its fields are read.

    Attributes:
        fields: Lead field → raw value, as mapped.
        joint: Those that are read with each other, or with the record.
    """

    lead: Lead
    notes: Notes
    fields: Mapping[str, Any]
    joint: dict[str, Any]
    event: InboundEvent


class Validator:
    """Reads the fields of one source's records. Holds the source's conventions, and which of its fields are no bait.

    `validate` does it all; its steps are public for those that take many records through one step before the next.
    """

    def __init__(self, source: Source) -> None:
        self._name = source.name
        self._zone = _zone(source)
        self._order = source.date_order
        self._default_regions = (source.default_country,) if source.default_country else ()
        self._honeypots = Honeypots(source.honeypots)
        self._harmless = self._honeypots.harmless
        self._default_country = source.default_country
        self._decimal_comma = source.default_country in DECIMAL_COMMA if source.default_country else None
        self._required = _required(source)
        self._consent_basis = source.consent_basis
        self._agreement = None if source.consent is None else Agreement(source)
        self._cost = float(source.cost_per_lead)
        self._mapping_version = source.mapping.version

    def validate(
        self, fields: Mapping[str, Any], attributes: dict[str, str], provenance: list[Provenance], event: InboundEvent
    ) -> Lead:
        """The lead that these fields make. Never raises, whatever the values are.

        Args:
            fields: Lead field → raw value of any type, as mapped; None and "" count as absent.
            attributes: What no field took. Becomes the lead's own: raw values are added as `raw.<field>`, what was cut
                off as `cut.<field>`.
            provenance: Where the fields came from; becomes the lead's own.
            event: The record; gives ids and the time.
        """
        draft = self.begin(fields, attributes, provenance, event)
        self.join(draft)
        self.name(draft)
        self.judge(draft)
        return draft.lead

    def begin(
        self,
        fields: Mapping[str, Any],
        attributes: dict[str, str],
        provenance: list[Provenance],
        event: InboundEvent,
        lead_id: str = "",
    ) -> Draft:
        """The first step of `validate`: all that can be read one by one. Then come `join`, `name` and `judge`, in this order."""
        notes = Notes(attributes)
        lead = Lead(
            lead_id or event.position.lead_id,
            self._name,
            "",
            event.timestamp_ms,
            event.timestamp_ms,
            consent_basis=self._consent_basis,
            cost=self._cost,
            mapping_version=self._mapping_version,
            attributes=attributes,
            violations=notes.violations,
            repairs=notes.repairs,
            provenance=provenance,
        )
        joint: dict[str, Any] = {}
        for name, value in fields.items():
            if value is None or value == "":
                continue
            if name in _JOINT:
                joint[name] = value
            elif (reader := _INDEPENDENT.get(name)) is None:
                notes.keep(name, value)  # no lead field
            else:
                try:
                    read = reader(value, notes, name)
                except Exception:  # readers do not raise; should one, or a library below it, after all, it costs this field alone
                    notes.reject(name, value)  # (the property tests call the readers without this net)
                    continue
                if read is not None:
                    setattr(lead, name, read)
        return Draft(lead, notes, fields, joint, event)

    def join(self, draft: Draft) -> None:
        """The fields that need each other or the record: phone after country, currency from an amount, ids, time."""
        lead, joint, notes = draft.lead, draft.joint, draft.notes
        lead.event_id = _event_id(joint.get("event_id"), draft.event, notes)
        if lead.postcode is not None and lead.country is not None:
            lead.postcode = settle_postcode(lead.postcode, lead.country, notes)
        for name, value in joint.items():
            if name in _FILLED:
                try:
                    self._fill(lead, name, value, notes)
                except Exception:  # as in begin
                    notes.reject(name, value)

    def name(self, draft: Draft) -> None:
        """What the person is called: each part from the others, where that is safe."""
        lead, joint, notes = draft.lead, draft.joint, draft.notes
        full, first, last = joint.get("full_name"), joint.get("first_name"), joint.get("last_name")
        if full is not None or first is not None or last is not None:
            try:
                lead.full_name, lead.first_name, lead.last_name = read_names(
                    full, first, last, notes, lead.country or self._default_country
                )
                for name, given in (("full_name", full), ("first_name", first), ("last_name", last)):
                    if given is None and getattr(lead, name) is not None:
                        lead.provenance.append(_DERIVED[name])
            except Exception:  # as in begin
                notes.reject("full_name", [full, first, last])

    def _fill(self, lead: Lead, name: str, value: Any, notes: Notes) -> None:
        match name:
            case "phone":
                regions, country = self._default_regions, lead.country
                if country is not None and country not in regions:
                    regions = (country, *regions)
                lead.phone = read_phone(value, regions, notes)
            case "occurred_at":
                lead.occurred_at = read_time(value, self._zone, self._order, lead.received_at, notes)
            case "consent_until":
                until = read_time(value, self._zone, self._order, _LATEST_MS, notes, name)
                lead.consent_until = None if until == _LATEST_MS else until
            case "is_test":
                lead.is_test = bool(read_flag(value, notes, name))
            case "budget" | "order_value":
                comma = self._decimal_comma if lead.country is None else lead.country in DECIMAL_COMMA
                amount, currency = read_amount(value, notes, name, comma)
                setattr(lead, name, amount)
                if currency is not None and lead.currency is None:
                    lead.currency = currency
                    lead.provenance.append(_DERIVED["currency"])

    def judge(self, draft: Draft) -> None:
        """The violations that no single value shows."""
        lead, fields, notes = draft.lead, draft.fields, draft.notes
        for field, alternatives in self._required:
            for name in alternatives:
                if _is_there(lead, fields, name):
                    break
            else:
                notes.violate(field, "missing")
        if lead.email is None and lead.phone is None:
            notes.violate("contact", "uncontactable")
        if lead.is_test:
            notes.violate("is_test", "test_lead")
        if not lead.attributes.keys() <= self._harmless and self._honeypots.filled(lead.attributes) is not None:
            notes.violate("attributes", "bot")
        if lead.user_agent is not None and is_robot(lead.user_agent):
            notes.violate("user_agent", "bot")
        if (
            lead.full_name is not None
            and (lead.first_name == lead.last_name or lead.full_name == lead.company)
            and is_echo(fields)
        ):
            notes.violate("full_name", "bot")
        if self._agreement is not None:
            self._agreement.note(lead)
        _make_encodable(lead.attributes)


def _is_there(lead: Lead, fields: Mapping[str, Any], name: str) -> bool:
    """Whether a field came at all. One that came and was refused has its own violation, and is not missing."""
    if name not in _ALWAYS_FILLED and getattr(lead, name) is not None:
        return True
    value = fields.get(name)
    if value in _ABSENT or (isinstance(value, str) and not value.strip()):
        return False
    return name in _ALWAYS_FILLED or any(violation.field == name for violation in lead.violations)


def _event_id(value: Any, event: InboundEvent, notes: Notes) -> str:
    """The vendor's id. Without one: `blake2b:` and 32 hex digits of the record's bytes, so that a resend is recognised;
    an id too long to carry is digested likewise."""
    if type(value) is str and _LONG_ENOUGH <= len(value) <= _LONGEST_EVENT_ID and value[0].isalnum() and is_plain(value):
        return value  # no template either
    if value is not None:
        text = as_text(value)
        if text is not None and len(text) > _LONGEST_EVENT_ID:
            return _digest(text.encode("utf-8", "surrogatepass"))
        clean = None if text is None else plain(text)
        if clean and len(clean) <= _LONGEST_EVENT_ID and not is_nothing(clean):  # else all that write null were one event
            return clean
        if clean is None:
            notes.reject("event_id", value)
        elif is_nothing(clean):
            notes.remove("event_id", value)
    return _digest(event.position.identity.encode() if event.value is None else event.value)


def _digest(data: bytes) -> str:
    return "blake2b:" + blake2b(data, digest_size=16).hexdigest()


def _make_encodable(attributes: dict[str, str]) -> None:
    """No lone surrogate may leave here: it would stop the record's encoding much later."""
    if "".join(attributes).isascii() and "".join(attributes.values()).isascii():
        return
    for key, text in list(attributes.items()):
        if not (key.isascii() and text.isascii()):
            try:
                (key + text).encode()
            except UnicodeEncodeError:
                del attributes[key]
                attributes[plain(key, lines=True)] = plain(text, lines=True)


def _required(source: Source) -> tuple[tuple[str, tuple[str, ...]], ...]:
    required = tuple((field, tuple(field.split("|"))) for field in source.required)
    for field, alternatives in required:
        if unknown := [name for name in alternatives if name not in FIELDS]:
            raise ConfigurationError(
                f"source {source.name}: required: {field}: no lead has a field {', '.join(unknown)}; "
                f"choose among {', '.join(sorted(FIELDS))}"
            )
    return required


def _zone(source: Source) -> tzinfo:
    if source.time_zone == "UTC":
        return UTC
    try:
        return ZoneInfo(source.time_zone)
    except (KeyError, ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ConfigurationError(
            f"source {source.name}: time_zone: there is no zone {source.time_zone!r}; write it as in Europe/Berlin"
        ) from error
