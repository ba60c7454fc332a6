"""How people and events are named where no personal data may be."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b, sha256
from typing import Final

_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
KEY_BYTES: Final = 7
IDENTIFIER_BYTES: Final = 16


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
        # The key as a secret beginning of the hash (NMAC, Bellare and others 1996): salt and personalisation of BLAKE2b. Its own
        # keyed mode puts a block before the text, which is hashed again with each.
        key = blake2b(pepper, person=b"leadstream/keys", digest_size=32).digest()
        self._keys = blake2b(salt=key[:16], person=key[16:], digest_size=KEY_BYTES)
        key = blake2b(pepper, person=b"leadstream/who", digest_size=32).digest()
        self._identifiers = blake2b(salt=key[:16], person=key[16:], digest_size=IDENTIFIER_BYTES)

    def __call__(self, kind: str, value: str) -> str:
        """32 hex digits for `value`; the kind keeps equal texts of different kinds apart."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{kind}\0{value}".encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.hexdigest()[:32]

    def identifiers(self, texts: Iterable[str]) -> list[bytes]:
        """Pseudonyms of identifiers (identifiers.py), `IDENTIFIER_BYTES` each: long enough that no two people share one."""
        begun, named = self._identifiers.copy, []
        for text in texts:
            keyed = begun()
            keyed.update(text.encode("utf-8", "surrogatepass"))
            named.append(keyed.digest())
        return named

    def keys(self, texts: Iterable[str]) -> list[bytes]:
        """What blocking keys are called in the match index: `KEY_BYTES` of BLAKE2b begun with a key, at a quarter of the cost of
        a pseudonym.

        Short, because a key only brings leads together that are compared then: a collision costs a comparison.
        """
        begun, named = self._keys.copy, []
        for text in texts:
            keyed = begun()
            keyed.update(text.encode("utf-8", "surrogatepass"))
            named.append(keyed.digest())
        return named
