"""What the API answers when it refuses: `Status` objects with the reasons and sentences clients know."""


class Refusal(Exception):
    """An answer that is not a 2xx."""

    def __init__(self, code, reason, message, kind=None, name="", causes=None):
        super().__init__(message)
        self.code, self.reason, self.message, self.kind, self.name, self.causes = code, reason, message, kind, name, causes

    def body(self):
        details = {}
        if self.kind is not None:
            details = {"name": self.name, "group": self.kind.group,
                       "kind": self.kind.kind if self.reason == "Invalid" else self.kind.plural}
        if self.causes:
            details["causes"] = self.causes
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message,
                "reason": self.reason, "details": details, "code": self.code}


def not_found(kind, name):
    return Refusal(404, "NotFound", f'{kind.resource} "{name}" not found', kind, name)


def no_such_page():
    return Refusal(404, "NotFound", "the server could not find the requested resource")


def already_exists(kind, name):
    return Refusal(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', kind, name)


def conflict(kind, name):
    return Refusal(409, "Conflict", f'Operation cannot be fulfilled on {kind.resource} "{name}": the object has been '
                   "modified; please apply your changes to the latest version and try again", kind, name)


def invalid(kind, name, field, message):
    title = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    return Refusal(422, "Invalid", f'{title} "{name}" is invalid: {field}: {message}', kind, name,
                   [{"reason": "FieldValueInvalid", "message": message, "field": field}])


def bad_request(message):
    return Refusal(400, "BadRequest", message)


def unsupported(message):
    return Refusal(415, "UnsupportedMediaType", message)


def gone():
    return Refusal(410, "Expired", "too old resource version")


def forbidden(kind, name, message):
    return Refusal(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {message}', kind, name)


def unauthorized():
    return Refusal(401, "Unauthorized", "Unauthorized")
