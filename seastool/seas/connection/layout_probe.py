"""Which layout of actions the proxy reads: what is said before that is known, and how it is found.

Nothing in the handshake tells (docs/protocol.md: Actions). Three things help, the last one on
request only:

- A BIND or UNBIND whose bytes 5 to 9 are `p 0 0 0 p` reads the same in both layouts: the
  processor id stands first in layout B and last in A, the flags are not looked at.
- The numbers of an event's headers and methods differ by family (docs/protocol.md: Header types).
- A UAC_REQ without a From tag sends nothing; the proxy reports it with the uac id it has read,
  and a layout A proxy reads another one from the bytes of layout B. OpenSER up to 1.3 answers
  with the length swapped (`failure-length-swapped`), so this is never done unasked.
"""

from __future__ import annotations

from typing import Final

from seastool.errors import SeasError
from seastool.seas.codec import encode_frame
from seastool.seas.detect import Detector
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import AcResFail, Bind, Frame, UacReq, Unbind
from seastool.seas.types import Layout

PROBE_ID: Final = 0x53454153  # "SEAS": what a layout B proxy reads as uac id
PROBE_ID_IN_A: Final = PROBE_ID >> 8
PROBE_SECONDS: Final = 2.0
PROBE_TEXT: Final = (
    b"OPTIONS sip:layout-probe@invalid SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP invalid;branch=z9hG4bKseastool-layout-probe\r\n"
    b"From: <sip:seastool-layout-probe@invalid>\r\n"
    b"To: <sip:layout-probe@invalid>\r\n"
    b"Call-ID: seastool-layout-probe\r\n"
    b"CSeq: 2 OPTIONS\r\n\r\n"
)
REMOVE_LENGTH: Final = 'remove_hf("Content-Length"); msg_apply_changes();'
LIKELY: Final = {Layout.A: "openser-1.3.0", Layout.B: "kamailio"}  # where only the layout is known


class LayoutProbe:
    """The proxy's dialect: given, or assumed until something tells.

    assumed: what is spoken at first. detect: change it when events or the probe contradict it.
    """

    def __init__(self, assumed: Dialect, *, detect: bool, probe: bool, processor_id: int) -> None:
        self.dialect = assumed
        self.timer: float | None = None
        self._detect = detect
        self._wanted = probe
        self._processor_id = processor_id
        self._detector: Detector | None = Detector()
        self._complained = False

    @property
    def layout(self) -> Layout:
        """The layout that actions are written in."""
        return self.dialect.layout

    def encode_binding(self, action: Bind | Unbind) -> bytes:
        """The bytes of a BIND or UNBIND; those that both layouts understand while detecting."""
        if self._detect:
            action.flags = action.processor_id
            return encode_frame(action, Layout.B)
        return encode_frame(action, self.layout)

    # The probe on request.

    def begin(self, now: float) -> bytes | None:
        """The probe's frame, if one is wanted; once a connection."""
        if not self._wanted:
            return None
        self.timer = now + PROBE_SECONDS
        probe = UacReq(processor_id=self._processor_id, uac_id=PROBE_ID, text=PROBE_TEXT)
        return encode_frame(probe, Layout.B)

    def handle_timer(self, now: float) -> bool:
        """Whether the probe's time is over without an answer."""
        if self.timer is None or now < self.timer:
            return False
        self.timer = None
        return True

    def end(self) -> None:
        """The connection is gone."""
        self.timer = None

    @property
    def unanswered(self) -> str:
        """What to say then."""
        return (
            f"the proxy did not answer the layout probe within {PROBE_SECONDS:g} s, as OpenSER up "
            f"to 1.3 does not: actions stay in layout {self.layout} ({self.dialect.name})"
        )

    def failure(self, frame: AcResFail) -> str | None:
        """What the answer to the probe tells; None if the failure is another one's."""
        if not self._wanted or frame.uac_id not in (PROBE_ID, PROBE_ID_IN_A):
            return None
        self.timer = None
        found = Layout.B if frame.uac_id == PROBE_ID else Layout.A
        reason = "its answer to the layout probe"
        return self._learn(found, None, reason) or f"the proxy reads layout {found}: {reason}"

    # Events.

    def event(self, frame: Frame) -> str | None:
        """What an event tells that is new; looking ends when the layout is known."""
        detector, payload = self._detector, getattr(frame, "payload", b"")
        if detector is None or not payload:
            return None
        try:
            detector.observe_event(payload)
            known = detector.layout_known
        except SeasError:
            return None
        if not known:
            if detector.settled:
                self._detector = None
            return None
        self._detector = None
        reasons = "; ".join(detector.reasons)
        return self._learn(detector.layout, detector.dialect, reasons)

    def _learn(self, layout: Layout, dialect: Dialect | None, reason: str) -> str | None:
        if layout is self.layout:
            if self._detect and dialect is not None:
                self.dialect = dialect
            return None
        if self._detect:
            self.dialect = dialect or lookup(LIKELY[layout])
            name = self.dialect.name
            return f"the proxy reads layout {layout} ({reason}): actions go out as for {name} now"
        if self._complained:
            return None
        self._complained = True
        return (
            f"the proxy reads layout {layout} ({reason}), but {self.dialect.name} writes layout "
            f"{self.layout}: BINDs and other actions are not understood; leave --dialect out, or "
            f"give one such as {LIKELY[layout]}"
        )

    def quiet_hint(self, seconds: float) -> str:
        """What to say when no event has come for so long after the BINDs, by what real proxies
        write into their logs."""
        no_bind = "it has not taken the BIND of the address that is called"
        if not self._detect:
            no_bind = (
                f"it has not understood the BIND, written in layout {self.layout} "
                f"({self.dialect.name}); leave --dialect out for one that all understand"
            )
        return (
            f"no event for {seconds:g} s. If callers get 500, the proxy's log says why:\n"
            '  "unable to create event code": a message that it cannot encode, mostly for '
            f"Content-Length: 0; in its script, before as_relay_t(): {REMOVE_LENGTH}\n"
            f'  "no processor found": {no_bind}\n'
            '  "No more bindings allowed": its 10 places are taken by application servers that '
            "were killed: restart it\n"
            '  "not connected": its script relays to another name'
        )
