"""Is every group of leads treated alike? What was decided, and what came of it, by group, with what chance can bring about."""
