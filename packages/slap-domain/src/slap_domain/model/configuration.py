"""An INI configuration, parsed from text; every complaint names the file, the section and the key."""

import configparser
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slap_domain.errors import ConfigurationError

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MALFORMED: Mapping[type[configparser.Error], tuple[str, str]] = {
    configparser.MissingSectionHeaderError: (
        "comes before any section",
        "begin with the line of a section, such as [slapos]",
    ),
    configparser.DuplicateSectionError: (
        "begins a section that is there already",
        "make one section of the two",
    ),
    configparser.DuplicateOptionError: ("sets a key that is set already", "keep one of the two lines"),
    configparser.ParsingError: (
        "is neither a setting nor a section",
        "write `key = value` or `[section]`; a line that begins with a space goes on with the last",
    ),
}
_UNITS = {unit: 1024**power for power, unit in enumerate("BKMGTPEZY")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of a configuration.

    Attributes:
        source: the file it was read from, for messages.
        values: keys as written, in lower case; several sections may have been merged.
        origins: the section that each key of a merged one was taken from, for messages.
        given: the keys that the command line has set, which the file is not to blame for.
    """

    source: str
    name: str
    values: Mapping[str, str]
    origins: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    def text(self, key: str, default: str | None = None) -> str:
        """Return a value, stripped.

        Raises:
            ConfigurationError: it is absent or empty and there is no default.
        """
        value = self.values.get(key, "").strip()
        if value:
            return value
        if default is None:
            raise ConfigurationError(
                f"{self.source}: section [{self.name}]: {key} is missing",
                hint=f"add a line `{key} = …` to section [{self.name}]",
            )
        return default

    def boolean(self, key: str, *, default: bool) -> bool:
        """Return a truth value, written in any case.

        Raises:
            ConfigurationError: it is neither true nor false.
        """
        text = self.text(key, "").lower()
        if not text:
            return default
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise self.wrong(key, "is neither true nor false", hint="write true or false")

    def integer(self, key: str, default: int | None = None) -> int:
        """Return a whole number.

        Raises:
            ConfigurationError: it is no whole number, or absent without a default.
        """
        text = self.text(key, None if default is None else str(default))
        try:
            return int(text)
        except ValueError:
            raise self.wrong(key, "is not a whole number", hint="write digits alone, such as 10") from None

    def size(self, key: str, default: str) -> int:
        """Return a number of bytes; `1000M`, `2 GiB` and `512` are sizes, units are powers of 1024.

        Raises:
            ConfigurationError: it is no size.
        """
        text = self.text(key, default).upper().replace(" ", "")
        number = text.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        unit = text[len(number) :][:1] or "B"
        try:
            return int(float(number) * _UNITS[unit])
        except (KeyError, ValueError, OverflowError):
            raise self.wrong(
                key,
                "is not a size",
                hint="write a number of bytes, or one with a unit, such as 500M or 2 GiB",
            ) from None

    def lines(self, key: str) -> tuple[str, ...]:
        """Return the non-empty lines of a value, stripped."""
        return tuple(line.strip() for line in self.values.get(key, "").splitlines() if line.strip())

    def unknown(self, known: Iterable[str]) -> tuple[str, ...]:
        """Return the keys that nobody reads, sorted."""
        return tuple(sorted(set(self.values) - set(known)))

    def wrong(self, key: str, complaint: str, *, hint: str = "") -> ConfigurationError:
        """Return the error that names a key and what is wrong with its value.

        Args:
            key: of this section.
            complaint: what is wrong, as the end of a sentence.
            hint: what to write instead, where the complaint does not say it.
        """
        place = f"section [{self.origins.get(key, self.name)}]"
        where, changed_in = f"{self.source}: {place}", f"in {place}"
        if key in self.given:
            where, changed_in = "the command line", "on the command line"
        return ConfigurationError(
            f"{where}: {key} = {self.values.get(key, '')!r} {complaint}",
            hint=hint or f"change {key} {changed_in}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A parsed configuration file."""

    source: str
    sections: Mapping[str, Mapping[str, str]]

    def section(self, *names: str) -> Section:
        """Return a section, or several merged: the first named wins. A section that is absent is empty."""
        merged: dict[str, str] = {}
        origins: dict[str, str] = {}
        for name in reversed(names):
            merged.update(self.sections.get(name, {}))
            origins.update(dict.fromkeys(self.sections.get(name, {}), name))
        return Section(source=self.source, name=names[0], values=merged, origins=origins)


def parse_configuration(text: str, source: str) -> Configuration:
    """Parse an INI text, as every existing slapos configuration is written: interpolated, `%` doubled.

    Raises:
        ConfigurationError: it is malformed; the message names the file and, where known, the line.
    """
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text, source)
        sections = {name: dict(parser.items(name)) for name in parser.sections()}
    except configparser.InterpolationError as error:
        raise _not_interpolated(error, parser, source) from error
    except (
        configparser.MissingSectionHeaderError,
        configparser.DuplicateSectionError,
        configparser.DuplicateOptionError,
    ) as error:
        raise _malformed(error, error.lineno or 1, text, source) from error
    except configparser.ParsingError as error:
        raise _malformed(error, error.errors[0][0], text, source) from error
    return Configuration(source=source, sections=sections)


def _not_interpolated(
    error: configparser.InterpolationError, parser: configparser.RawConfigParser, source: str
) -> ConfigurationError:
    written = parser.get(error.section, error.option, raw=True)
    return ConfigurationError(
        f"{source}: section [{error.section}]: {error.option} = {written!r} holds a % "
        "that refers to no other key of the section",
        hint="write %% for a percent sign, or %(key)s for the value of another key",
    )


def _malformed(error: configparser.Error, number: int, text: str, source: str) -> ConfigurationError:
    """Return the error that names a line, what it says, and the section that it is in."""
    lines = text.splitlines()
    complaint, hint = _MALFORMED[type(error)]
    section = _section_above(lines[: number - 1])
    where = f"{source}, line {number}" + (f", section [{section}]" if section else "")
    return ConfigurationError(f"{where}: {lines[number - 1].strip()!r} {complaint}", hint=hint)


def _section_above(lines: Sequence[str]) -> str:
    """Return the name of the last section that begins in some lines; empty when none does."""
    found = (configparser.ConfigParser.SECTCRE.match(line) for line in reversed(lines))
    return next((match["header"] for match in found if match), "")
