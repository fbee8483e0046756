"""The scenarios on Starlette, for an ASGI server: ``uvicorn starlette_app:app``."""

import os

from scenarios import ITEM
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles


async def hello(request):
    return PlainTextResponse("Hello, world")


async def item(request):
    number = request.path_params["number"]
    text = f"{number} {request.query_params['q']} {request.cookies['user']}"
    return PlainTextResponse(text, headers={"X-Item": number})


async def json_item(request):
    return JSONResponse(ITEM)


async def form(request):
    fields = await request.form()
    return PlainTextResponse(fields["last"])


app = Starlette(
    routes=[
        Route("/", hello),
        Route("/items/{number}", item),
        Route("/json", json_item),
        Route("/form", form, methods=["POST"]),
        Mount("/static", StaticFiles(directory=os.environ["STATIC_FOLDER"])),
    ]
)
