"""How a service is, in the one word that people and programs know."""


def service_status(news: tuple[str, ...] | None) -> str:
    """Return green, red, orange (both), none, or unsupported where the master sends no news."""
    if news is None:
        return "unsupported"
    works = any(text.startswith("#access") for text in news)
    fails = any(text.startswith("#error") for text in news)
    return {(True, True): "orange", (True, False): "green", (False, True): "red"}.get((works, fails), "none")
