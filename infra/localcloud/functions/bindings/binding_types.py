"""The binding types of the extension bundle, beside the host's own. Most have no local part: they are only indexed."""

_NAMES = """
http httpTrigger timerTrigger warmupTrigger
queue queueTrigger blob blobTrigger table
cosmosDB cosmosDBTrigger
eventGrid eventGridTrigger eventHub eventHubTrigger serviceBus serviceBusTrigger
kafka kafkaTrigger rabbitMQ rabbitMQTrigger
sql sqlTrigger mysql mysqlTrigger kusto
redis redisPubSubTrigger redisListTrigger redisStreamTrigger
signalR signalRTrigger signalRConnectionInfo signalRNegotiation signalREndpoints
webPubSub webPubSubTrigger webPubSubConnection webPubSubContext
sendGrid twilioSms
orchestrationTrigger activityTrigger entityTrigger durableClient orchestrationClient
daprServiceInvocationTrigger daprBindingTrigger daprTopicTrigger
daprState daprSecret daprPublish daprInvoke daprBinding
assistantSkillTrigger assistantCreate assistantPost assistantQuery
textCompletion embeddings embeddingsStore semanticSearch
mcpToolTrigger mcpResourceTrigger mcpPromptTrigger connectorTrigger
"""

KNOWN_TYPES = frozenset(_NAMES.lower().split())
