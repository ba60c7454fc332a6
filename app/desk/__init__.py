"""Who of a team gets a lead: working time, who is there, whose turn it is. Pure; its twin in Redis is app/edges/redis/desk.py."""
