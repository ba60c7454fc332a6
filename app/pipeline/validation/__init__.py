"""Validation: mapped fields of any type become a typed lead, with violations and repairs. Nothing here raises on a value.

A module per subject (e-mail, phone, name, time, …); `validator.py` puts them together.
"""

from app.pipeline.validation.validator import FIELDS, Draft, Validator, compile_validator

__all__ = ["FIELDS", "Draft", "Validator", "compile_validator"]
