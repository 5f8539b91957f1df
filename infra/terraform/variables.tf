variable "prefix" {
  description = "Yours alone, 3 to 8 lower-case letters and digits, a letter first: it makes the global names unique."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,7}$", var.prefix))
    error_message = "The prefix has 3 to 8 lower-case letters and digits and starts with a letter."
  }
}

variable "environment" {
  description = "Such as dev or prod: 3 to 7 lower-case letters."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-z]{3,7}$", var.environment))
    error_message = "The environment has 3 to 7 lower-case letters."
  }
}

variable "location" {
  description = "The region of everything."
  type        = string
  default     = "japaneast"
}

variable "plan_sku" {
  description = "The size of the plan: S1 to S3 or P0v3 to P3v3. These have slots, and run without a content share."
  type        = string
  default     = "S1"

  validation {
    condition     = can(regex("^(S[1-3]|P[0-3]v3)$", var.plan_sku))
    error_message = "The plan is S1, S2, S3, P0v3, P1v3, P2v3 or P3v3: Basic and Flex Consumption have no slots."
  }
}

variable "tags" {
  description = "Put on everything that can have them, such as who pays."
  type        = map(string)
  default     = {}
}

variable "slack_bot_token" {
  description = "The bot's token (xoxb-...)."
  type        = string
  sensitive   = true
}

variable "slack_signing_secret" {
  description = "With which Slack signs events."
  type        = string
  sensitive   = true
}

variable "slack_outgoing_token" {
  description = "The token of the outgoing webhook of Lab 1."
  type        = string
  sensitive   = true
}

variable "slack_api_url" {
  description = "Where the Web API is."
  type        = string
  default     = "https://slack.com/api/"
}

variable "slack_ops_channel" {
  description = "The channel that hears of dead letters (Lab 4)."
  type        = string
  default     = ""
}

variable "report_engine_url" {
  description = "Where the report engine of Lab 4 answers; without one, reports end as dead letters."
  type        = string
  default     = ""
}
