"""Toggles at the edge: through the OpenFeature SDK, with a provider that follows our topic, or another that is configured."""
