variable "group" {
  type = object({ name = string, location = string })
}

variable "name" {
  type = string
}

variable "secrets" {
  description = "The value of each secret setting."
  type        = map(string)
  sensitive   = true
}
