"""A process of its own, and the only place that ever sees a contact."""
