"""What no hand-in may hold: each is refused by name, at its place."""

import time

import pytest

from autograder.kinds.building import hcl
from autograder.kinds.building.refusals import check_allowed, refusals
from localcloud.cloud import NotAsExpected

from .conftest import FIRST, GROUP

LINES = FIRST.count("\n") + 1


def said(text: str, file: str = "main.tf") -> list[tuple[str, int]]:
    """What is refused of a text behind the usual beginning, and in which of its lines."""
    files = {"main.tf": FIRST.encode(), file: (FIRST + text).encode()}
    return [(one.what, one.line - LINES) for one in refusals(files)]


def test_an_ordinary_configuration_is_allowed() -> None:
    more = """
terraform {
  required_version = ">= 1.6"
  required_providers {
    chance = {
      source = "registry.terraform.io/hashicorp/random"
    }
  }
  backend "azurerm" {}
}
resource "chance_string" "one" { length = 3 }
resource "random_string" "one" {
  length = 3
}
resource "terraform_data" "one" {
  input = file("${path.module}/a.txt") # provisioner "local-exec" {
  count = 3
}
/* provider "aws" {} */
module "data" { source = "./modules/data" }
output "joined" { value = file(join("/", [path.module, "a.txt"])) }
output "all" {
  value = [for one in fileset(path.module, "*.txt") : templatefile("${path.module}/${one}", { x = "/etc/passwd" })]
}
locals {
  text = <<-EOT
    provisioner "local-exec" { command = "file('/etc/passwd')" }
    %{ if true }${"}"}%{ endif }
    EOT
}
"""
    assert said(GROUP + more) == []


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ('provider "aws" {\n}', "The provider aws is not allowed here", 0),
        ('terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}',
         "The provider hashicorp/aws is not allowed here", 3),
        ('terraform {\n  required_providers {\n    random = {\n      source = "evil/random"\n    }\n  }\n}',
         "The provider evil/random is not allowed here", 3),
        ('terraform {\n  required_providers {\n    azurerm = { source = "example.com/hashicorp/azurerm" }\n  }\n}',
         "The provider example.com/hashicorp/azurerm is not allowed here", 2),
        ('resource "null_resource" "one" {\n}', "The provider null is not allowed here", 0),
        ('data "external" "one" {\n}', "The provider external is not allowed here", 0),
        ('data "http" "one" {\n}', "The provider http is not allowed here", 0),
        ('data "terraform_remote_state" "one" {\n}', "The state of other configurations is not read here", 0),
        ('resource "terraform_data" "one" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}',
         'A provisioner "local-exec" is not allowed here', 1),
        ('resource "terraform_data" "one" {\n  connection {\n  }\n}', "A connection is not allowed here", 1),
        ('resource "azurerm_resource_group" "one" {\n  count = 10000\n}',
         "10000 resources of one block are too many", 1),
        ('module "one" {\n  source = "git::https://example.com/one"\n}',
         "The module git::https://example.com/one is not in the folder", 1),
        ('module "one" {\n  source = "Azure/naming/azurerm"\n}',
         "The module Azure/naming/azurerm is not in the folder", 1),
        ('module "one" {\n  source = "./../other"\n}', "The module ./../other is outside of the folder", 1),
        ('module "one" {\n  source = "./"\n}', "The module is in itself", 0),
        ('output "one" {\n  value = file("/etc/passwd")\n}',
         "file reads /etc/passwd, which is outside of the folder", 1),
        ('output "one" {\n  value = "a${upper(file("/proc/self/environ"))}"\n}',
         "file reads /proc/self/environ, which is outside of the folder", 1),
        ('output "one" {\n  value = filebase64("~/.ssh/id_rsa")\n}',
         "filebase64 reads ~/.ssh/id_rsa, which is outside of the folder", 1),
        ('output "one" {\n  value = templatefile("${path.module}/../x", {})\n}',
         "templatefile reads /../x, which is outside of the folder", 1),
        ('output "one" {\n  value = file(join("/", ["/etc", "passwd"]))\n}',
         "file reads /etc, which is outside of the folder", 1),
        ('output "one" {\n  value = fileset(path.root, "../**")\n}',
         "fileset reads ../**, which is outside of the folder", 1),
        ('locals {\n  one = <<EOT\n${file("/etc/passwd")}\nEOT\n}',
         "file reads /etc/passwd, which is outside of the folder", 2),
    ],
)  # fmt: skip
def test_it_is_refused_by_name(text: str, what: str, line: int) -> None:
    assert said(text)[0] == (what, line)


@pytest.mark.parametrize("version", ["~> 5.0", "5.1.0", "= 5.1.0", ">= 5.0", "~> 3.117", ">= 5.0, < 6.0"])
def test_another_major_of_azurerm_is_named_with_what_is_there(version: str) -> None:
    text = f'terraform {{\n  required_providers {{\n    azurerm = {{\n      version = "{version}"\n    }}\n  }}\n}}\n'
    [found] = refusals({"main.tf": text.encode()})
    assert (found.what, found.line) == (f"The version {version} of hashicorp/azurerm is not there", 4)
    assert found.instead == 'Write version = "~> 4.0": the camp has azurerm 4.x.'


@pytest.mark.parametrize(
    "version", ["~> 4.0", ">= 3.0", ">= 3.0, < 5.0", "< 5.0", "!= 5.0", "~> 4", "~> 3", "nonsense"]
)
def test_a_version_that_azurerm_4_fits_or_the_engine_must_judge_is_allowed(version: str) -> None:
    text = f'terraform {{\n  required_providers {{\n    azurerm = {{\n      version = "{version}"\n    }}\n  }}\n}}\n'
    assert refusals({"main.tf": text.encode()}) == []


def test_instead_of_the_provider_time_there_is_no_need_to_wait() -> None:
    [found] = refusals({"main.tf": b'resource "time_sleep" "one" {\n  create_duration = "30s"\n}\n'})
    assert found.what == "The provider time is not allowed here"
    assert found.instead == "Leave the wait out: roles count at once here."


def test_a_module_may_read_what_lies_in_another_folder_of_the_hand_in() -> None:
    reading = 'output "one" {\n  value = file("${path.module}/../../texts/one.txt")\n}\n'
    assert said(reading, "modules/data/main.tf") == []
    assert said(reading) == [("file reads /../../texts/one.txt, which is outside of the folder", 1)]


def test_modules_that_call_each_other_are_refused() -> None:
    files = {
        "main.tf": b'module "a" {\n  source = "./a"\n}\n',
        "a/main.tf": b'module "b" {\n  source = "../b"\n}\n',
        "b/main.tf": b'module "a" {\n  source = "../a"\n}\n',
    }
    assert [(one.file, one.what) for one in refusals(files)] == [
        ("a/main.tf", "The module is in itself"),
        ("b/main.tf", "The module is in itself"),
    ]


def test_bicep_alone_is_named() -> None:
    bicep = b"resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n}\n"
    nothing = b"# write here\n"
    for files in ({"main.bicep": bicep}, {"main.bicep": bicep, "main.tf": nothing}):
        assert [one.what for one in refusals(files)] == ["Bicep is not judged in this edition of the camp"]
    assert refusals({"main.bicep": bicep, "main.tf": GROUP.encode()}) == []
    assert refusals({"main.bicep": nothing, "main.tf": nothing}) == []


def test_terraform_in_json_is_named() -> None:
    assert [one.text for one in refusals({"more.tf.json": b"{}"})] == [
        "Error: Terraform in JSON\n\n  on more.tf.json\n\nWrite it as more.tf."
    ]


def test_a_refusal_reads_as_the_engines_errors_do() -> None:
    text = 'resource "terraform_data" "one" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n'
    with pytest.raises(NotAsExpected) as caught:
        check_allowed({"main.tf": text.encode()})
    assert caught.value.seen == (
        'Error: A provisioner "local-exec" is not allowed here\n\n'
        '  on main.tf line 2, in resource "terraform_data" "one":\n'
        '  2:   provisioner "local-exec" {\n\n'
        "Describe what there is to be, not commands."
    )


def test_many_refusals_are_cut() -> None:
    with pytest.raises(NotAsExpected) as caught:
        check_allowed({"main.tf": b'provider "aws" {}\n' * 50})
    assert caught.value.seen.count("Error:") == 5
    assert caught.value.seen.endswith("... and 45 more.")


@pytest.mark.parametrize(
    "text",
    ['output "a" {', "}", '"', "a = <<EOT\n", "a = ${", "/*", "a {" * 2000, 'a = "' + "${" * 2000, "a = (" * 999],
)
def test_what_is_not_the_language_is_left_to_the_engine(text: str) -> None:
    assert refusals({"main.tf": text.encode()}) == []


@pytest.mark.parametrize(
    "piece",
    ["/* ", "file(", 'x = "${', '"', "a {\n", 'module "a" {\n source = "./a"\n}\n', "a = <<E\n", 'a = "' + "x" * 99,
     'provider "a" {}\n', 'a = [file("/")]\n', "\n", " ", "a = (\n", "$", "a = <<E\nE\n"],
)  # fmt: skip
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    began = time.process_time()
    refusals({"main.tf": (piece * (500_000 // len(piece))).encode()})
    assert time.process_time() - began < 15.0  # seconds of CPU, not of the clock: it takes two


def test_blocks_have_their_lines_and_attributes_their_values() -> None:
    body = hcl.read('a "b" c {\n  x = 1.5\n  d { y = "z" }\n  e = [\n    1,\n  ]\n}\n')
    [block] = body.blocks
    assert (block.title, block.line) == ('a "b" "c"', 1)
    assert block.body.attributes["x"].number == 1.5
    assert block.body.blocks[0].body.attributes["y"].text == "z"
    assert block.body.attributes["e"].line == 4
