"""An Airflow DAG: a night a day; the task fails where a critical finding is new (exit 1)."""

from __future__ import annotations

import datetime as dt

from airflow.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "loglens_nightly",
    schedule="0 3 * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
):
    BashOperator(task_id="nightly", bash_command="loglens nightly /data/runs --out /data/site --log-json", retries=1)
