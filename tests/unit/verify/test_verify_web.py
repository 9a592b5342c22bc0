import pytest

from ingot.errors import VerifyError
from ingot.verify.web import Web, without_secrets

KEY = "K3YK3YK3YK3Y"


@pytest.fixture
def web(script, clock):
    return Web("Explorer", f"{script.url}/v2/api", secrets=(KEY,), sleep=clock.sleep)


def test_json_comes_and_goes(script, web):
    script.will({"a": 1}, (409, {"b": 2}))
    assert web.get("/x", query={"q": "ü"}).body == {"a": 1}
    reply = web.post_json({"c": 3}, "/y")
    assert (reply.status, reply.body) == (409, {"b": 2})
    first, second = script.requests
    assert (first.method, first.path, first.query) == ("GET", "/v2/api/x", {"q": "ü"})
    assert (second.method, second.path, second.body) == ("POST", "/v2/api/y", {"c": 3})
    assert first.headers["User-Agent"].startswith("ingot/")


def test_a_form_is_posted(script, web):
    script.will({})
    web.post_form({"a": "1 & 2", "b": ""}, query={"k": "v"})
    (asked,) = script.requests
    assert asked.query == {"k": "v"}
    assert asked.form == {"a": "1 & 2", "b": ""}


def test_what_passes_is_tried_again(script, web, clock):
    script.will((503, b"busy"), (429, {}), (502, b""), {"ok": True})
    assert web.get().body == {"ok": True}
    assert clock.pauses == [1, 2, 4]


def test_a_key_is_blotted_out_as_urls_have_it_too():
    web = Web("Explorer", "http://127.0.0.1:1", secrets=("a b/c",))
    assert web.blotted("a b/c a%20b/c a+b%2Fc") == "*** *** ***"


def test_trying_again_is_told(script, clock):
    script.will((503, b"busy"), (200, None), {})
    lines = []
    Web("Explorer", script.url, sleep=clock.sleep, progress=lines.append).get()
    assert lines == [
        "Explorer answers with HTTP status 503: trying again in 1 s",
        "Explorer does not answer: trying again in 2 s",
    ]


def test_it_waits_as_long_as_it_is_told_but_not_for_ever(script, web, clock):
    script.will((429, {}, {"Retry-After": "7"}), (429, {}, {"Retry-After": "86400"}), {})
    web.get()
    assert clock.pauses == [7, 30]


def test_a_closed_connection_is_tried_again(script, web, clock):
    script.will((200, None), {"ok": True})
    assert web.get().body == {"ok": True}
    assert len(clock.pauses) == 1


def test_half_an_answer_is_tried_again(script, web):
    script.will((200, b'{"a": ', {"Content-Length": "40"}), {"ok": True})
    assert web.get().body == {"ok": True}


def test_other_statuses_are_answers(script, web, clock):
    script.will((404, {"customCode": "job_not_found"}))
    assert web.get().status == 404
    assert clock.pauses == []


def test_no_json_is_told_with_its_start_and_without_the_key(script, web):
    script.will((200, f"<html>  <title>Hi {KEY}</title>\n{'x' * 9999}".encode()))
    with pytest.raises(VerifyError) as caught:
        web.get(query={"apikey": KEY})
    message = str(caught.value)
    assert "no JSON: '<html> <title>Hi ***</title>" in message
    assert KEY not in message
    assert len(message) < 500


def test_who_does_not_answer_is_named_without_the_key(clock):
    down = Web(
        "Explorer", f"http://user:{KEY}@127.0.0.1:1/api?apikey={KEY}", secrets=(KEY,), sleep=clock.sleep
    )
    with pytest.raises(
        VerifyError, match=r"Explorer does not answer at http://127\.0\.0\.1:1/api: .*refused"
    ) as caught:
        down.get(query={"apikey": KEY})
    assert KEY not in str(caught.value)
    assert KEY not in repr(down)
    assert caught.value.__cause__ is None
    assert len(clock.pauses) == 3


def test_persistent_trouble_ends(script, web):
    script.will((500, b"<h1>Internal Server Error</h1>"))
    with pytest.raises(VerifyError, match="HTTP status 500 and no JSON"):
        web.get()
    assert len(script.requests) == 4


def test_a_user_in_the_url_becomes_a_header(script, clock):
    script.will({})
    Web("Explorer", script.url.replace("//", "//me:a%20b@"), sleep=clock.sleep).get("/x")
    assert script.requests[0].headers["Authorization"] == "Basic bWU6YSBi"
    Web("Explorer", script.url, sleep=clock.sleep).get("/x")
    assert "Authorization" not in script.requests[1].headers


def test_urls_are_shown_without_secrets():
    assert without_secrets("https://user:word@host:1/path?key=1#2") == "https://host:1/path"
