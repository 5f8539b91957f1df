variable "group" {
  type = object({ name = string, location = string })
}

variable "name" {
  type = string
}

variable "identity_id" {
  description = "Of the identity that reads the secrets."
  type        = string
}

variable "storage_secret_id" {
  type = string
}

variable "secret_setting_ids" {
  type = map(string)
}

variable "plain_settings" {
  type = map(string)
}
