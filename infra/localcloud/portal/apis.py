"""The parts of the JSON API beside the chat's and the functions page's own."""

from localcloud.slack.faults import Faults

from .account import Account
from .application import Api
from .blobs import Blobs
from .controls_api import ControlsApi
from .cosmos_account import CosmosAccount
from .data_api import DataApi
from .databases import Databases
from .faults_api import FaultsApi
from .functions_api import FunctionsApi
from .physics import Physics
from .queues import Queues
from .queues_api import QueuesApi
from .scale_api import ScaleApi
from .storage_api import StorageApi
from .tables import Tables


def apis(faults: Faults, functions: FunctionsApi, storage: str, cosmos: str = "") -> list[Api]:
    """One of each; `storage` and `cosmos` are connection strings."""
    account, database = Account(storage), CosmosAccount(cosmos)
    physics = Physics(database.endpoint)
    return [
        FaultsApi(faults),
        ControlsApi(functions),
        QueuesApi(Queues(account), functions),
        StorageApi(Blobs(account), Tables(account), account.close),
        DataApi(database, physics),
        ScaleApi(Databases(database), physics),
    ]
