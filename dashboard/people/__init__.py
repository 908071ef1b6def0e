"""Who uses Runboard: users, roles, sign-in."""
