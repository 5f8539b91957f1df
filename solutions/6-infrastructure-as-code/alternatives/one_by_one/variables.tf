variable "prefix" {
  type = string
}

variable "environment" {
  type = string
}

variable "region" {
  type    = string
  default = "northeurope"
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
  type = string
}

variable "report_engine_url" {
  type = string
}
