"""The registry's HTTP API, read-only, for where no registry is configured: any Confluent client decodes our topics with it.

Answers and error codes are those of the Confluent Schema Registry API, version 7. Nothing can be written: schemas are files.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from app.edges.registry.schemas import Schema, Schemas

CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
MAX_REQUEST_BYTES = 500_000  # a lookup carries a schema, and nothing else comes in

SUBJECT_NOT_FOUND, VERSION_NOT_FOUND, SCHEMA_NOT_FOUND = 40401, 40402, 40403
INVALID_SCHEMA, INVALID_VERSION, READ_ONLY = 42201, 42202, 42205

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def app(schemas: Schemas, subjects: Mapping[str, str]) -> web.Application:
    """The application. `subjects` says which record each subject holds (see subjects.py)."""
    served = _Served(schemas, subjects)
    application = web.Application(middlewares=[_errors], client_max_size=MAX_REQUEST_BYTES)
    get = application.router.add_get
    get("/", served.root)
    get("/schemas/types", served.types)
    get("/schemas/ids/{id}", served.schema)
    get("/schemas/ids/{id}/schema", served.bare_schema)
    get("/schemas/ids/{id}/subjects", served.schema_subjects)
    get("/schemas/ids/{id}/versions", served.schema_versions)
    get("/subjects", served.all_subjects)
    get("/subjects/{subject}/versions", served.versions)
    get("/subjects/{subject}/versions/{version}", served.version)
    get("/subjects/{subject}/versions/{version}/schema", served.version_schema)
    get("/config", served.config)
    get("/config/{subject}", served.config)
    get("/mode", served.mode)
    get("/mode/{subject}", served.mode)
    application.router.add_post("/subjects/{subject}", served.lookup)
    return application


class _Served:
    """The answers. Everything is in memory, and small."""

    def __init__(self, schemas: Schemas, subjects: Mapping[str, str]) -> None:
        self._schemas = schemas
        self._subjects = dict(sorted(subjects.items()))
        self._by_id = {schema.id: schema for schema in schemas.all()}

    async def root(self, _: web.Request) -> web.Response:
        return _json({})

    async def types(self, _: web.Request) -> web.Response:
        return _json(["AVRO"])

    async def schema(self, request: web.Request) -> web.Response:
        return _json({"schema": self._with_id(request).text})

    async def bare_schema(self, request: web.Request) -> web.Response:
        return web.Response(text=self._with_id(request).text, content_type=CONTENT_TYPE)

    async def schema_subjects(self, request: web.Request) -> web.Response:
        return _json(self._holders(self._with_id(request)))

    async def schema_versions(self, request: web.Request) -> web.Response:
        schema = self._with_id(request)
        return _json([{"subject": subject, "version": schema.version} for subject in self._holders(schema)])

    async def all_subjects(self, request: web.Request) -> web.Response:
        prefix = request.query.get("subjectPrefix", "")
        return _json([subject for subject in self._subjects if subject.startswith(prefix)])

    async def versions(self, request: web.Request) -> web.Response:
        return _json([schema.version for schema in self._of_subject(request)])

    async def version(self, request: web.Request) -> web.Response:
        return _json(_entry(request.match_info["subject"], self._of_version(request)))

    async def version_schema(self, request: web.Request) -> web.Response:
        return web.Response(text=self._of_version(request).text, content_type=CONTENT_TYPE)

    async def config(self, request: web.Request) -> web.Response:
        level = self._of_subject(request)[-1].compatibility if "subject" in request.match_info else "FULL_TRANSITIVE"
        return _json({"compatibilityLevel": level})

    async def mode(self, request: web.Request) -> web.Response:
        if "subject" in request.match_info:
            self._of_subject(request)
        return _json({"mode": "READONLY"})

    async def lookup(self, request: web.Request) -> web.Response:
        """Whether a schema is registered under a subject: compared as data, so that spacing and key order do not matter."""
        candidates = self._of_subject(request)
        try:
            wanted = json.loads((await request.json())["schema"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _error(web.HTTPUnprocessableEntity, INVALID_SCHEMA, "The body must be JSON with a schema") from None
        for schema in candidates:
            if schema.avro == wanted:
                return _json(_entry(request.match_info["subject"], schema))
        raise _error(web.HTTPNotFound, SCHEMA_NOT_FOUND, "Schema not found")

    def _holders(self, schema: Schema) -> list[str]:
        return [subject for subject, record in self._subjects.items() if record == schema.record]

    def _with_id(self, request: web.Request) -> Schema:
        number = request.match_info["id"]
        schema = self._by_id.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 11 else None
        if schema is None:
            raise _error(web.HTTPNotFound, SCHEMA_NOT_FOUND, "Schema not found")
        return schema

    def _of_subject(self, request: web.Request) -> tuple[Schema, ...]:
        record = self._subjects.get(request.match_info["subject"])
        if record is None:
            raise _error(web.HTTPNotFound, SUBJECT_NOT_FOUND, "Subject not found")
        return self._schemas.records[record]

    def _of_version(self, request: web.Request) -> Schema:
        versions, wanted = self._of_subject(request), request.match_info["version"]
        if wanted in ("latest", "-1"):
            return versions[-1]
        if not (wanted.isascii() and wanted.isdigit() and 0 < len(wanted) < 11):
            raise _error(web.HTTPUnprocessableEntity, INVALID_VERSION, "The version must be a number, or latest")
        for schema in versions:
            if schema.version == int(wanted):
                return schema
        raise _error(web.HTTPNotFound, VERSION_NOT_FOUND, "Version not found")


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors in the registry's form, those of the router included."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed:
        return _json(
            {"error_code": READ_ONLY, "message": "Read-only: schemas are files in the schema directory of leadstream"}, status=405
        )
    except web.HTTPException as error:
        if error.content_type == CONTENT_TYPE:
            raise
        return _json({"error_code": error.status, "message": f"HTTP {error.status} {error.reason}"}, status=error.status)


def _entry(subject: str, schema: Schema) -> dict[str, Any]:
    return {"subject": subject, "version": schema.version, "id": schema.id, "schema": schema.text}


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(text=json.dumps(body), status=status, content_type=CONTENT_TYPE)


def _error(kind: type[web.HTTPException], code: int, message: str) -> web.HTTPException:
    return kind(text=json.dumps({"error_code": code, "message": message}), content_type=CONTENT_TYPE)
