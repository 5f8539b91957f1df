variable "group" {
  type = object({ name = string, location = string })
}

variable "storage_account_name" {
  type = string
}

variable "cosmos_account_name" {
  type = string
}
