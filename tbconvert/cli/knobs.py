"""The options of a command: grouped in its help, each with its environment variable."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Knob(click.Option):
    """An option that belongs to a group of the help page."""

    def __init__(self, *args: Any, group: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose help page shows its options by group, in the order of their definition."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, one section a group."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(param, "group", "Help"), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


class Choice(click.Choice[str]):
    """A choice that proposes the nearest right one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the choice, or fail with the nearest one."""
        try:
            return super().convert(value, param, ctx)
        except click.UsageError as err:
            near = difflib.get_close_matches(str(value), list(map(str, self.choices)), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.BadParameter(err.message + hint, ctx=ctx, param=param) from None


class Pair(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """Two texts with an equals sign between, such as ``OLD=NEW``: that is its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the two texts."""
        if isinstance(value, tuple):
            return value
        left, equals, right = str(value).partition("=")
        if not (left and equals and right):
            self.fail(f"got {value!r}, wanted {self.name}", param, ctx)
        return left, right


class Colour(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """``R,G,B`` or ``R,G,B,A`` or one grey, each from 0 to 255."""

    name = "R,G,B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the numbers."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        numbers = tuple(int(part) for part in parts if part.strip().isdecimal())
        good = len(numbers) == len(parts) and len(parts) in (1, 3, 4) and max(numbers) <= 255
        if not good:
            self.fail(f"got {value!r}, wanted 1, 3 or 4 numbers up to 255, as 255,0,0", param, ctx)
        return numbers


class Shard(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """``I/N``: the I-th of N parts, from 1 on."""

    name = "I/N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return the two numbers."""
        if isinstance(value, tuple):
            return value
        number, _, of = str(value).partition("/")
        if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            self.fail(f"got {value!r}, wanted a part of so many, from 1 on, as 2/16", param, ctx)
        return int(number), int(of)


def knob(group: str, *names: str, **attrs: Any) -> Callable[[F], F]:
    """Declare an option of a group; its environment variable is TBCONVERT_ and its name."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0].strip()
    envvar = "TBCONVERT_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, cls=Knob, group=group, envvar=envvar, show_envvar=False, **attrs)
