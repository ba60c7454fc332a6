"""Staged rollouts: who is in, how it goes in both arms, and when to go on, wait or turn back. Pure."""
