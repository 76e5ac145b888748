"""Stretches of a prompt and what they may mean; overlapping ones are kept, a reading decides."""

from __future__ import annotations

from oracle_kit.language.lexicon import MAX_PHRASE, Lexicon
from oracle_kit.language.quantities import find_quantities
from oracle_kit.language.spelling import meant_beside, repair
from oracle_kit.language.tokens import MOST_WORDS, Token, squash, tokenise
from oracle_kit.model import Span
from oracle_kit.windows import Clock

_BREAKS = frozenset(",;:?!")
MOST_REPAIRED = 5  # short words of one prompt that are tried beside their neighbours


def find_spans(prompt: str, lexicon: Lexicon, clock: Clock) -> tuple[Span, ...]:
    """The typed spans of a prompt: phrases of the lexicon, numbers, comparisons, windows and grains; those of
    its first MOST_WORDS words."""
    tokens = tokenise(prompt)
    if len(tokens) > MOST_WORDS:
        tokens = tokens[:MOST_WORDS]
        prompt = prompt[: tokens[-1].end]
    quantities = find_quantities(prompt, lexicon.tongue, clock)
    taken = [(span.start, span.end) for span in quantities]
    repairs = {
        at: word
        for at, token in enumerate(tokens)
        if not any(start <= token.start < end for start, end in taken)
        and (word := repair(token.text, lexicon)) is not None
    }
    repairs |= _repaired_beside(tokens, repairs, lexicon, clock)
    if repairs:
        quantities = (*quantities, *_mended_quantities(prompt, tokens, repairs, lexicon, clock))
    phrases = _codes(prompt, tokens, lexicon)
    phrases += [
        span for at in range(len(tokens)) for span in _phrases_from(at, tokens, repairs, prompt, lexicon)
    ]
    return tuple(sorted((*phrases, *quantities), key=lambda span: (span.start, -span.end)))


def _repaired_beside(
    tokens: tuple[Token, ...], repairs: dict[int, str], lexicon: Lexicon, clock: Clock
) -> dict[int, str]:
    """Repairs of short words that the words beside them decide: "lst month", "how mnay"."""
    found: dict[int, str] = {}
    for at, token in enumerate(tokens):
        options = () if at in repairs else meant_beside(token.text, lexicon)
        fitting = [word for word in options if _makes_phrase(tokens, at, word, lexicon, clock)]
        if len(fitting) == 1:
            found[at] = fitting[0]
        elif len(options) == 1:
            found[at] = options[0]
        if len(found) >= MOST_REPAIRED:
            break
    return found


def _makes_phrase(tokens: tuple[Token, ...], at: int, word: str, lexicon: Lexicon, clock: Clock) -> bool:
    """Whether the word with one beside it is a phrase or a time."""
    texts = [f"{tokens[at - 1].text} {word}"] if at else []
    texts += [f"{word} {tokens[at + 1].text}"] if at + 1 < len(tokens) else []
    return any(
        squash(text) in lexicon.exact
        or any(text == span.text for span in find_quantities(text, lexicon.tongue, clock))
        for text in texts
    )


def _codes(prompt: str, tokens: tuple[Token, ...], lexicon: Lexicon) -> list[Span]:
    """Codes as they are written ("US"); in a prompt of capitals they could be any word."""
    if prompt.isupper() and len(tokens) > 1:
        return []
    return [
        Span(start=token.start, end=token.end, text=token.typed, entries=lexicon.codes[token.typed])
        for token in tokens
        if token.typed in lexicon.codes
    ]


def _mended_quantities(
    prompt: str, tokens: tuple[Token, ...], repairs: dict[int, str], lexicon: Lexicon, clock: Clock
) -> list[Span]:
    """Time phrases and comparisons that hold a repaired word ("last mnth"), at their places in the prompt."""
    text, shifts, at = "", [], 0
    for place, word in sorted(repairs.items()):
        token = tokens[place]
        text += prompt[at : token.start]
        shifts.append((len(text), len(text) + len(word), token))
        text += word
        at = token.end
    text += prompt[at:]
    found: list[Span] = []
    for span in find_quantities(text, lexicon.tongue, clock):
        if any(span.start < end and start < span.end for start, end, _ in shifts):
            start, stop = _unshifted(span.start, shifts), _unshifted(span.end, shifts)
            changes = {
                "start": start,
                "end": stop,
                "text": prompt[start:stop],
                "how": "spelling",
                "said": span.text,
            }
            found.append(span.model_copy(update=changes))
    return found


def _unshifted(offset: int, shifts: list[tuple[int, int, Token]]) -> int:
    """The offset in the prompt of an offset in the mended text; inside a repaired word, that word's edge."""
    moved = 0
    for start, end, token in shifts:
        if offset <= start:
            break
        moved = token.end - end
    return offset + moved


def _phrases_from(
    at: int, tokens: tuple[Token, ...], repairs: dict[int, str], prompt: str, lexicon: Lexicon
) -> list[Span]:
    """The spans that begin at one token, up to the longest phrase or the next break."""
    found: list[Span] = []
    words: list[str] = []
    mended = False
    for end in range(at, min(at + MAX_PHRASE, len(tokens))):
        if tokens[end].text in _BREAKS:
            break
        mended = mended or end in repairs
        words.append(squash(repairs.get(end, _unowned(tokens[end].text, lexicon))))
        if not words[-1]:
            if end == at:
                break
            continue
        start, stop = tokens[at].start, tokens[end].end
        rigid = _keeps_its_form(at, end, tokens, words[-1], lexicon)
        for how, entries in lexicon.find(words):
            if rigid and how == "inflected":
                continue
            found.append(
                Span(
                    start=start,
                    end=stop,
                    text=prompt[start:stop],
                    entries=entries,
                    how="spelling" if mended else how,
                    said=" ".join(word for word in words if word) if mended else "",
                )
            )
    return found


def _unowned(word: str, lexicon: Lexicon) -> str:
    """The word without a possessive ending that no phrase has."""
    bare = word[:-2] if word[-2:] in ("'s", "’s") else word
    return word if squash(word) in lexicon.vocabulary else bare


def _keeps_its_form(at: int, end: int, tokens: tuple[Token, ...], last: str, lexicon: Lexicon) -> bool:
    """Whether the words are no form of others: "show" and "block" carry nothing, so they are not "showing" or
    "blocked"; "changes by city" groups changes, it does not say who "changed by"."""
    if end == at:
        before = tokens[at - 1].text if at else ""
        shapes = any(entry.kind == "shape" for entry in lexicon.exact.get(last, ()))  # "list" is not "listed"
        return shapes or lexicon.carries_nothing(tokens[at].text, before)
    return any(entry.kind == "operator" for entry in lexicon.exact.get(last, ()))
