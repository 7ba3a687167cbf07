import { expect, it } from "vitest";
import { commandEnvironment, isSecretVariable, secretValues } from "../../../../src/core/tools/commandEnvironment.ts";

it.each([
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "GITHUB_TOKEN",
  "gh_token",
  "NPM_AUTHTOKEN",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AZURE_CLIENT_SECRET",
  "DB_PASSWORD",
  "MYSQL_PWD",
  "SMTP_PASS",
  "STRIPE_KEY",
  "OPENAI_API_KEYS",
  "SENTRY_DSN",
  "GITLAB_PAT",
  "CREDENTIALS_FILE",
  "SIGNING_PASSPHRASE",
])("%s is a secret", (name) => {
  expect(isSecretVariable(name, "value")).toBe(true);
  expect(commandEnvironment({ [name]: "value" }, [])).not.toHaveProperty([name]);
});

it.each([
  "PATH",
  "HOME",
  "PWD",
  "USER",
  "LANG",
  "SSH_AUTH_SOCK",
  "KEYBOARD",
  "EDITOR",
  "TMPDIR",
  "JAVA_HOME",
  "PATHEXT",
])("%s is kept", (name) => {
  expect(isSecretVariable(name, "/value")).toBe(false);
  expect(commandEnvironment({ [name]: "/value" }, [])).toHaveProperty([name], "/value");
});

it("takes a password in a URL for a secret, whatever the name", () => {
  expect(isSecretVariable("DATABASE_URL", "postgres://user:hunter2@localhost/db")).toBe(true);
  expect(isSecretVariable("DATABASE_URL", "postgres://localhost:5432/db")).toBe(false);
  expect(isSecretVariable("PROXY", "http://proxy.example.org:8080/a:b@c")).toBe(false);
});

it("drops what is ours or would run code", () => {
  const dropped = {
    AI_ORCHESTRATOR_HOME: "/h",
    ANTHROPIC_BASE_URL: "http://x",
    BASH_ENV: "/x",
    ENV: "/x",
    "BASH_FUNC_ls%%": "() { :; }",
    npm_config_x: "1",
    VSCODE_PID: "1",
    ELECTRON_RUN_AS_NODE: "1",
    INIT_CWD: "/x",
  };
  expect(Object.keys(commandEnvironment(dropped, [])).toSorted()).toEqual([
    "GIT_PAGER",
    "GIT_TERMINAL_PROMPT",
    "PAGER",
    "TERM",
  ]);
});

it("keeps of the search path only absolute folders no agent can write", () => {
  const path = "/usr/bin:.::bin:/projects/app/node_modules/.bin:/projects/app:/projects/app-tools:/bin/";
  expect(commandEnvironment({ PATH: path }, ["/projects/app"])["PATH"]).toBe("/usr/bin:/projects/app-tools:/bin/");
});

it("names the values to keep out of sight, and no addresses or folders of ours", () => {
  expect(
    secretValues({
      GITHUB_TOKEN: "t",
      HOME: "/h",
      DB_PASSWORD: undefined,
      ANTHROPIC_API_KEY: "k",
      ANTHROPIC_BASE_URL: "u",
      AI_ORCHESTRATOR_HOME: "h",
    }),
  ).toEqual(["t", "k"]);
});
