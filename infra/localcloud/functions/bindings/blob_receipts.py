"""Receipts of a blob trigger: which version of which blob a function was told of, kept in the storage account itself.

As Azure's, they are empty blobs `azure-webjobs-hosts/blobreceipts/<host id>/<function id>/"<ETag>"/<container>/<name>`;
the metadata `Completed` says that the message is on its way. Without Azure's lease: this host is the only instance.
"""

from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from .blob_hub import make_container
from .blob_path import BlobPath

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobClient, BlobServiceClient

CONTAINER = "azure-webjobs-hosts"
COMPLETED = {"Completed": "true"}


class Receipts:
    """The receipts of one function."""

    def __init__(self, service: "BlobServiceClient", host_id: str, function_id: str) -> None:
        self._service = service
        self._folder = f"blobreceipts/{host_id}/{function_id}"

    async def has(self, path: BlobPath, etag: str) -> bool:
        """Whether the function was told of this version; opens a receipt when there is none."""
        receipt = self._receipt(path, etag)
        try:
            await receipt.upload_blob(b"", overwrite=False)
        except ResourceNotFoundError:
            await make_container(self._service, CONTAINER)
            await receipt.upload_blob(b"", overwrite=True)
        except ResourceExistsError:
            kept = (await receipt.get_blob_properties()).metadata
            return "completed" in {name.lower() for name in kept}
        return False

    async def complete(self, path: BlobPath, etag: str) -> None:
        """Closes the receipt: the version's message is on the internal queue."""
        await self._receipt(path, etag).set_blob_metadata(COMPLETED)

    def _receipt(self, path: BlobPath, etag: str) -> "BlobClient":
        return self._service.get_blob_client(CONTAINER, f'{self._folder}/"{etag}"/{path}')
