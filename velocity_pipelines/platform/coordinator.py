"""The run queue, which notes who launched a run.

Not here: authentication, which the proxy in front does.
"""

from __future__ import annotations

from dagster import DagsterRun, QueuedRunCoordinator, SubmitRunContext

USER_HEADER = "X-Forwarded-User"  # set by the proxy, which overwrites what comes from outside


class AttributedRunCoordinator(QueuedRunCoordinator):
    """Stamps the authenticated user on each run."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue a run."""
        user = context.get_request_header(USER_HEADER)
        if user:
            self._instance.add_run_tags(context.dagster_run.run_id, {"user": user})
        return super().submit_run(context)
