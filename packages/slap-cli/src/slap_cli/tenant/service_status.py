"""How a service is: in the one word that people and programs know, and why it fails."""

from slap_cli.excerpts.essential_lines import essential_lines

_ACCESS, _ERROR = "#access", "#error"


def service_status(news: tuple[str, ...] | None) -> str:
    """Return green, red, orange (both), none, or unsupported where the master sends no news."""
    if news is None:
        return "unsupported"
    works = any(text.startswith(_ACCESS) for text in news)
    fails = any(text.startswith(_ERROR) for text in news)
    return {(True, True): "orange", (True, False): "green", (False, True): "red"}.get((works, fails), "none")


def why_it_fails(news: tuple[str, ...] | None) -> list[str]:
    """Return the last failure as shortly as it can be said, a line each; nothing where there is none."""
    failures = [text for text in news or () if text.startswith(_ERROR)]
    return essential_lines(failures[-1].removeprefix(_ERROR).strip()) if failures else []
