"""Column names → tags: kept as they are, but for what a reader cannot show."""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatchcase

from tbconvert.cells import Findings
from tbconvert.model import Origin, Problem, Tag
from tbconvert.options import Options

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST = 512
"""Characters; TensorBoard stores longer ones, and then shows a page of one name."""


def safe_tag(name: str) -> Tag:
    """Return the tag of a name: trimmed, without control characters or empty parts, not endless."""
    parts = (_CONTROL.sub("_", part.strip()).strip() for part in name.split("/"))
    tag = "/".join(part for part in parts if part) or "unnamed"
    if len(tag) > _LONGEST:
        tail = hashlib.sha256(tag.encode()).hexdigest()[:8]
        tag = f"{tag[: _LONGEST - 9]}-{tail}"
    return Tag(tag)


def is_wanted(name: str, options: Options) -> bool:
    """Tell whether ``--include`` and ``--exclude`` let a name through."""
    included = not options.include or any(fnmatchcase(name, glob) for glob in options.include)
    return included and not any(fnmatchcase(name, glob) for glob in options.exclude)


def rename(name: str, options: Options) -> str:
    """Return the name that ``--rename`` and ``--tag-prefix`` give to a name.

    A ``*`` in the old name stands for any text, the same one as in the new name.
    """
    for old, new in options.rename:
        head, star, tail = old.partition("*")
        if not star:
            if name == old:
                name = new
                break
        elif len(name) >= len(head + tail) and name.startswith(head) and name.endswith(tail):
            name = new.replace("*", name[len(head) : len(name) - len(tail)], 1)
            break
    return options.tag_prefix + name


class TagNames:
    """The tags of one run: each name gets one, and no two names get the same."""

    def __init__(self, options: Options, findings: Findings) -> None:
        self._options = options
        self._findings = findings
        self._tags: dict[tuple[str, str], Tag] = {}
        self._kinds: dict[Tag, tuple[str, str]] = {}

    def is_wanted(self, name: str) -> bool:
        """Tell whether ``--include`` and ``--exclude`` let a name through, and note it."""
        wanted = is_wanted(name, self._options)
        (self._findings.wanted if wanted else self._findings.unwanted).add(name)
        return wanted

    def names(self) -> frozenset[str]:
        """Return the names that have a tag by now."""
        return frozenset(name for name, _ in self._tags)

    def of_name(self, name: str) -> dict[str, Tag]:
        """Return the tags that a name has by now, by the kinds of their summaries."""
        return {kind: tag for (of, kind), tag in self._tags.items() if of == name}

    def tag(self, name: str, kind: str, origin: Origin) -> Tag:
        """Return the tag of a name for one kind of summary, met at some place.

        A tag is of one kind (readers drop the second), and of one name.
        """
        key = (name, kind)
        if key not in self._tags:
            given = rename(name, self._options)
            wanted = safe_tag(given)
            tag = wanted
            number = 0
            while tag in self._kinds:
                number += 1
                tag = Tag(f"{wanted}.{number}")
            self._tags[key] = tag
            self._kinds[tag] = key
            where = Origin(origin.uri, origin.part, column=name)
            if number:
                other, as_what = self._kinds[wanted]
                said = f"tag {wanted!r} is that of {other!r} ({as_what}) already: here {tag!r}"
                self._findings.note(Problem(where, said, "--rename gives it another name"))
            elif wanted != given.strip():
                said = f"the tag is {wanted!r}: no reader can show the name as it is"
                self._findings.note(Problem(where, said, "--rename gives it another one"))
        return self._tags[key]
