"""What a prompt must be before it is read at all."""

from __future__ import annotations

import unicodedata

from oracle_kit.errors import PromptRefused


def checked_prompt(prompt: str, limit: int) -> str:
    """The prompt, normalised (NFKC, single spaces); PromptRefused when it is empty, too long, or not text."""
    if len(prompt) > limit:
        raise PromptRefused(
            f"The prompt has {len(prompt):,} characters; at most {limit:,} are read.",
            hint="Ask one question at a time.",
        )
    if any(
        unicodedata.category(letter) in ("Cc", "Cs", "Co") and letter not in "\t\n\r" for letter in prompt
    ):
        raise PromptRefused(
            "The prompt holds characters that are not text.",
            hint="Type the question, or paste it as plain text.",
        )
    text = " ".join(unicodedata.normalize("NFKC", prompt).split())
    if not text:
        raise PromptRefused(
            "The prompt is empty.", hint="Type a question, such as one of `oracle templates`."
        )
    if not any(letter.isalnum() for letter in text):
        raise PromptRefused("The prompt has no words.", hint="Type a question in words.")
    return text
