"""Who is this, and was it here before? Pseudonyms for people and events, and the claims by which duplicates are found."""

from __future__ import annotations

from hashlib import blake2b, sha256
from typing import Final

from app.pipeline.fate import DuplicateKind
from app.pipeline.lead import Lead
from app.ports import Claim

# An address with one of these marks is not one person's: it must not make strangers each other's duplicates.
_SHARED_EMAIL = frozenset({"role_address", "placeholder", "invalid"})
_SHARED_PHONE = frozenset({"implausible", "placeholder", "invalid"})

_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))

_KIND_OF_PREFIX: dict[str, DuplicateKind] = {"v": "same_event", "e": "same_email", "p": "same_phone"}


class Pseudonyms:
    """Keyed pseudonyms: without the pepper nobody can enumerate e-mail addresses back from them.

    HMAC-SHA256 (RFC 2104), cut to 128 bits: collisions among 10^9 people stay below 10^-20.

    Args:
        pepper: The secret key. The same pepper gives the same pseudonyms; a new one forgets all duplicates.
    """

    def __init__(self, pepper: bytes) -> None:
        # One derived key of full length, so that a short pepper costs nothing per call and is never used as it is.
        key = blake2b(pepper, person=b"leadstream/ps", digest_size=32).digest().ljust(64, b"\0")
        # The two hashes of an HMAC, each begun with the key: to go on from there takes a third of the time of `hmac.digest`.
        self._inner, self._outer = sha256(key.translate(_INNER)), sha256(key.translate(_OUTER))

    def __call__(self, kind: str, value: str) -> str:
        """32 hex digits for `value`; the kind keeps equal texts of different kinds apart."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{kind}\0{value}".encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.hexdigest()[:32]


def claim_of(lead: Lead, window_s: int, pseudonym: Pseudonyms) -> Claim:
    """What the lead claims to be the first of: its event id, then its e-mail, then its phone.

    Only a valid record gets here: a claim by one that ends as a dead letter would hold the key against its corrected resend.
    """
    keys = [f"v:{pseudonym('v', lead.source + '/' + lead.event_id)}"]
    email, phone = personal(lead)
    if email:
        keys.append(f"e:{pseudonym('e', email)}")
    if phone:
        keys.append(f"p:{pseudonym('p', phone)}")
    return Claim(lead.lead_id, tuple(keys), window_s)


def subject_of(claim: Claim) -> str | None:
    """The person's pseudonym: of the e-mail, else of the phone; None where neither tells a person."""
    return claim.keys[1][2:] if len(claim.keys) > 1 else None


def kind_of(key: str) -> DuplicateKind:
    """What the key by which an earlier lead was found says about the two."""
    return _KIND_OF_PREFIX[key[0]]


def personal(lead: Lead) -> tuple[str | None, str | None]:
    """E-mail and phone, as far as they tell one person. A vendor's test lead tells nobody."""
    if lead.is_test:
        return None, None
    email, phone = lead.email, lead.phone
    for violation in lead.violations:
        if violation.field == "email" and violation.code in _SHARED_EMAIL:
            email = None
        elif violation.field == "phone" and violation.code in _SHARED_PHONE:
            phone = None
    return email.lower() if email else None, phone
