"""Names and sentences as a log's author could abuse them."""

from __future__ import annotations

from dataclasses import replace

from loglens.model.diagnosis import Cause, Diagnosis, RunDiagnosis
from loglens.model.finding import Broke, Evidence, NotApplicable
from loglens.model.run import Problem
from tests.diagnoses import diagnosis, run_diagnosis, spike, with_what_if

TEXTS = (
    "a|b||c\\|d\\",
    "`code` and ``more`` and ```fence",
    "```\n# heading\n```",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</summary></details><a href=javascript:alert(1)>x</a>",
    "@everyone @org/team mail a@b.example",
    "[link](http://evil.example) ![pic](http://evil.example/x.png) <http://evil.example>",
    "http://evil.example www.evil.example ftp://evil.example",
    "#123 GH-7 org/repo#5 !12 :tada: $x^2$ &lt; &#64;all",
    "[1]: http://evil.example\n\n[1]",
    "line one\nline two\r\n\n# heading\n- list\n1. one",
    "- item",
    "1. one",
    "> quote",
    "---",
    "| a | b |\n| - | - |\n| 1 | 2 |",
    "\u202egnp.exe\u2066\u200f RTL",
    "\x1b[31mred\x07\x00",
    "-->",
    "]]>",
    "🙂 👩‍👩‍👧 é 漢字",
    "../../etc/passwd",
    "",
    " ",
    "`",
    b"caf\xe9".decode("utf-8", errors="surrogateescape"),
    "x" * 10_000,
    "|" * 10_000,
    "`" * 10_000,
)  # fmt: skip


def run_of(text: str) -> RunDiagnosis:
    """A run in which every word that could come from a log is `text`."""
    finding = replace(
        spike(), summary=text, series=text, evidence=(Evidence(name=text, value=text, unit=text, note=text),)
    )
    one = with_what_if(run_diagnosis(text))
    told = one.what_if
    return replace(
        one,
        findings=(finding, *one.findings),
        format=text,
        x_axis=text,
        source=text,
        files=(text,),
        causes=(Cause(cause="bad_data", probability=0.9, because=(text,)), Cause(cause="healthy", probability=0.1)),
        recommendation=replace(one.recommendation, why=text),
        outcomes=(
            *one.outcomes[:2],
            NotApplicable(detector="overfitting", reason=text),
            Broke(detector="periodic_pattern", error=text),
        ),
        curves=tuple(replace(curve, series=text) for curve in one.curves),
        what_if=None if told is None else replace(told, sibling=text),
    )


def diagnosis_of(text: str, *, runs: int = 1) -> Diagnosis:
    return replace(
        diagnosis(*(run_of(text) for _ in range(runs))),
        problems=(Problem(path=text, message=text, offset=3),),
        path=text,
    )
