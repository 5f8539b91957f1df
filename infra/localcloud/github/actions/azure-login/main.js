// azure/login: reads and checks its inputs, then signs in with az. What it says on errors are the real one's words.
"use strict";

const { Failure, error, input, main, mask, run, warning } = require("./toolkit");

const SERVICE_PRINCIPAL = "SERVICE_PRINCIPAL";
const CLOUDS = ["azureusgovernment", "azurechinacloud", "azuregermancloud", "azurecloud", "azurestack"];
const NO_TOKEN =
  "Failed to fetch federated token from GitHub. Please make sure to give write permissions to id-token in the workflow.";
const TYPES = [SERVICE_PRINCIPAL, "IDENTITY"];

function readInputs() {
  const login = {
    environment: input("environment").toLowerCase(),
    type: input("auth-type").toUpperCase(),
    client: input("client-id"),
    tenant: input("tenant-id"),
    subscription: input("subscription-id"),
    secret: "",
    without: input("allow-no-subscriptions").toLowerCase() === "true",
  };
  readCredentials(login, input("creds"));
  mask(login.client);
  mask(login.secret);
  return login;
}

function readCredentials(login, text) {
  if (!text) return;
  const creds = parsed(text);
  if (login.type !== SERVICE_PRINCIPAL) return;
  if (login.client || login.tenant || login.subscription) {
    warning(
      "At least one of the parameters 'client-id', 'subscription-id' or 'tenant-id' is set. 'creds' will be ignored.",
    );
    return;
  }
  login.client = creds.clientId || "";
  login.secret = creds.clientSecret || "";
  login.tenant = creds.tenantId || "";
  login.subscription = creds.subscriptionId || "";
  if (!login.client || !login.secret || !login.tenant) {
    throw new Failure(
      "Not all parameters are provided in 'creds'. Double-check if all keys are defined in 'creds': " +
        "'clientId', 'clientSecret', 'tenantId'.",
    );
  }
}

function parsed(text) {
  try {
    return JSON.parse(text) || {};
  } catch (problem) {
    throw new Failure(problem.message);
  }
}

function check(login) {
  if (!CLOUDS.includes(login.environment)) {
    throw new Failure(
      `Unsupported value '${login.environment}' for environment is passed. ` +
        `The list of supported values for environment are '${CLOUDS.join("', '")}'. `,
    );
  }
  if (!TYPES.includes(login.type)) {
    throw new Failure(
      `Unsupported value '${login.type}' for authentication type is passed. ` +
        `The list of supported values for auth-type are '${TYPES.join("', '")}'.`,
    );
  }
  if (login.type === SERVICE_PRINCIPAL && (!login.client || !login.tenant)) {
    throw new Failure(
      `Using auth-type: ${SERVICE_PRINCIPAL}. Not all values are present. Ensure 'client-id' and 'tenant-id' are supplied.`,
    );
  }
  if (!login.subscription && !login.without) {
    throw new Failure("Ensure 'subscription-id' is supplied or 'allow-no-subscriptions' is 'true'.");
  }
  if (login.type === "IDENTITY") throw new Failure("This runner has no managed identity. Use 'client-id' or 'creds'.");
}

// The token that GitHub gives to a job with `id-token: write`.
async function federatedToken() {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
  if (!url || !token) {
    error(NO_TOKEN);
    throw new Failure(`Error message: Unable to get ACTIONS_ID_TOKEN_REQUEST_${url ? "TOKEN" : "URL"} env variable`);
  }
  const separator = url.includes("?") ? "&" : "?";
  const answer = await fetch(`${url}${separator}audience=${encodeURIComponent(input("audience"))}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const { value } = answer.ok ? await answer.json() : {};
  if (!value) {
    error(NO_TOKEN);
    throw new Failure(`Failed to get ID Token. \n \n        Error Code : ${answer.status}`);
  }
  mask(value);
  const claims = JSON.parse(Buffer.from(value.split(".")[1], "base64url").toString());
  const told = {
    issuer: claims.iss,
    "subject claim": claims.sub,
    audience: claims.aud,
    job_workflow_ref: claims.job_workflow_ref,
  };
  console.log(
    ["Federated token details:", ...Object.entries(told).map(([name, one]) => ` ${name} - ${one}`)].join("\n"),
  );
  return value;
}

function az(...args) {
  const done = run("az", args, { quiet: true, mayFail: true });
  const said = done.stderr.trim().replace(/^ERROR: ?/, "");
  if (done.status) {
    if (said) error(said);
    throw new Failure(`The process 'az' failed with exit code ${done.status}`);
  }
}

async function logIn() {
  const login = readInputs();
  check(login);
  if (input("enable-AzPSSession").toLowerCase() === "true")
    warning("enable-AzPSSession: this runner has no PowerShell.");
  console.log("Running Azure CLI Login.");
  az("cloud", "set", "-n", login.environment);
  console.log(`Done setting cloud: "${login.environment}"`);
  const args = [
    "login",
    "--service-principal",
    "--username",
    login.client,
    "--tenant",
    login.tenant,
    "--output",
    "none",
  ];
  const method = login.secret ? "service principal with secret" : "OIDC";
  if (login.secret) args.push(`--password=${login.secret}`);
  else args.push("--federated-token", await federatedToken());
  if (login.without) args.push("--allow-no-subscriptions");
  console.log(`Attempting Azure CLI login by using ${method}...`);
  az(...args);
  if (login.subscription) {
    az("account", "set", "--subscription", login.subscription);
    console.log("Subscription is set successfully.");
  }
  console.log(`Azure CLI login succeeds by using ${method}.`);
}

main(async () => {
  try {
    await logIn();
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    throw new Failure(
      `Login failed with Error: ${thrown.message}. Double check if the 'auth-type' is correct. ` +
        "Refer to https://github.com/Azure/login#readme for more information.",
    );
  }
});
