variable "prefix" {
  description = "Yours alone: it makes the global names unique."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,7}$", var.prefix))
    error_message = "The prefix has 3 to 8 lower-case letters and digits and starts with a letter."
  }
}

variable "environment" {
  description = "Such as dev, staging or prod."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{3,7}$", var.environment))
    error_message = "The environment has 3 to 7 lower-case letters."
  }
}

variable "location" {
  type    = string
  default = "westeurope"
}

variable "slack_bot_token" {
  type      = string
  sensitive = true
}

variable "slack_signing_secret" {
  type      = string
  sensitive = true
}

variable "slack_outgoing_token" {
  type      = string
  sensitive = true
}

variable "slack_api_url" {
  type    = string
  default = "https://slack.com/api/"
}

variable "report_engine_url" {
  type    = string
  default = ""
}
