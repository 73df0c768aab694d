"""The pages of the people recorded: what is held about them, who looked, and how to contest it."""
