"""The pages of those who work here: officers, auditors, operators, and members' people. Each part has its files."""
