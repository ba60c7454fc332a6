"""What if: leads of the past, decided once more by a candidate configuration. Nothing is emitted. See docs/whatif.md."""
