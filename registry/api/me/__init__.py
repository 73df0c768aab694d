"""`/v1/me`: what a person may see and do about what is recorded of them."""

from registry.api.me import appeals, explaining, file, files, letters, looks, recalls, rehabilitation, sessions, wishes

ROUTERS = (
    sessions.router,
    file.router,
    explaining.router,
    looks.router,
    recalls.router,
    wishes.router,
    appeals.router,
    files.router,
    letters.router,
    rehabilitation.router,
)

__all__ = ["ROUTERS"]
