"""A scenario file as strictly typed records; the JSON Schema is made from them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from seastool.scenario.reading.model_types import (
    Calls,
    Count,
    Duration,
    FrameTypes,
    Model,
    Name,
    Rate,
    Short,
    Texts,
    Value,
    Values,
    mistake,
)


class ReceiveModel(Model):
    """Where a request came in at the proxy (role openser)."""

    transport: str | None = None
    """udp, tcp, tls, as the dialect has them; udp if nothing is said."""
    source: str | None = None
    """The sender's address and port, such as 10.0.0.9:5060."""
    destination: str | None = None
    """The proxy's socket; processors are bound to its address."""


class AnswerModel(Model):
    """A response, made from the request it answers, or given as SIP text."""

    to: Name | None = None
    """The request, by its name; the last one that came if nothing is said."""
    status: Value | None = None
    """Status code, or code and reason: 486, or 486 Busy Here."""
    reason: str | None = None
    """Reason phrase, if not the usual one."""
    headers: dict[str, Value] | None = None
    """Headers beside those copied from the request."""
    body: str | None = None
    """Body; Content-Length is computed. Name its Content-Type among the headers."""
    to_tag: Value | None = None
    """Tag of To, "" for none; the call's own tag if nothing is said."""
    sip: str | None = None
    """The whole response as a template, in place of all of the above but `to`."""
    file: str | None = None
    """The same, from a file beside the scenario."""
    faked: bool = False
    """The proxy's own 408 of a time-out, without a message (role openser)."""
    type: Literal["REPLY_PROV", "REPLY_FIN"] | None = None
    """Frame type, if not that of the status (role appserver)."""


class SendModel(Model):
    """Something to send: one of sip, file, ack, cancel, respond, reply, hex, frame."""

    as_: Name | None = None
    """A name for the transaction, to be used by what follows."""
    sip: str | None = None
    """A SIP request as a template. Role openser: T_REQ_IN; role appserver: UAC_REQ."""
    file: str | None = None
    """The same, from a file beside the scenario."""
    stateless: bool = False
    """As SL_REQ_IN (role openser) or SL_MSG (role appserver)."""
    ack: Name | None = None
    """An ACK of that transaction; made from it unless there is a text."""
    cancel: Name | None = None
    """A CANCEL of that transaction; made from it unless there is a text."""
    respond: AnswerModel | None = None
    """A response to a request of the application server: RES_IN (role openser)."""
    reply: AnswerModel | None = None
    """A response to a request that came: REPLY_PROV, REPLY_FIN, SL_MSG (role appserver)."""
    hex: str | None = None
    """Bytes as they are, in hex."""
    frame: dict[str, Value] | None = None
    """A frame by its type and fields."""
    socket: Literal["event", "action"] | None = None
    """Which socket hex or frame goes out on, if the type does not say."""
    receive: ReceiveModel | None = None
    """Where the request came in (role openser)."""
    processor_id: Count | None = None
    """Whom at the application server it is for."""
    spiral: bool = False
    """The SPIRAL flag of UAC_REQ and AC_CANCEL (role appserver)."""


class MatchModel(Model):
    """What a frame has to be."""

    type: FrameTypes | None = None
    """Frame type, such as REPLY_FIN, or several; any if nothing is said."""
    of: Name | None = None
    """Only frames of that transaction; others wait for the steps that want them."""
    where: dict[str, Values] | None = None
    """Field or SIP header: value, /pattern/, or comparison such as ">= 200"."""
    filter: str | None = None
    """An expression as in seastool decode --filter."""
    capture: dict[Name, str] | None = None
    """Variable: field or SIP header, and perhaps a /pattern/ with one group."""
    as_: Name | None = None
    """A name for the transaction that the frame opens."""


class ExpectModel(MatchModel):
    """A frame to wait for."""

    timeout: Duration | None = None
    """How long, if not the scenario's timeout."""
    optional: bool = False
    """It may come, once, more often or not at all, before what follows."""
    any_of: Annotated[list[Annotated[MatchModel, Short("type")]], Field(min_length=1)] | None = None
    """Alternatives, any of which will do."""
    not_: Annotated[MatchModel, Short("type")] | None = None
    """What must not come before the timeout."""


class FaultModel(Model):
    """Faults of what is written, switched in mid-run for all calls."""

    start: Texts | None = None
    """Faults to switch on, such as drop=0.1@REPLY_FIN."""
    stop: Texts | None = None
    """Faults to switch off, by name."""


class EndModel(Model):
    """The end of the call."""

    fail: str | None = None
    """Why it failed."""


_ENDS: dict[str, dict[str, str]] = {"pass": {}, "fail": {"fail": "the scenario ends so"}}


class RepeatModel(Model):
    """Steps that are done several times."""

    count: Count | None = None
    """How often."""
    while_: str | None = None
    """As long as that expression over variables holds, looked at before each round."""
    counter: Name | None = None
    """A variable that counts the rounds from 1."""
    steps: Annotated[list[StepModel], Field(min_length=1)]
    """What to do."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.count is None and self.while_ is None:
            raise mistake("repeat needs count or while")
        return self


class StepModel(Model):
    """One step: exactly one of these keys."""

    send: SendModel | None = None
    """Send something."""
    expect: Annotated[ExpectModel, Short("type")] | None = None
    """Wait for a frame and look at it."""
    reply: Annotated[AnswerModel, Short("status")] | None = None
    """Answer a request that came: short for send with reply or respond, by role."""
    delay: Duration | None = None
    """Do nothing for that long."""
    repeat: RepeatModel | None = None
    """Do steps several times."""
    assert_: str | None = None
    """Fail unless the expression over variables holds."""
    log: str | None = None
    """Tell something."""
    fault: Annotated[FaultModel, Short("start")] | None = None
    """Switch faults on or off."""
    end: Annotated[EndModel, Short(words=_ENDS)] | None = None
    """End the call here: pass, fail, or fail with a reason."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.given) != 1:
            told = " and ".join(self.given) or "none"
            raise mistake(f"a step is one of {', '.join(STEP_KEYS)}; found {told}")
        return self

    @property
    def given(self) -> list[str]:
        """The keys that are there."""
        return [key for name, key in _STEP_NAMES.items() if getattr(self, name) is not None]


class LoadModel(Model):
    """How many calls, how fast, how many at once."""

    calls: Calls = 1
    """How many calls; unlimited: until stopped."""
    rate: Rate | None = None
    """How many begin in a second, such as 100/s; as fast as possible if nothing is said."""
    concurrency: Annotated[int, Field(ge=1)] | None = None
    """How many may be going on at once."""
    duration: Duration | None = None
    """When no new call begins any more."""


class ScenarioModel(Model):
    """A scenario of one side of SEAS."""

    scenario: str
    """Its name."""
    role: Literal["openser", "appserver"]
    """Which side it plays."""
    description: str | None = None
    """What it does, for people."""
    dialect: str | None = None
    """The server it imitates or speaks to, such as kamailio-5.6.3."""
    variables: dict[Name, Value] | None = None
    """Variables and their defaults, which --set changes."""
    timeout: Duration = "5s"
    """How long an expect waits if it does not say."""
    unexpected: Literal["fail", "ignore"] = "fail"
    """What a frame does that belongs to a call but that the call does not expect."""
    receive: ReceiveModel | None = None
    """Where requests come in at the proxy, if send does not say (role openser)."""
    load: LoadModel | None = None
    """How many calls."""
    faults: list[str] | None = None
    """Faults of all that is written, as in --fault."""
    steps: Annotated[list[StepModel], Field(min_length=1)]
    """What a call does, in this order."""


_STEP_NAMES = {name: name.rstrip("_") for name in StepModel.model_fields}
STEP_KEYS = tuple(_STEP_NAMES.values())
