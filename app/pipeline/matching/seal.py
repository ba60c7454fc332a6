"""Records sealed for a store that others may read: without the pepper they are noise.

A synthetic initialisation vector (after Rogaway and Shrimpton 2006, as in RFC 5297): a keyed hash of lead and record, of which 48
bits are kept, is both the proof that nothing was changed and, with the lead id, the nonce. So the nonce is unique per lead and
record without being stored, the same record is always sealed alike, and a lead sealed twice with other contents does not reuse
its key stream.

48 bits and not the 128 of AES-GCM's own tag, because each byte is paid for once per lead: who can write to the store has one
chance in 2^48 per try to pass off a record, and could delete it for nothing.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG: Final = 6  # bytes that a sealed record is longer
_GCM_TAG: Final = 16


class BrokenSeal(Exception):
    """Not what was sealed for this lead: damaged, exchanged, or sealed with another pepper."""


class Seal:
    """Seals and opens.

    Args:
        pepper: The secret that pseudonyms are made with; another key is derived from it here.
    """

    def __init__(self, pepper: bytes) -> None:
        keys = blake2b(pepper, person=b"leadstream/seal", digest_size=64).digest()
        self._encrypt = AESGCM(keys[:32]).encrypt
        self._hash = blake2b(key=keys[32:], digest_size=TAG)

    def seal(self, lead: bytes, record: bytes) -> bytes:
        """`TAG` bytes more than the record; `lead` is the id, of fixed length."""
        tag = self._tag(lead, record)
        return tag + self._encrypt(lead + tag, record, None)[:-_GCM_TAG]

    def open(self, lead: bytes, sealed: bytes) -> bytes:
        """The record.

        Raises:
            BrokenSeal: It is not what was sealed for this lead.
        """
        tag = sealed[:TAG]
        record = self._encrypt(lead + tag, sealed[TAG:], None)[:-_GCM_TAG]  # counter mode: the same again takes it away
        if self._tag(lead, record) != tag:
            raise BrokenSeal
        return record

    def _tag(self, lead: bytes, record: bytes) -> bytes:
        hashed = self._hash.copy()
        hashed.update(lead)
        hashed.update(record)
        return hashed.digest()
