import { expect, it } from "vitest";
import { looksSecret } from "../../../../src/core/policy/secretFiles.ts";

it.each([
  ".env",
  "deep/.env.local",
  "config/production.env",
  "C:\\work\\.ENV",
  "id_rsa",
  "id_ed25519_sk",
  "certs/server.PEM",
  "server.key",
  ".npmrc",
  ".netrc",
  ".git-credentials",
  "gcloud/service-account.json",
  "my-serviceAccount-1.json",
  ".aws/config",
  ".ssh/known_hosts",
  "prod.tfvars",
  "terraform.tfstate.backup",
  "credentials",
])("%s looks secret", (path) => {
  expect(looksSecret(path)).toBe(true);
});

it.each([
  ".env.example",
  ".env.sample",
  "id_rsa.pub",
  "environment.ts",
  "src/env.ts",
  "keyboard.ts",
  "tokenizer.py",
  "docs/secrets.md",
  "README.md",
  "monkey",
])("%s does not", (path) => {
  expect(looksSecret(path)).toBe(false);
});
