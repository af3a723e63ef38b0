"""A response of the model, compiled."""

from __future__ import annotations

import re

from seastool.scenario.compiling.constants import constant_text
from seastool.scenario.compiling.sip_source import SipSource
from seastool.scenario.errors import BadText, shown
from seastool.scenario.operations.replying import Answer
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.model import AnswerModel
from seastool.scenario.reading.report import Report
from seastool.scenario.texts.message_text import crlf
from seastool.scenario.texts.scope import Scope
from seastool.scenario.texts.template import Template, compile_template

_STATUS = re.compile(r"([1-6][0-9][0-9])(?: +(.*))?")
_HEADER = re.compile(r"[A-Za-z0-9.!%*_+`'~-]{1,64}")
_MADE = ("status", "reason", "headers", "body", "to_tag")
_COMPUTED = ("content-length", "l")


def compile_answer(
    model: AnswerModel, path: Path, scope: Scope, report: Report, sources: SipSource
) -> Answer:
    """What is wrong goes into the report."""
    if model.to:
        report.attempt([*path, "to"], scope.check_exchange, str(model.to))
    _check_forms(model, path, scope, report)
    text = sources.message(model.sip, model.file, path)
    status, reason = 0, None
    if model.status is not None:
        told = str(model.status)
        with report.within([*path, "status"]):
            status, phrase = _status(told, scope)
            reason = Template([phrase]) if phrase else None
    if model.reason is not None:
        phrase = model.reason
        reason = report.attempt([*path, "reason"], compile_template, phrase, scope)
    return Answer(
        to=model.to or "",
        text=text,
        status=status,
        reason=reason,
        headers=_headers(model, path, scope, report),
        body=_body(model, path, scope, report),
        to_tag=_tag(model, path, scope, report),
        type=model.type or "",
        faked=model.faked,
    )


def _check_forms(model: AnswerModel, path: Path, scope: Scope, report: Report) -> None:
    has_text = model.sip is not None or model.file is not None
    made = [key for key in _MADE if getattr(model, key) is not None]
    if model.faked and (has_text or made):
        report.tell([*path, "faked"], "a faked response has no message", key=True)
    elif model.faked and scope.role != "openser":
        report.tell([*path, "faked"], "only the role openser fakes responses", key=True)
    elif has_text and made:
        report.tell([*path, made[0]], f"{made[0]} does not go with a text", key=True)
    elif not model.faked and not has_text and model.status is None:
        report.tell(path, "the status is missing, or sip, or file")
    if model.type and scope.role != "appserver":
        report.tell([*path, "type"], "type is for the role appserver", key=True)


def _status(text: str, scope: Scope) -> tuple[int, str]:
    constant = constant_text(text, scope)
    found = _STATUS.fullmatch(constant)
    if found is None:
        raise BadText(f"{shown(constant)} is no status: 100 to 699, a reason may follow")
    return int(found[1]), found[2] or ""


def _headers(
    model: AnswerModel, path: Path, scope: Scope, report: Report
) -> tuple[tuple[str, Template], ...]:
    made = []
    for name, value in (model.headers or {}).items():
        where = [*path, "headers", name]
        if not _HEADER.fullmatch(name):
            report.tell(where, f"{shown(name)} is no header's name", key=True)
        elif name.lower() in _COMPUTED:
            report.tell(where, f"{name} is computed", key=True)
        elif one := report.attempt(where, compile_template, str(value), scope):
            made.append((name, one))
    return tuple(made)


def _body(model: AnswerModel, path: Path, scope: Scope, report: Report) -> Template | None:
    body = model.body
    if body is None:
        return None
    return report.attempt([*path, "body"], compile_template, body, scope, crlf)


def _tag(model: AnswerModel, path: Path, scope: Scope, report: Report) -> Template | None:
    tag = model.to_tag
    if tag is None:
        return None
    return report.attempt([*path, "to_tag"], compile_template, str(tag), scope)
