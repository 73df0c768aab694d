"""Reports: file, check, correct, take back, mark as repaid, read."""

from registry.services.reports.changes import amend, mark_repaid, withdraw
from registry.services.reports.desk import Desk, Refused, ReportKeys
from registry.services.reports.filing import Filed, check_only, submit
from registry.services.reports.reading import History, get, page
from registry.store.report_lists import Wanted

__all__ = [
    "Desk",
    "Filed",
    "History",
    "Refused",
    "ReportKeys",
    "Wanted",
    "amend",
    "check_only",
    "get",
    "mark_repaid",
    "page",
    "submit",
    "withdraw",
]
