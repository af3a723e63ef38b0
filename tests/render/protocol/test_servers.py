"""Which servers something is true of, in words."""

import pytest

from seastool.render.protocol.servers import NAMES, held_by, servers
from seastool.seas.openser.faults import Fault


@pytest.mark.parametrize(
    ("holds", "told"),
    [
        (lambda one: True, "all"),
        (lambda one: False, "none known"),
        (lambda one: one.server.startswith("openser"), "OpenSER all"),
        (lambda one: one.waits_from_relay, "Kamailio from 3.1"),
        (
            lambda one: Fault.FAILURE_LENGTH_SWAPPED in one.known,
            "OpenSER all; OpenSIPS 1.4.0 to before 1.4.3; Kamailio 1.4.0 to before 1.4.3",
        ),
        (
            lambda one: Fault.CONTENT_LENGTH_ZERO in one.known,
            "Kamailio 5.3.9 to before 5.4, 5.4.7 to before 5.5, from 5.5.3",
        ),
    ],
    ids=["all", "none", "family", "from", "to before", "with gaps"],
)
def test_who_it_is(holds, told):
    assert held_by(holds) == told


def test_every_family_is_there_in_order():
    families = [one.server.partition("-")[0] for one in servers()]
    assert list(dict.fromkeys(families)) == list(NAMES)
    assert families == sorted(families, key=list(NAMES).index)
