"""Who may do what: roles, principals, tokens, sessions, limits. Pure: clocks and dice come from outside."""
