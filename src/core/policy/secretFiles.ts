/** Files that look like secrets by their name: left out of snapshots unless the user wants them in. */

/** Names of files, in lower case, that hold keys or passwords by the convention of their program. */
const NAMES = new Set([
  ".env",
  ".envrc",
  ".netrc",
  "_netrc",
  ".npmrc",
  ".yarnrc",
  ".pypirc",
  ".pgpass",
  ".my.cnf",
  ".htpasswd",
  ".git-credentials",
  ".dockercfg",
  ".vault-token",
  ".terraformrc",
  "credentials",
  "credentials.json",
  "credentials.toml",
  "credentials.xml",
  "client_secret.json",
  "service-account.json",
  "secrets.json",
  "secrets.yml",
  "secrets.yaml",
  "secrets.toml",
  "key.json",
  "id_rsa",
  "id_dsa",
  "id_ecdsa",
  "id_ed25519",
  "kubeconfig",
  "terraform.tfstate",
  "terraform.tfvars",
]);

const PATTERNS = [
  // .env.local, .env.production, production.env
  /^\.env\../,
  /\.env$/,
  // Private keys and stores of keys
  /\.(?:pem|key|p8|p12|pfx|pkcs12|jks|keystore|kdbx|ppk|asc|gpg|ovpn)$/,
  /^id_[a-z0-9]+(?:_sk)?$/,
  /^client_secret.*\.json$/,
  /(?:service[-_]?account|adminsdk).*\.json$/,
  /\.tfvars(?:\.json)?$/,
  /\.tfstate(?:\.backup)?$/,
];

/** Examples without values, made to be shared. */
const EXAMPLE = /\.(?:example|sample|template|dist|defaults?)$/;

/** Folders whose files are secrets whatever their names. */
const FOLDERS = new Set([".ssh", ".gnupg", ".aws", ".azure", ".kube"]);

/** True when the name of a file (any path form, letter case ignored) says that it holds secrets. */
export function looksSecret(path: string): boolean {
  const names = path.toLowerCase().split(/[\\/]/);
  const name = names.at(-1) ?? "";
  if (EXAMPLE.test(name) || name.endsWith(".pub")) return false;
  return (
    NAMES.has(name) ||
    PATTERNS.some((pattern) => pattern.test(name)) ||
    names.slice(0, -1).some((folder) => FOLDERS.has(folder))
  );
}
