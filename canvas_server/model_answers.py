"""What the routes of model providers take and answer, as schemas."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from canvas_server.answers import Shown
from canvas_server.bodies import Body, ModelName, ProviderName
from oracle_kit.llm.chat import ChatAsked, ChatReply
from oracle_kit.llm.health import Health
from oracle_kit.llm.switch import ModelChoice, Switch
from oracle_kit.usecases.models import Routing

Named = Annotated[str, Field(min_length=1, max_length=100)]


class ProviderShown(Health):
    """A model provider: its level (`status`) and the reason, what to do next, its models, and its traffic of late.

    Addresses and failures are shown to operators alone.
    """


class Providers(Shown):
    """Every provider of the routing policy."""

    providers: list[ProviderShown]


class RoutingShown(Routing):
    """The routing policy in force, and the operator's switch over it with who set it, when and why.

    `change` counts the changes of the switch; it is the ETag.
    """


class ModelWanted(Body):
    """The model that a workload is to use, and whose it is."""

    provider: ProviderName
    model: ModelName


class RoutingPut(Body):
    """The whole switch: what is left out is not switched."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"disabled": ["nemoclaw"], "message": "invoice dispute"},
                {"pin": "ollama"},
                {"models": {"planning": {"provider": "ollama", "model": "qwen3.6:35b-a3b"}}},
                {},
            ]
        }
    )
    pin: ProviderName | None = Field(default=None, description="send everything to this provider")
    disabled: tuple[ProviderName, ...] = Field(default=(), max_length=100, description="switched off")
    models: dict[Named, ModelWanted] = Field(
        default_factory=dict, max_length=20, description="by workload: planning, batch, chat, summary"
    )
    message: Annotated[str, Field(max_length=500, description="why; kept with the change")] = ""

    def switch(self) -> Switch:
        """What is put."""
        chosen = {name: ModelChoice(**one.model_dump()) for name, one in self.models.items()}
        return Switch(pin=self.pin, disabled=self.disabled, models=chosen)


class Chat(ChatAsked):
    """A conversation that a model continues; `response_format` is "json" or a JSON schema."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"messages": [{"role": "user", "content": "What is a sales funnel?"}]},
                {
                    "system_prompt": "Answer in JSON.",
                    "messages": [{"role": "user", "content": "How many stages has a funnel?"}],
                    "response_format": {
                        "type": "object",
                        "properties": {"stages": {"type": "integer"}},
                        "required": ["stages"],
                    },
                    "temperature": 0,
                    "private": True,
                },
                {"messages": [{"role": "user", "content": "What is a sales funnel?"}], "stream": True},
            ]
        }
    )
    provider: ProviderName | None = Field(default=None, description="unset: as routing says")
    model: ModelName | None = Field(default=None, description="unset: as routing says")
    private: bool = Field(default=False, description="ask local models only")
    stream: bool = Field(default=False, description="Server-Sent Events, as with `Accept: text/event-stream`")

    def asked(self) -> ChatAsked:
        """The chat itself."""
        return ChatAsked(**{name: getattr(self, name) for name in ChatAsked.model_fields})


class ChatAnswered(ChatReply):
    """What a model said, which one it was, and why others before it did not answer."""
