"""What the storage page's script says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        **_of_blobs(),
        "cancel": _("Cancel"),
        "close": _("Close"),
        "save": _("Save"),
        "saved": _("Saved."),
        "actions": _("Actions"),
        "edit": _("Edit"),
        "editThis": _("Edit {name}"),
        "delete": _("Delete"),
        "deleteThis": _("Delete {name}"),
        "sureDelete": _("Delete {name}?"),
        "deleted": _("{name} is deleted."),
        "newEntity": _("New entity"),
        "entityHint": _('What JSON has no type for is told beside it, such as "due@odata.type": "Edm.DateTime".'),
        "notJson": _("That is not JSON: {reason}"),
    }


def _of_blobs() -> Mapping[str, str]:
    return {
        "download": _("Download"),
        "downloadThis": _("Download {name}"),
        "previewThis": _("Look at {name}"),
        "uploaded": _("{name} is uploaded."),
        "large": _("This image is too large to be shown here. Download it."),
        "binary": _("This is neither text nor an image. Download it."),
        "emptyBlob": _("This blob is empty."),
        "cut": _("Only its beginning is shown."),
        "bytes": _("{number} B"),
        "kilobytes": _("{number} KB"),
        "megabytes": _("{number} MB"),
        "gigabytes": _("{number} GB"),
    }
