"""What is remembered takes no more room than it may."""

from slap_proxy.http_api.least_used import LeastUsed


def test_the_least_used_are_forgotten_when_the_room_is_taken():
    known = LeastUsed(100)
    for name in "abc":
        known.keep(name, name, 30)
    assert known.find("a") == "a"
    known.keep("d", "d", 30)
    assert [known.find(name) for name in "abcd"] == ["a", None, "c", "d"]


def test_what_is_replaced_takes_no_room():
    known = LeastUsed(100)
    known.keep("a", "a", 10)
    for count in range(50):
        known.keep("b", count, 90)
    assert (known.find("a"), known.find("b")) == ("a", 49)


def test_the_last_is_remembered_however_large_it_is():
    known = LeastUsed(100)
    known.keep("a", "a", 10)
    known.keep("large", "large", 1000)
    assert (known.find("a"), known.find("large")) == (None, "large")
    known.keep("b", "b", 10)
    assert (known.find("large"), known.find("b")) == (None, "b")
