"""``tbconvert.toml``, or ``[tool.tbconvert]`` in ``pyproject.toml``: options that stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from tbconvert import storage
from tbconvert.cli.knobs import Colour, Pair
from tbconvert.errors import SourceError, UsageError, did_you_mean
from tbconvert.options import OF_SOURCE, Options

NONE = "none"
"""What a user says to have no configuration, although one would be found."""

_TABLES = ("source", "dialect")
"""What is no option: sections for some files, and dialects."""

_PYPROJECT = "pyproject.toml"
_PLACES = ("logdir", "graph")
"""Options that name a file: relative to the configuration, wherever the command is given."""


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration: ``table`` is what stands in ``file``, ``sources`` its sections."""

    file: Path = Path()
    table: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[Mapping[str, Any], ...] = ()

    @property
    def dialects(self) -> Mapping[str, Mapping[str, Any]]:
        """The dialects that it describes, by name."""
        return _dialects_of(self.table, self.file)

    def sources_beside(self, ctx: click.Context) -> tuple[Mapping[str, Any], ...]:
        """Return the sections for some files, without what the command line says otherwise."""
        left = (
            {name: value for name, value in one.items() if not _is_given(name, ctx)}
            for one in self.sources
        )
        return tuple(one for one in left if len(one) > 1)

    @contextmanager
    def blamed(self, ctx: click.Context) -> Iterator[None]:
        """Name the file where what is wrong stands in there.

        Raises
        ------
        UsageError
            Whatever is raised in here.
        """
        try:
            yield
        except UsageError as err:
            name = err.option
            of_option = ctx.get_parameter_source(name) == ParameterSource.DEFAULT_MAP
            of_section = any(name in one for one in self.sources) and not _is_given(name, ctx)
            if of_option or of_section or (self.table and name in ("sources", "dialects")):
                raise UsageError(f"{self.file}: {err}", name) from err
            raise


def _is_given(name: str, ctx: click.Context) -> bool:
    """Tell whether an option stands on the command line, or in the environment."""
    given = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return ctx.get_parameter_source(name) in given


def configure(ctx: click.Context, param: click.Parameter, given: str | None) -> Config:
    """Let a configuration give the defaults of the options of a command; return it.

    Raises
    ------
    UsageError
        It cannot be read, or does not make sense.
    """
    if given == NONE or ctx.resilient_parsing:
        return Config()
    found = _find_config() if given is None else (Path(given), _named_config(Path(given)))
    if found is None:
        return Config()
    file, table = found
    dialects = _dialects_of(table, file)
    sources = _sources_of(table, file, ctx)
    defaults = _defaults_of(table, file, ctx)
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    if dialects:
        from tbconvert.dialects import know  # slow to import, and few configurations have any

        try:
            know(dialects)
        except UsageError as err:
            raise UsageError(f"{file}: {err}") from err
    return Config(file, table, sources)


# --------------------------------------------------------------------------------- the file


def _find_config() -> tuple[Path, dict[str, Any]] | None:
    """Return the nearest configuration, of this folder or one above, and what is in it."""
    try:
        folder = Path.cwd()
    except OSError:  # it was removed
        return None
    for above in (folder, *folder.parents):
        for name in ("tbconvert.toml", _PYPROJECT):
            file = above / name
            if not _is_there(file):
                continue
            if name != _PYPROJECT:
                return file, _parsed(file)
            try:
                table = _own_part(_parsed(file), file)
            except _NotTOMLError:
                continue  # not ours to judge
            if table is not None:
                return file, table
    return None


def _is_there(file: Path) -> bool:
    try:
        return storage.exists(str(file)) and not storage.is_folder(str(file))
    except OSError:  # a folder above that nobody may look into
        return False


def _named_config(file: Path) -> dict[str, Any]:
    """Return what stands in a file that the user named."""
    table = _parsed(file)
    if file.name != _PYPROJECT:
        return table
    own = _own_part(table, file)
    if own is None:
        raise UsageError(f"{file}: no section [tool.tbconvert] in it")
    return own


class _NotTOMLError(UsageError):
    """A file cannot be read as TOML."""


def _parsed(file: Path) -> dict[str, Any]:
    import tomllib  # few folders have a configuration

    try:
        with storage.open_input(str(file)) as stream:
            return tomllib.loads(stream.read().decode("utf-8-sig"))
    except SourceError as err:
        raise _NotTOMLError(f"--config: {file}: {err.problem}") from err
    except UnicodeDecodeError as err:
        raise _NotTOMLError(f"{file}: not TOML: not in UTF-8") from err
    except tomllib.TOMLDecodeError as err:
        raise _NotTOMLError(f"{file}: not TOML: {err}") from err


def _own_part(table: Mapping[str, Any], file: Path) -> dict[str, Any] | None:
    """Return the section that is ours, None if there is none."""
    tools = table.get("tool")
    own = tools.get("tbconvert") if isinstance(tools, dict) else None
    if own is not None and not isinstance(own, dict):
        raise UsageError(f"{file}: tool.tbconvert: got {_shown(own)}, wanted a section")
    return own


# ------------------------------------------------------------------------------ its options


def _defaults_of(table: Mapping[str, Any], file: Path, ctx: click.Context) -> dict[str, Any]:
    """Return the defaults that a configuration gives the options of a command, by their names.

    Keys are the long options, without dashes in front, and with "-" or "_" between words.
    Those of another command are passed over.
    """
    by_key = _by_key(ctx.command)
    group = getattr(ctx.parent and ctx.parent.command, "commands", {})
    elsewhere = {key for command in group.values() for key in _by_key(command)}
    defaults: dict[str, Any] = {}
    for name, (key, value) in _by_name(table, str(file)).items():
        is_section = key == "source" or (key == "dialect" and not isinstance(value, str))
        if is_section or (name in elsewhere and name not in by_key):
            continue
        param = by_key.get(name)
        if param is None:
            hint = did_you_mean(name, [*by_key, *elsewhere, *_TABLES])
            raise UsageError(f"{file}: no option {key!r}{hint}")
        given = _given(value, param, f"{file}: {key}")
        _cast(given, param, ctx, f"{file}: {key}")
        is_place = name in _PLACES and "://" not in str(given) and given not in ("auto", NONE)
        # as whoever wrote it sees it, wherever the command is given
        defaults[str(param.name)] = str(file.parent / str(given)) if is_place else given
    return defaults


def _by_name(table: Mapping[str, Any], where: str) -> dict[str, tuple[str, Any]]:
    """Return what a table says of options, by their names with "-": the key and the value."""
    found: dict[str, tuple[str, Any]] = {}
    for key, value in table.items():
        other, _ = found.setdefault(key.replace("_", "-"), (key, value))
        if other != key:
            said = f"{other!r} and {key!r} are one option, wanted one of them"
            raise UsageError(f"{where}: {said}")
    return found


def _by_key(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command by the keys of a configuration: ``step-scale``."""
    return {
        name.removeprefix("--"): param
        for param in command.params
        if isinstance(param, click.Option)
        for name in param.opts
        if name.startswith("--") and name != "--config"
    }


def _sources_of(
    table: Mapping[str, Any], file: Path, ctx: click.Context
) -> tuple[dict[str, Any], ...]:
    """Return the sections for some files, as ``Options`` takes them."""
    sections = table.get("source", [])
    if not isinstance(sections, list) or not all(isinstance(one, dict) for one in sections):
        raise UsageError(f"{file}: source: wanted sections, each headed [[source]]")
    params = {param.name: param for param in _by_key(ctx.command).values()}
    found: list[dict[str, Any]] = []
    for section in sections:
        keys = _by_name(section, f"{file}: source {section.get('match')!r}")
        named = {name.replace("-", "_"): value for name, (_, value) in keys.items()}
        try:
            Options(sources=(named,))
        except UsageError as err:
            raise UsageError(f"{file}: {err}") from err
        values: dict[str, Any] = {}
        for key, value in keys.values():
            name, where = key.replace("-", "_"), f"{file}: source {named['match']!r}: {key}"
            if name in OF_SOURCE and name in params:
                given = _given(value, params[name], where)
                values[name] = _cast(given, params[name], ctx, where)
        try:
            Options(**values)
        except UsageError as err:
            raise UsageError(f"{file}: source {named['match']!r}: {err}") from err
        found.append({"match": named["match"], **values})
    return tuple(found)


def _dialects_of(table: Mapping[str, Any], file: Path) -> Mapping[str, Mapping[str, Any]]:
    dialects = table.get("dialect", {})
    if isinstance(dialects, str):
        return {}  # it is the option of that name
    if not isinstance(dialects, dict) or not all(isinstance(d, dict) for d in dialects.values()):
        raise UsageError(f"{file}: dialect: wanted sections, each headed [dialect.NAME]")
    return dialects


def _cast(given: Any, param: click.Option, ctx: click.Context, where: str) -> Any:
    """Return the value of an option as the command line would have it."""
    try:
        return param.type_cast_value(ctx, given)
    except click.UsageError as err:
        raise UsageError(f"{where}: {err.message}") from err


def _given(value: Any, param: click.Option, where: str) -> Any:
    """Return a value as click takes it for an option."""

    def wrong(wanted: str) -> UsageError:
        return UsageError(f"{where}: got {_shown(value)}, wanted {wanted}")

    if param.is_flag:
        if not isinstance(value, bool):
            raise wrong("true or false")
        return value
    if isinstance(value, dict):
        if not isinstance(param.type, Pair):
            raise wrong("a list of texts" if param.multiple else "one value")
        for name, one in value.items():
            if not isinstance(one, bool | int | float | str):
                said = f"{where}: {name}: got {_shown(one)}, wanted a text, a number or a truth"
                raise UsageError(said)
        return [f"{name}={_shown(one, bare=True)}" for name, one in value.items()]
    if param.multiple:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise wrong("a text, or a list of texts")
        return texts
    if isinstance(value, list) and isinstance(param.type, Colour):
        return ",".join(map(str, value))
    if isinstance(value, list):
        raise wrong("one value")
    is_whole = isinstance(param.type, click.types.IntParamType)
    if is_whole or isinstance(param.type, click.types.FloatParamType):
        if isinstance(value, bool) or not isinstance(value, int if is_whole else int | float):
            raise wrong("a whole number" if is_whole else "a number")
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong("a text")
    return str(value)


def _shown(value: Any, *, bare: bool = False) -> str:
    """Return a value as TOML has it; a text that is ``bare`` without quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if bare else repr(value)
