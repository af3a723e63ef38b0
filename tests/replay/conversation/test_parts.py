"""Which of the recorded messages one that has come is."""

from sip_texts import request, response

from seastool.replay.conversation.parts import REQUESTS, Part, take


def expecting(*texts: bytes, key: object = "t") -> list[Part]:
    return [Part(n, n, text, False, key, 0.0) for n, text in enumerate(texts, 1)]


def steps(parts: list[Part]) -> list[int]:
    return [part.step for part in parts]


def test_the_next_one_of_that_status_is_taken_once() -> None:
    parts = expecting(response(180), response(200))
    part, missed = take(parts, "t", response(180))
    assert (part, missed) == (parts[0], [])
    assert [one.is_done for one in parts] == [True, False]
    assert take(parts, "t", response(180)) == (None, [])


def test_what_a_response_has_passed_by_is_missed() -> None:
    parts = expecting(response(180), response(183), response(200))
    part, missed = take(parts, "t", response(200))
    assert (part, steps(missed)) == (parts[2], [1, 2])
    assert all(one.is_done for one in parts)


def test_another_final_response_is_in_the_final_ones_place() -> None:
    parts = expecting(response(180), response(487))
    part, missed = take(parts, "t", response(200))
    assert (part, steps(missed)) == (parts[1], [1])


def test_another_provisional_response_is_in_the_next_provisional_ones_place() -> None:
    parts = expecting(response(183), response(200))
    assert take(parts, "t", response(180)).part is parts[0]
    assert take(parts, "t", response(180)).part is None  # the next one is final
    assert not parts[1].is_done


def test_other_keys_and_our_own_parts_are_no_candidates() -> None:
    parts = expecting(response(200))
    assert take(parts, "other", response(200)).part is None
    parts[0].is_ours = True
    assert take(parts, "t", response(200)).part is None


def test_requests_go_by_method_and_leave_the_others_waiting() -> None:
    parts = expecting(request("INFO"), request("BYE"), key=REQUESTS)
    assert take(parts, REQUESTS, request("BYE")) == (parts[1], [])
    assert take(parts, REQUESTS, request("MESSAGE")) == (None, [])
    assert take(parts, REQUESTS, request("INFO")).part is parts[0]
