"""The prepared failures: the right cause first, with the place that shows it."""

import random

import pytest
from diagnosing import diagnose
from doctor_stage import Stage, request
from prepared_failures import FOLDER, MESSAGES, PREPARED, files

from seastool.errors import CaptureError
from seastool.interop.doctor.prediction import predict
from seastool.interop.finding import Severity
from seastool.seas.dialects import lookup

MOST_BYTES = 400_000


@pytest.mark.parametrize("name", PREPARED)
def test_the_right_cause_comes_first(name):
    prepared = PREPARED[name]
    found = diagnose((FOLDER / f"{name}.{prepared.suffix}").read_bytes())
    assert found, "nothing was found"
    assert found[0].cause.id == prepared.cause


@pytest.mark.parametrize("name", PREPARED)
def test_every_diagnosis_has_evidence_and_a_cure(name):
    prepared = PREPARED[name]
    for diagnosis in diagnose((FOLDER / f"{name}.{prepared.suffix}").read_bytes()):
        assert diagnosis.cure
        assert diagnosis.count == len(diagnosis.symptoms) > 0
        for symptom in diagnosis.symptoms:
            assert symptom.packet > 0
            assert symptom.time_ns > 0
            assert symptom.unit
            assert symptom.message


def test_there_are_enough_of_them():
    assert len({prepared.cause for prepared in PREPARED.values()}) >= 50
    assert len({message.cause for message in MESSAGES}) >= 20


def test_the_files_are_those_that_the_script_writes_and_small():
    made = files()
    there = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert sorted(there) == sorted(made)
    assert [name for name in made if made[name] != there[name]] == []
    assert sum(map(len, made.values())) < MOST_BYTES


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_messages_are_predicted(message):
    sip = (FOLDER / f"{message.name}.sip").read_bytes()
    found = predict(sip, lookup(message.server))
    assert found.is_taken is message.is_taken
    assert found.reasons[0].cause.id == message.cause
    assert found.reasons[0].says


PLACES = {
    # name: unit, first byte, bytes
    "content-length-zero": ("SIP", 256, b"Content-Length: 0\r\n"),
    "layout-mismatch": ("BIND", 5, bytes.fromhex("0000000001")),
    "action-length-zero": ("TCP", None, bytes(4)),
    "event-socket-blocked": ("type 8", 4, b"\x08"),
    "uac-from-tag": ("UAC_REQ", None, b"From: <sip:alice@example.com>\r\n"),
    "uac-cseq-one": ("UAC_REQ", None, b"CSeq: 1 OPTIONS\r\n"),
    "body-length": ("REPLY_FIN", None, b"Content-Length: 3\r\n"),
    "pings-lost": ("PING", 10, b"\0\0\0\2"),
    "event-too-long": ("SIP", None, b"OPTIONS sip:bob@192.0.2.1 SIP/2.0\r"),
    "name-mismatch": ("TCP", 0, b"\x0capp_server_2"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_bytes_that_show_it_are_named(name):
    unit, start, data = PLACES[name]
    symptom = diagnose(PREPARED[name].make())[0].symptoms[0]
    assert symptom.unit == unit
    assert symptom.data == data
    assert start is None or symptom.start == start


def test_a_consequence_stands_behind_its_cause():
    found = diagnose(PREPARED["action-too-long"].make())
    assert [d.cause.id for d in found][:2] == ["action-too-long", "proxy-left"]
    found = diagnose(PREPARED["name-unknown"].make())
    assert [d.cause.id for d in found] == ["name-unknown", "as-not-connected"]


def test_a_proxy_that_lets_go_of_one_socket_when_the_other_is_closed_has_not_left():
    stage = Stage()
    stage.open()
    sip = request()
    stage.ask(sip)
    stage.reply(sip, 200)
    stage.wait(1)
    stage.close(2)
    for number in (2, 1):
        stage.close(number, by_proxy=True)
    stage.wait(8)
    assert "proxy-left" not in {found.cause.id for found in diagnose(stage.finish())}


def test_worse_comes_first():
    for prepared in PREPARED.values():
        severities = [diagnosis.cause.severity for diagnosis in diagnose(prepared.make())]
        assert severities == sorted(severities, reverse=True)


def test_the_mistakes_that_are_only_habits_are_info():
    found = diagnose(PREPARED["uac-cseq-one"].make())
    assert [d.cause.severity for d in found] == [Severity.INFO]


def test_damaged_captures_give_diagnoses_or_a_capture_error():
    chance = random.Random(5)
    whole = [prepared.make() for prepared in PREPARED.values()]
    read = 0
    for _ in range(250):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.choice((1, 4, 30))):
            byte = chance.choice((0, 255, 13, chance.randrange(256)))
            data[chance.randrange(28, len(data))] = byte
        try:
            diagnose(bytes(data))
            read += 1
        except CaptureError:
            continue
    assert read > 100
