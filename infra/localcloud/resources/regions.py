"""Azure's public regions, and the two ways to write one. Pure."""

_NAMES = """
asia asiapacific australia australiacentral australiacentral2 australiaeast australiasoutheast austriaeast
belgiumcentral brazil brazilsouth brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral
denmarkeast eastasia eastus eastus2 europe france francecentral francesouth germanynorth germanywestcentral global
india indonesiacentral israelcentral italynorth japan japaneast japanwest jioindiacentral jioindiawest koreacentral
koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope norwayeast norwaywest polandcentral
qatarcentral southafricanorth southafricawest southcentralus southeastasia southindia spaincentral swedencentral
swedensouth switzerlandnorth switzerlandwest uaecentral uaenorth uk uksouth ukwest unitedstates westcentralus
westeurope westindia westus westus2 westus3
"""
REGIONS = frozenset(_NAMES.split())


def normal(location: str) -> str:
    """`Japan East` and `japaneast` are one region: the second."""
    return location.replace(" ", "").lower()
