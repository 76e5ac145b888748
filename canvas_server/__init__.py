"""The served canvas: FastAPI over the kit; it holds no rules of its own."""

from canvas_server.app import create_app

__all__ = ["create_app"]
