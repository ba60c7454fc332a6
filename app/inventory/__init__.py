"""Sources, teams and routing: what deploy/config says, read and judged before anything runs."""
