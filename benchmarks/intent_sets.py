"""The ranker on public intent sets, beside TF-IDF with the nearest neighbour and with a linear SVM, in the same run.

`python -m benchmarks.intent_sets FOLDER`: the folder holds BANKING77 and CLINC150 as JSON Lines of text and label,
training and validation parts. A label is a template, its training lines are the asks; nothing is set for these sets.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only wait for each other

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from oracle_kit.codebook.rank import Ranker
from oracle_kit.evaluate.curve import curve_svg
from oracle_kit.evaluate.report import CurvePoint
from oracle_kit.words import TemplateWords

SETS = {"BANKING77": "banking77", "CLINC150": "clinc150"}
SEEDS = (11, 23, 37, 51, 79)
EXAMPLES = 10
LEVELS = (0.91, 0.90, 0.88, 0.85, 0.80, 0.75)  # in-scope accuracies at which out-of-scope recall is compared
Examples = list[tuple[str, str]]  # text, label
Guess = tuple[str, float]  # label, score
Method = Callable[[Examples, Sequence[str]], list[Guess]]


def ranked(train: Examples, texts: Sequence[str]) -> list[Guess]:
    """The ranker that ships."""
    asks = defaultdict(list)
    for text, label in train:
        asks[label].append(text)
    ranker = Ranker.of(
        TemplateWords(id=label, title="", dataset="", asks=tuple(said))
        for label, said in sorted(asks.items())
    )
    found = (ranker.rank(text, 1) for text in texts)
    return [(best[0].template_id, best[0].score) if best else ("", 0.0) for best in found]


def vectors() -> FeatureUnion:
    """Words with their pairs, and runs of two to five letters, as TF-IDF."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return FeatureUnion([("words", words), ("letters", letters)])


def neighbour(train: Examples, texts: Sequence[str]) -> list[Guess]:
    """TF-IDF, nearest neighbour by cosine."""
    made = vectors()
    known = made.fit_transform([text for text, _ in train])
    cosines = (made.transform(texts) @ known.T).toarray() / 2
    best = cosines.argmax(axis=1)
    return [(train[at][1], float(cosines[row, at])) for row, at in enumerate(best)]


def machine(train: Examples, texts: Sequence[str]) -> list[Guess]:
    """TF-IDF, linear SVM, one against the rest; the score is the widest margin."""
    made = vectors()
    known = made.fit_transform([text for text, _ in train])
    fitted = LinearSVC().fit(known, [label for _, label in train])
    margins = fitted.decision_function(made.transform(texts))
    return [(str(fitted.classes_[row.argmax()]), float(row.max())) for row in margins]


METHODS: dict[str, Method] = {
    "TF-IDF nearest neighbour": neighbour,
    "TF-IDF, linear SVM": machine,
    "the ranker that ships": ranked,
}


@dataclass(frozen=True)
class Parts:
    """One set: training, validation, and what belongs to no label (empty where the set has none)."""

    name: str
    train: Examples
    val: Examples
    outside: tuple[str, ...]


def read(path: Path) -> Examples:
    """The texts and labels of a file."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [(line["text"], line["label"]) for line in lines]


def sets_in(folder: Path) -> Iterator[Parts]:
    """The sets of the folder; what is not there is named and skipped."""
    for name, stem in SETS.items():
        train, val, outside = (folder / f"{stem}_{part}.jsonl" for part in ("train", "val", "oos_val"))
        absent = [path.name for path in (train, val) if not path.exists()]
        if absent:
            print(f"skipped {name}: {folder} has no {' and no '.join(absent)}")
            continue
        none = tuple(text for text, _ in read(outside)) if outside.exists() else ()
        if not none:
            print(f"skipped out-of-scope recall of {name}: the folder has no {outside.name}")
        yield Parts(name, read(train), read(val), none)


def accuracy(guesses: Sequence[Guess], val: Examples) -> float:
    """The fraction right, whatever the score."""
    return statistics.fmean(guess[0] == label for guess, (_, label) in zip(guesses, val, strict=True))


def recall_at(level: float, inside: Sequence[Guess], val: Examples, outside: Sequence[Guess]) -> float | None:
    """Out-of-scope recall at the threshold that keeps `level` in-scope accuracy; None where that is not reached."""
    right = sorted(
        (score for (name, score), (_, label) in zip(inside, val, strict=True) if name == label), reverse=True
    )
    needed = int(np.ceil(level * len(val)))
    if needed > len(right):
        return None
    return statistics.fmean(score < right[needed - 1] for _, score in outside)


def few(train: Examples, seed: int) -> Examples:
    """So many examples of each label, drawn with the seed."""
    by_label = defaultdict(list)
    for text, label in train:
        by_label[label].append(text)
    draw = random.Random(seed)  # noqa: S311  # a sample that can be repeated, no secret
    return [
        (text, label)
        for label, texts in sorted(by_label.items())
        for text in draw.sample(texts, min(EXAMPLES, len(texts)))
    ]


def full(parts: Parts) -> dict[str, list[Guess]]:
    """Accuracy on the full training part, and out-of-scope recall, printed; the guesses by method."""
    print(f"\n{parts.name}: {len(parts.train)} training lines, {len(parts.val)} validation lines")
    texts = [*(text for text, _ in parts.val), *parts.outside]
    found = {}
    for name, method in METHODS.items():
        start = time.perf_counter()
        guesses = method(parts.train, texts)
        inside, outside = guesses[: len(parts.val)], guesses[len(parts.val) :]
        took = time.perf_counter() - start
        print(f"  {name:<26} accuracy {accuracy(inside, parts.val):6.2%}   ({took:.0f} s)", end="")
        if outside:
            recalls = ((level, recall_at(level, inside, parts.val, outside)) for level in LEVELS)
            told = ("-" if one is None else f"{one:.0%}" for _, one in recalls)
            print(
                f"   out-of-scope recall at {'/'.join(f'{one:.0%}' for one in LEVELS)}: {' / '.join(told)}",
                end="",
            )
        print()
        found[name] = guesses
    return found


def examples(parts: Parts) -> None:
    """The mean accuracy with ten examples a label over the named seeds, printed."""
    print(f"  with {EXAMPLES} examples a label, seeds {', '.join(map(str, SEEDS))}:")
    texts = [text for text, _ in parts.val]
    for name, method in METHODS.items():
        each = [accuracy(method(few(parts.train, seed), texts), parts.val) for seed in SEEDS]
        shown = " ".join(f"{one:.1%}" for one in each)
        print(f"  {name:<26} mean {statistics.fmean(each):6.2%}   ({shown})")


def curve(parts: Parts, guesses: Sequence[Guess]) -> tuple[CurvePoint, ...]:
    """Risk against coverage over validation and out-of-scope lines, the surest first."""
    labels = [*(label for _, label in parts.val), *("" for _ in parts.outside)]
    judged = sorted(
        ((score, name == label) for (name, score), label in zip(guesses, labels, strict=True)), reverse=True
    )
    wrong, points = 0, []
    for place, (score, right) in enumerate(judged, 1):
        wrong += not right
        if place == len(judged) or judged[place][0] < score:
            points.append(CurvePoint(confidence=score, coverage=place / len(judged), risk=wrong / place))
    return tuple(points)


def reliability(parts: Parts, guesses: Sequence[Guess]) -> None:
    """How often the ranker is right at each score, printed: a calibrated score says it itself."""
    labels = [*(label for _, label in parts.val), *("" for _ in parts.outside)]
    bins = defaultdict(list)
    for (name, score), label in zip(guesses, labels, strict=True):
        bins[min(int(score * 5), 4)].append((score, name == label))
    for place, judged in sorted(bins.items()):
        said, right = (statistics.fmean(column) for column in zip(*judged, strict=True))
        print(
            f"  score {place / 5:.1f} to {place / 5 + 0.2:.1f}: {len(judged):>5} lines,"
            f" said {said:.0%}, right {right:.0%}"
        )


def main() -> None:
    """Print the figures of every set in the folder, and write the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out"))
    chosen = parser.parse_args()
    for parts in sets_in(chosen.folder):
        guesses = full(parts)["the ranker that ships"]
        examples(parts)
        reliability(parts, guesses)
        chosen.out.mkdir(parents=True, exist_ok=True)
        path = chosen.out / f"risk_coverage_{parts.name.lower()}.svg"
        path.write_text(
            curve_svg(curve(parts, guesses), f"{parts.name}: risk against coverage"), encoding="utf-8"
        )
        print(f"  the curve is {path}")


if __name__ == "__main__":
    main()
