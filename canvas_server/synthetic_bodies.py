"""What the routes of synthetic jobs take and answer, as schemas."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from canvas_server.bodies import Body
from oracle_kit.jobs.synthesis_type import Chosen

Subchapter = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$")]
Name = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(ge=0, le=20)]


class NewSyntheticJob(Body):
    """The subchapters that are to gain asks and templates, in words that content declares, and a model's where one is.

    `evaluate`: the evaluation set that is named is asked without what is proposed and with it.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"subchapters": ["leads.sources"], "asks": 2, "templates": 1}]}
    )
    subchapters: Annotated[tuple[Subchapter, ...], Field(min_length=1, max_length=200)]
    asks: Count = Field(default=3, description="more asks for each template, at most")
    templates: Count = Field(default=2, description="new templates in each subchapter, at most")
    evaluate: bool = True
    provider: Name | SkipJsonSchema[None] = None
    model: Name | SkipJsonSchema[None] = None
    private: bool = False

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """What is asked for each subchapter."""
        told = self.model_dump(include={"asks", "templates", "evaluate"})
        return tuple(Chosen(subchapter=one, **told) for one in dict.fromkeys(self.subchapters))
