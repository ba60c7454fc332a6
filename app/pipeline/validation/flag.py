"""Yes or no, as forms and vendors write it."""

# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

from app.pipeline.validation.notes import Notes
from app.pipeline.validation.placeholder import is_placeholder
from app.pipeline.validation.raw import as_text

_YES = frozenset(
    "true t yes y yep on 1 checked accepted accept granted grant agree agreed subscribed opt_in opt-in optin "
    "opted_in confirmed given consented allowed ja j jo jawohl oui o si sí sì s sim tak да д так 是 是的 同意 はい 同意する 예 "
    "네 evet ano áno igen da kyllä einverstanden zugestimmt akzeptiert accepté acceptée acepto aceptado aceito "
    "aceite accetto accettato akkoord согласен согласна подтверждаю ✓ ✔ ☑ ✅".split()
) | frozenset(
    "i agree|i accept|yes, i agree|opted in|opt in|ich stimme zu|ja, ich stimme zu|ich bin einverstanden|"
    "j'accepte|je suis d'accord|de acuerdo|estoy de acuerdo|de acordo|concordo|d'accord|wyrażam zgodę|"
    "zgadzam się|я согласен|я согласна".split("|")
)
_NO = frozenset(
    "false f no n nope off 0 unchecked denied deny declined decline refused refuse unsubscribed not_subscribed "
    "opt_out opt-out optout opted_out withdrawn revoked disagree nein nö non nie nee niet none não nao нет н ні 否 不 "
    "不是 不同意 いいえ 아니오 아니요 hayır hayir ne nem nu ei nej nei abgelehnt widerrufen refusé rechazo rechazado recuso "
    "rifiuto rifiutato отказ отказываюсь ✗ ✘ ☐ ❌".split()
) | frozenset(
    "not subscribed|opted out|opt out|i do not agree|i disagree|not given|ich stimme nicht zu|"
    "nicht einverstanden|je refuse|no acepto|não aceito|non accetto|niet akkoord|не согласен|не согласна|"
    "nie zgadzam się".split("|")
)


def read_flag(value: object, notes: Notes, field: str) -> bool | None:
    """True, False, or None where it is neither: a consent is never guessed."""
    if isinstance(value, bool):
        return value
    text = as_text(value)
    low = "" if text is None else text.strip().lower().rstrip(".!")
    if low in _YES:
        return True
    if low in _NO:
        return False
    if low and is_placeholder(low):
        notes.remove(field, value)
    elif low or text is None:
        notes.reject(field, value)
    return None
