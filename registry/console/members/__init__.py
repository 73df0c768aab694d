"""The members' console: their reports, appeals, recalls, keys, webhooks, quota, and how far they are on their way."""
