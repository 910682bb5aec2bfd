"""Which WebSocket frames are accepted."""

from typing import Any

import pytest

from settings_ui.http.frames import LONGEST, only_spoken

SAVE = '{"name":"a.b","payload":{"form":{"name":"x"}}}'


async def heard(message: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Return what the app receives for a message, and what is sent back."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return message

    async def send(answer: Any) -> None:
        sent.append(answer)

    return dict(await only_spoken(receive, send)()), sent


@pytest.mark.parametrize(
    "frame",
    [
        "3",
        "1",
        "40/_event,",
        '40/_event,{"event":{"name":"a.hydrate_and_load","payload":{}}}',
        "41/_event,",
        f'42/_event,["event",{SAVE}]',
        '42/_event,["client_error",{"message":"x"}]',
        '42/_event,["ping"]',
    ],
)
async def test_what_our_pages_send_is_heard(frame: str) -> None:
    message = {"type": "websocket.receive", "text": frame}
    assert await heard(message) == (message, [])


@pytest.mark.parametrize(
    "frame",
    [
        '42/_event,["connect",{"QUERY_STRING":"token=x"}]',
        '42/_event,["disconnect"]',
        '42/_event,["\\u0063onnect",{}]',
        '42/_event, ["connect",{}]',
        '42/_event,[ "connect",{}]',
        '42/_event?["event",["connect",{}]',
        '42/_event,7["connect",{}]',
        '42/_event,["link_token_to_sid","x"]',
        '42/_event,["emit_update",{}]',
        '42["connect",{}]',
        f'42["event",{SAVE}]',
        f'42/other,["event",{SAVE}]',
        '43/_event,1["x"]',
        "44/_event,{}",
        '451-/_event,["connect",{"_placeholder":true,"num":0}]',
        '461-/_event,1["x"]',
        '\uff142/_event,["connect",{}]',
        '4\uff12/_event,["connect",{}]',
        "b4AAAA",
        "0{}",
        "2probe",
        "5",
        "6",
        "4",
        "",
        "3\n42",
        " 3",
    ],
    ids=repr,
)
async def test_anything_else_closes_the_socket(frame: str) -> None:
    """Above all a `connect` message: Socket.IO would take headers from it, session included."""
    assert await heard({"type": "websocket.receive", "text": frame}) == (
        {"type": "websocket.disconnect", "code": 1008},
        [{"type": "websocket.close", "code": 1008}],
    )


@pytest.mark.parametrize("message", [{"bytes": b"3"}, {"bytes": b"3", "text": None}, {"text": None}, {}])
async def test_nothing_binary_is_heard(message: dict[str, Any]) -> None:
    assert (await heard({"type": "websocket.receive", **message}))[0]["type"] == "websocket.disconnect"


@pytest.mark.parametrize("kind", ["websocket.connect", "websocket.disconnect"])
async def test_the_beginning_and_the_end_pass(kind: str) -> None:
    assert await heard({"type": kind}) == ({"type": kind}, [])


async def test_a_message_that_no_page_could_have_written_is_not_read() -> None:
    """Reflex keeps the address that a window claims: 64 KiB at most."""
    address = "x" * LONGEST
    message = {"type": "websocket.receive", "text": f'42/_event,["event",{{"router_data":{{"asPath":"{address}"}}}}]'}
    assert await heard(message) == (
        {"type": "websocket.disconnect", "code": 1009},
        [{"type": "websocket.close", "code": 1009}],
    )


async def test_whoever_leaves_does_not_come_back_on_the_same_socket() -> None:
    """Reflex would begin another window for each return, with a state of its own, of which nobody keeps count."""
    frames, sent = iter(["40/_event,", "41/_event,", "40/_event,"]), []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", "text": next(frames)}

    async def send(answer: Any) -> None:
        sent.append(answer)

    receiving = only_spoken(receive, send)
    assert [(await receiving())["type"] for _ in range(2)] == ["websocket.receive"] * 2
    assert (await receiving())["type"] == "websocket.disconnect"
    assert sent == [{"type": "websocket.close", "code": 1000}]
    assert next(frames), "it was read all the same"
