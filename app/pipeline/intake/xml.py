"""XML as a payload: an element is its text, or an object of its attributes and children; those of one name are a list.

No document type, no entities of its own: they are the ways in which XML is made to grow or to reach out.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, XMLParser

from app.errors import BadRecord
from app.pipeline.limits import CONTAINERS, DEPTH

Payload = dict[str, Any]

TEXT: Final = "value"  # the text of an element that has attributes or children
_FORBIDDEN: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED: Final = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")


def xml(document: str) -> Payload:
    """The document's root as a payload.

    Raises:
        BadRecord: unknown_format: not well-formed, or with a document type; too_deep, oversized.
    """
    if _FORBIDDEN.search(document):
        raise BadRecord("intake", "unknown_format", "XML with a document type: entities are not read", repairable=True)
    if document.count("<") > 2 * CONTAINERS:
        raise BadRecord("intake", "oversized", f"more than {CONTAINERS} elements")
    parser = XMLParser()  # noqa: S314 - no document type comes here, so no entity does
    try:
        parser.feed(_DECLARED.sub("", document, count=1))  # the encoding it declares was that of the bytes
        root = parser.close()
    except ParseError as error:
        detail = f"not well-formed XML at line {error.position[0]}"
        raise BadRecord("intake", "unknown_format", detail, repairable=True) from None
    found = _read(root, 1)
    return found if type(found) is dict else {_name(root.tag): found}


def _read(element: Element, depth: int) -> Any:
    if depth > DEPTH:
        raise BadRecord("intake", "too_deep", f"more than {DEPTH} elements within each other")
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text
    members: dict[str, Any] = {_name(name): value for name, value in element.attrib.items()}
    for child in element:
        name, value = _name(child.tag), _read(child, depth + 1)
        if name not in members:
            members[name] = value
        elif type(members[name]) is list:
            members[name].append(value)
        else:
            members[name] = [members[name], value]
    if text:
        members[TEXT] = text
    return members


def _name(tag: Any) -> str:
    """Without its namespace."""
    return str(tag).rpartition("}")[2] or TEXT
