"""The parts of the JSON API beside the chat's and the functions page's own."""

from localcloud.slack.faults import Faults

from .account import Account
from .application import Api
from .blobs import Blobs
from .controls_api import ControlsApi
from .faults_api import FaultsApi
from .functions_api import FunctionsApi
from .queues import Queues
from .queues_api import QueuesApi
from .storage_api import StorageApi
from .tables import Tables


def apis(faults: Faults, functions: FunctionsApi, storage: str) -> list[Api]:
    """One of each; `storage` is a connection string."""
    account = Account(storage)
    return [
        FaultsApi(faults),
        ControlsApi(functions),
        QueuesApi(Queues(account), functions),
        StorageApi(Blobs(account), Tables(account), account.close),
    ]
