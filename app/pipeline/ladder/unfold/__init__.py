"""What the ladder climbs over: each value of a payload as a leaf, with its path, its label and what it stands in."""
